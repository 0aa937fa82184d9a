package session

import (
	"errors"
	"testing"
	"time"
)

func TestIdleEnd(t *testing.T) {
	k, _, c := keeper(t, Settings{Purpose: "shop"})
	token, _ := create(t, k, "ada", "")
	for range 20 { // five hours of use
		c.pass(14 * time.Minute)
		mustBe(t, "touch", k.Touch(ctx, load(t, k, token)), nil)
	}
	c.pass(15 * time.Minute)
	_, err := k.Load(ctx, token)
	mustBe(t, "after 15 minutes", err, ErrNone)
}

func TestAbsoluteEnd(t *testing.T) {
	k, _, c := keeper(t, Settings{Purpose: "shop", Absolute: time.Hour})
	token, _ := create(t, k, "ada", "")
	for range 5 {
		c.pass(10 * time.Minute)
		mustBe(t, "touch", k.Touch(ctx, load(t, k, token)), nil)
	}
	if again, err := k.Rotate(ctx, load(t, k, token), "ada"); err != nil {
		t.Fatal(err)
	} else {
		token = again
	}
	rec := load(t, k, token)
	c.pass(10 * time.Minute)
	_, err := k.Load(ctx, token)
	mustBe(t, "after an hour", err, ErrNone)
	mustBe(t, "touch", k.Touch(ctx, rec), ErrEnded)
	mustBe(t, "update", k.Update(ctx, rec), ErrEnded)
}

// A visit in ten is written, at most.
func TestTouchWritesSeldom(t *testing.T) {
	k, s, c := keeper(t, Settings{Purpose: "shop"})
	token, _ := create(t, k, "ada", "")
	writes := 0
	s.before = func(op, _ string) error {
		if op == "swap" {
			writes++
		}
		return nil
	}
	for range 90 {
		c.pass(time.Second)
		mustBe(t, "touch", k.Touch(ctx, load(t, k, token)), nil)
	}
	if writes != 1 {
		t.Errorf("%d writes in 90 seconds of use", writes)
	}
	if rec := load(t, k, token); c.now().Sub(rec.Seen) > 90*time.Second {
		t.Errorf("seen at %s, and it is %s", rec.Seen, c.now())
	}
}

// Logout resurrection: what a slow request saves or touches behind the logout
// does not bring the session back, also with the idle end.
func TestLogoutIsNotUndone(t *testing.T) {
	k, _, c := keeper(t, Settings{Purpose: "shop"})
	token, _ := create(t, k, "ada", "in")
	slow, idle, rotating := load(t, k, token), load(t, k, token), load(t, k, token)
	c.pass(5 * time.Minute)
	mustBe(t, "logout", k.Delete(ctx, load(t, k, token)), nil)
	mustBe(t, "update", k.Update(ctx, slow), ErrEnded)
	mustBe(t, "touch", k.Touch(ctx, idle), ErrEnded)
	if token, err := k.Rotate(ctx, rotating, "ada"); !errors.Is(err, ErrEnded) || token != "" {
		t.Errorf("rotated to %q, %v", token, err)
	}
	_, err := k.Load(ctx, token)
	mustBe(t, "load", err, ErrNone)
	c.pass(2 * time.Second)
	mustBe(t, "update later", k.Update(ctx, slow), ErrEnded)
	if list, err := k.List(ctx, "ada"); len(list) != 0 || err != nil {
		t.Errorf("listed %v, %v", list, err)
	}
}

func TestLostUpdateIsRefused(t *testing.T) {
	k, _, c := keeper(t, Settings{Purpose: "shop"})
	token, _ := create(t, k, "", "1")
	one, two := load(t, k, token), load(t, k, token)
	one.Data, two.Data = []byte("2"), []byte("3")
	mustBe(t, "the first", k.Update(ctx, one), nil)
	mustBe(t, "the second", k.Update(ctx, two), ErrChanged)
	if got := load(t, k, token); string(got.Data) != "2" {
		t.Errorf("has %q", got.Data)
	}
	three := load(t, k, token)
	c.pass(5 * time.Minute)
	mustBe(t, "touch", k.Touch(ctx, load(t, k, token)), nil)
	three.Data = []byte("4")
	mustBe(t, "a change where somebody else only touched", k.Update(ctx, three), nil)
}

// Session fixation: the token that was there before the login opens nothing
// of it.
func TestLoginEndsThePlantedToken(t *testing.T) {
	k, _, c := keeper(t, Settings{Purpose: "shop"})
	planted, rec := create(t, k, "", "cart")
	was := *rec
	c.pass(time.Hour / 6)
	rec = load(t, k, planted)
	rec.Data = []byte("cart, and her address")
	token, err := k.Rotate(ctx, rec, "ada")
	if err != nil || token == planted {
		t.Fatal(token, err)
	}
	got := load(t, k, token)
	if got.User != "ada" || string(got.Data) != "cart, and her address" || got.ID == was.ID || !got.Ends.Equal(c.now().Add(12*time.Hour)) {
		t.Errorf("logged in: %+v", got)
	}
	old := load(t, k, planted)
	if old.User != "" || string(old.Data) != "cart" || !old.Former {
		t.Errorf("the planted token shows %+v", old)
	}
	mustBe(t, "update", k.Update(ctx, old), ErrFormer)
	mustBe(t, "update with what was loaded before", k.Update(ctx, &was), ErrFormer)
	_, err = k.Rotate(ctx, old, "eve")
	mustBe(t, "rotate", err, ErrFormer)
	c.pass(10 * time.Second)
	mustBe(t, "touch", k.Touch(ctx, old), nil)
	c.pass(5 * time.Second)
	_, err = k.Load(ctx, planted)
	mustBe(t, "behind the grace", err, ErrNone)
	load(t, k, token)
}

// TestLoginEndsTheLoginBefore: whoever bears the token of a user who logs in once more
// is not shown her account, however short a while it is.
func TestLoginEndsTheLoginBefore(t *testing.T) {
	for _, user := range []string{"ada", "bob"} {
		k, _, _ := keeper(t, Settings{Purpose: "shop"})
		first, rec := create(t, k, "ada", "cart")
		again := *rec
		second, err := k.LogIn(ctx, rec, user)
		if err != nil {
			t.Fatal(err)
		}
		_, err = k.Load(ctx, first)
		mustBe(t, "the first", err, ErrNone)
		_, err = k.LogIn(ctx, &again, user)
		mustBe(t, "a third login by the first", err, ErrEnded)
		if got := load(t, k, second); got.User != user {
			t.Errorf("%+v", got)
		}
		if list, err := k.List(ctx, "ada"); err != nil || len(list) != map[string]int{"ada": 1, "bob": 0}[user] {
			t.Errorf("ada has %v, %v", list, err)
		}
	}
}

func TestUserChangesOnlyWithTheToken(t *testing.T) {
	k, _, _ := keeper(t, Settings{Purpose: "shop"})
	token, rec := create(t, k, "ada", "")
	rec.User = "root"
	mustBe(t, "update", k.Update(ctx, rec), nil)
	if got := load(t, k, token); got.User != "ada" {
		t.Errorf("is now %q", got.User)
	}
}

// Logout by the token of before ends what the session has become.
func TestLogoutFollowsTheRotation(t *testing.T) {
	for _, slow := range []time.Duration{0, time.Minute} {
		k, _, c := keeper(t, Settings{Purpose: "shop"})
		token, _ := create(t, k, "ada", "")
		late := load(t, k, token)
		for range 3 {
			next, err := k.Rotate(ctx, load(t, k, token), "ada")
			if err != nil {
				t.Fatal(err)
			}
			token = next
			c.pass(slow)
		}
		mustBe(t, "logout", k.Delete(ctx, late), nil)
		_, err := k.Load(ctx, token)
		mustBe(t, "load", err, ErrNone)
	}
}

// So does that of a session which is nobody's, and on no list.
func TestEndFollowsTheRotation(t *testing.T) {
	k, _, _ := keeper(t, Settings{Purpose: "shop"})
	token, _ := create(t, k, "", "")
	late := load(t, k, token)
	for range 3 {
		next, err := k.Rotate(ctx, load(t, k, token), "")
		if err != nil {
			t.Fatal(err)
		}
		token = next
	}
	mustBe(t, "logout", k.Delete(ctx, late), nil)
	_, err := k.Load(ctx, token)
	mustBe(t, "load", err, ErrNone)
}

// The new logout ends the grace, too.
func TestLogoutEndsTheGrace(t *testing.T) {
	k, _, _ := keeper(t, Settings{Purpose: "shop"})
	before, rec := create(t, k, "ada", "")
	if _, err := k.Rotate(ctx, rec, "ada"); err != nil {
		t.Fatal(err)
	}
	load(t, k, before)
	mustBe(t, "logout", k.Delete(ctx, rec), nil)
	_, err := k.Load(ctx, before)
	mustBe(t, "load", err, ErrNone)
}

// TestClockWasAhead: who has logged in while the clock was a day ahead is not let stay a
// day longer once it is right.
func TestClockWasAhead(t *testing.T) {
	k, _, c := keeper(t, Settings{Purpose: "shop", Absolute: time.Hour})
	now := c.now()
	c.pass(24 * time.Hour)
	token, _ := create(t, k, "ada", "")
	c.at = now // the store that is asked lives on by a clock that is never below where it began
	if left := load(t, k, token).Ends.Sub(now); left > time.Hour {
		t.Errorf("it may last for %s", left)
	}
}
