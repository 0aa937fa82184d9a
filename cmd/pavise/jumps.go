package main

import (
	"context"
	"time"

	"pavise/cmd/pavise/internal/cli"
)

const (
	jumpEvery = 30 * time.Second
	leastJump = time.Minute
)

// jumps notices that the clock of the machine was set, or stood while it slept: what it
// tells then goes another way than the time that passes.
type jumps struct {
	began time.Time
	apart time.Duration // the two were when they were looked at last
}

// look returns by how much the clock was set since the last look, below 0 back; 0 is not at
// all, or by less than a minute.
func (j *jumps) look(now time.Time) time.Duration {
	apart := now.Round(0).Sub(j.began.Round(0)) - now.Sub(j.began)
	by := apart - j.apart
	if j.apart = apart; by.Abs() < leastJump {
		return 0
	}
	return by
}

// tellJumps says when the clock was set, once each time, and what follows from it.
func tellJumps(ctx context.Context, say cli.Say) {
	j, tick := jumps{began: time.Now()}, time.NewTicker(jumpEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if by := j.look(time.Now()); by != 0 {
			say("%s", jumpInWords(by))
		}
	}
}

// jumpInWords says what a jump means to who has sites here.
func jumpInWords(by time.Duration) string {
	const same = "; blocks, bans, windows and limits end when they would have; certificates and exceptions go by the new time"
	if by > 0 {
		return "warning: the clock of this machine was set " + by.Round(time.Second).String() +
			" ahead, or it slept for so long: sessions that have ended by the new time are over" + same
	}
	return "warning: the clock of this machine was set back by " + (-by).Round(time.Second).String() +
		": no session lasts longer than it may from now" + same
}
