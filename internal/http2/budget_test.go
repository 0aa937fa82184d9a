package http2

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestBudgetOfTheFirstHour: time gives back from the beginning, not only from when
// the budget has run out once: a client that sends a PING now and then stays.
func TestBudgetOfTheFirstHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Server
		s.once.Do(s.prepare)
		c := newConn(&s, newFeed(nil, nil), nil)
		for range 2 * budgetFull {
			if !c.budget.spend(costFrame) {
				t.Fatal("time has given nothing back")
			}
			time.Sleep(10 * time.Second)
		}
		least := 0
		for ; c.budget.spend(costFrame); least++ {
		}
		if least > 2*budgetFull {
			t.Errorf("and at once %d are free", least)
		}
	})
}
