package file

import (
	"encoding/binary"
	"math"
	"time"

	"go.etcd.io/bbolt"

	"pavise"
)

// A clock is the time by which entries end. It goes on evenly while the file is open, and
// from where it was when it is opened again: whoever sets the clock of the machine, ahead
// or back, has nothing end before its time, and nothing live for longer than was said.
// Only what the machine's clock has gone ahead while the file was closed counts as well.
type clock struct {
	wall  func() time.Time
	since func() time.Duration // it was opened
	began int64                // its time then, in nanoseconds; that of the wall where nothing is known
	off   int64                // how far the wall was ahead of it when that was last written
}

// tells is how far the two may part before it is written down, also where nothing else is.
const tells = int64(time.Minute)

var clockKey = []byte("clock")

func newClock(wall func() time.Time) *clock {
	return &clock{wall: wall, since: pavise.Steady(wall), began: wall().UnixNano()}
}

func (c *clock) now() int64 { return c.began + int64(c.since()) }

// apart is how far the wall is ahead.
func (c *clock) apart() int64 { return c.wall().UnixNano() - c.now() }

// strayed reports whether somebody has set the machine's clock since that was written.
func (c *clock) strayed() bool {
	d := c.apart() - c.off
	return d > tells || d < -tells
}

// resume goes on from what was written last.
func (c *clock) resume(about *bbolt.Bucket) {
	text := about.Get(clockKey)
	if len(text) != 16 {
		return
	}
	was, wall := int64(binary.BigEndian.Uint64(text)), int64(binary.BigEndian.Uint64(text[8:]))
	if was < 0 || wall < 0 || was > math.MaxInt64/4 {
		return // none that we have written
	}
	c.began = was + max(0, c.wall().UnixNano()-wall)
	c.off = wall - was
}

// note writes it down.
func (c *clock) note(about *bbolt.Bucket) error {
	now, apart := c.now(), c.apart()
	text := binary.BigEndian.AppendUint64(make([]byte, 0, 16), uint64(now))
	if err := about.Put(clockKey, binary.BigEndian.AppendUint64(text, uint64(now+apart))); err != nil {
		return err
	}
	c.off = apart
	return nil
}
