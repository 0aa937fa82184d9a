package session

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise"
)

func TestList(t *testing.T) {
	k, _, c := keeper(t, Settings{})
	create(t, k, "bob", "")
	_, first := create(t, k, "ada", "")
	c.pass(time.Minute)
	token, second := create(t, k, "ada", "")
	c.pass(time.Minute)
	if _, err := k.Rotate(ctx, load(t, k, token), "ada"); err != nil {
		t.Fatal(err)
	}
	list, err := k.List(ctx, "ada")
	if err != nil || len(list) != 2 || list[0].ID != second.ID || list[1].ID != first.ID || list[1].Label != "a browser" {
		t.Errorf("listed %+v, %v", list, err)
	}
	if ok, err := k.DeleteOne(ctx, "bob", first.ID); ok || err != nil {
		t.Errorf("bob ended ada's: %v %v", ok, err)
	}
	if ok, err := k.DeleteOne(ctx, "ada", first.ID); !ok || err != nil {
		t.Errorf("ended %v, %v", ok, err)
	}
	if list, _ := k.List(ctx, "ada"); len(list) != 1 {
		t.Errorf("listed %+v", list)
	}
	if list, err := k.List(ctx, ""); list != nil || err != nil {
		t.Errorf("nobody has %v, %v", list, err)
	}
}

func TestLogOutEverywhereBut(t *testing.T) {
	k, _, _ := keeper(t, Settings{})
	mine, rec := create(t, k, "ada", "")
	other, _ := create(t, k, "ada", "")
	bobs, _ := create(t, k, "bob", "")
	if n, err := k.DeleteAll(ctx, "ada", rec.ID); n != 1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	load(t, k, mine)
	load(t, k, bobs)
	_, err := k.Load(ctx, other)
	mustBe(t, "load", err, ErrNone)
}

func TestOldestMakesRoom(t *testing.T) {
	s, c := newStage()
	var said []pavise.Decision
	k := keep(t, pavise.Env{Store: s, Now: c.now, Decide: func(d pavise.Decision) { said = append(said, d) }}, Settings{PerUser: 3})
	var tokens []string
	for range 5 {
		token, _ := create(t, k, "ada", "")
		tokens = append(tokens, token)
		c.pass(time.Minute)
	}
	for i, token := range tokens {
		if _, err := k.Load(ctx, token); (err == nil) != (i >= 2) {
			t.Errorf("session %d: %v", i, err)
		}
	}
	if len(said) != 2 || said[0].Action != pavise.Noted || !strings.Contains(said[0].Reason, "oldest") {
		t.Errorf("said %+v", said)
	}
	c.pass(20 * time.Minute)
	for range 3 { // those that have ended by themselves are not said
		create(t, k, "ada", "")
	}
	if len(said) != 2 {
		t.Errorf("said %+v", said)
	}
}

// Whatever moment a logout everywhere comes at, what is just beginning or being given
// a new token does not outlive it: or it is a login of afterwards.
func TestNothingOutlivesLogOutEverywhere(t *testing.T) {
	acts := map[string]func(k *Keeper, rec *Record) (string, error){
		"renewal": func(k *Keeper, rec *Record) (string, error) { return k.Rotate(ctx, rec, "ada") },
		"save":    func(k *Keeper, rec *Record) (string, error) { return "", k.Update(ctx, rec) },
		"touch":   func(k *Keeper, rec *Record) (string, error) { return "", k.Touch(ctx, rec) },
	}
	for name, act := range acts {
		for moment := 0; ; moment++ {
			k, s, c := keeper(t, Settings{})
			token, rec := create(t, k, "ada", "")
			rec.version = 0
			c.pass(5 * time.Minute)
			steps, met := 0, false
			s.before = func(string, string) error {
				if steps++; steps == moment+1 {
					met, s.before = true, nil
					if _, err := k.DeleteAll(ctx, "ada"); err != nil {
						t.Fatal(err)
					}
				}
				return nil
			}
			got, err := act(k, rec)
			s.before = nil
			if !met {
				break
			}
			if err == nil && moment == 0 {
				t.Errorf("%s: begun after the end, and no error", name)
			}
			for _, token := range []string{token, got} {
				if rec, err := k.Load(ctx, token); !errors.Is(err, ErrNone) {
					t.Errorf("%s at moment %d: lives on as %+v, %v", name, moment, rec, err)
				}
			}
			if list, err := k.List(ctx, "ada"); len(list) > 0 || err != nil {
				t.Errorf("%s at moment %d: lists %v, %v", name, moment, list, err)
			}
		}
	}
}

// A login that meets a logout everywhere is before it, and ended, or behind it, and
// then it is on the list: never alive without being listed.
func TestWhatLivesIsListed(t *testing.T) {
	acts := map[string]func(k *Keeper) (string, error){
		"login": func(k *Keeper) (string, error) { token, _, err := k.Create(ctx, "ada", "", nil); return token, err },
		"login of a visitor": func(k *Keeper) (string, error) {
			_, rec, err := k.Create(ctx, "", "", nil)
			if err != nil {
				return "", err
			}
			return k.Rotate(ctx, rec, "ada")
		},
	}
	for name, act := range acts {
		for moment := 0; ; moment++ {
			k, s, _ := keeper(t, Settings{})
			steps, met := 0, false
			s.before = func(string, string) error {
				if steps++; steps == moment+1 {
					met, s.before = true, nil
					k.DeleteAll(ctx, "ada")
				}
				return nil
			}
			token, err := act(k)
			s.before = nil
			if !met {
				break
			}
			_, loading := k.Load(ctx, token)
			list, _ := k.List(ctx, "ada")
			if alive := loading == nil; alive != (len(list) == 1) || alive && err != nil {
				t.Errorf("%s at moment %d: %v; alive %v, listed %v", name, moment, err, alive, list)
			}
			if n, err := k.DeleteAll(ctx, "ada"); err != nil || n != len(list) {
				t.Errorf("%s at moment %d: ended %d, %v", name, moment, n, err)
			}
		}
	}
}

// The same at every pair of moments: a login or a renewal stops in the middle, the
// logout everywhere goes on to its own middle, then the one ends, and then the other.
func TestNothingSlipsThroughTheMiddle(t *testing.T) {
	for name, act := range map[string]func(k *Keeper, rec *Record) (string, error){
		"login": func(k *Keeper, _ *Record) (string, error) {
			token, _, err := k.Create(ctx, "ada", "", nil)
			return token, err
		},
		"renewal": func(k *Keeper, rec *Record) (string, error) { return k.Rotate(ctx, rec, "ada") },
	} {
		for stop := 1; slips(t, name, act, stop, 1); stop++ {
			for middle := 2; slips(t, name, act, stop, middle); middle++ {
			}
		}
	}
}

// slips stops act before one of its operations, and has it end before one of the
// logout's. It reports whether both were met.
func slips(t *testing.T, name string, act func(*Keeper, *Record) (string, error), stop, middle int) bool {
	memory, c := newStage()
	acting, ending := &stage{Store: memory.Store}, &stage{Store: memory.Store}
	one := keep(t, pavise.Env{Store: acting, Now: c.now}, Settings{})
	other := keep(t, pavise.Env{Store: ending, Now: c.now}, Settings{})
	_, rec := create(t, one, "ada", "")

	stopped, goOn, ended := make(chan bool, 1), make(chan bool), make(chan bool)
	steps := 0
	acting.before = func(string, string) error {
		if steps++; steps == stop {
			stopped <- true
			<-goOn
		}
		return nil
	}
	var token string
	var err error
	go func() {
		token, err = act(one, rec)
		close(ended)
	}()
	select {
	case <-stopped:
	case <-ended:
		return false
	}
	met := false
	others := 0
	finish := func() {
		met = true
		close(goOn)
		<-ended
	}
	ending.before = func(string, string) error {
		if others++; others == middle {
			finish()
		}
		return nil
	}
	if _, err := other.DeleteAll(ctx, "ada"); err != nil {
		t.Error(err)
	}
	ending.before = nil
	if !met {
		close(goOn)
		<-ended
		return false
	}
	_, loading := other.Load(ctx, token)
	list, _ := other.List(ctx, "ada")
	if alive := loading == nil; alive != (len(list) == 1) || alive && err != nil {
		t.Errorf("%s stopped before %d, the logout before %d: %v; alive %v, listed %v", name, stop, middle, err, alive, list)
	}
	return true
}

// A logout everywhere that the store fails in says so, and may be done once more.
func TestLogOutEverywhereMayBeRepeated(t *testing.T) {
	for moment := 0; ; moment++ {
		k, s, _ := keeper(t, Settings{})
		one, _ := create(t, k, "ada", "")
		two, _ := create(t, k, "ada", "")
		steps, met := 0, false
		s.before = func(string, string) error {
			if steps++; steps == moment+1 {
				met = true
				return pavise.ErrAway
			}
			return nil
		}
		_, err := k.DeleteAll(ctx, "ada")
		s.before = nil
		if !met {
			break
		}
		mustBe(t, fmt.Sprint("moment ", moment), err, pavise.ErrAway)
		if _, err := k.DeleteAll(ctx, "ada"); err != nil {
			t.Fatal(err)
		}
		for _, token := range []string{one, two} {
			_, err := k.Load(ctx, token)
			mustBe(t, fmt.Sprint("moment ", moment), err, ErrNone)
		}
	}
}

// A store that fails in the middle of a rotation leaves no second way in.
func TestRotationFailsInTheMiddle(t *testing.T) {
	for moment := 0; ; moment++ {
		k, s, c := keeper(t, Settings{})
		token, rec := create(t, k, "ada", "")
		steps, met := 0, false
		s.before = func(string, string) error {
			if steps++; steps == moment+1 {
				met = true
			}
			if met {
				return pavise.ErrAway
			}
			return nil
		}
		next, err := k.Rotate(ctx, rec, "ada")
		s.before = nil
		if !met {
			break
		}
		alive := 0
		c.pass(20 * time.Second)
		for _, token := range []string{token, next} {
			if _, err := k.Load(ctx, token); err == nil {
				alive++
			}
		}
		if alive > 1 || err == nil && alive != 1 {
			t.Errorf("moment %d: %d tokens open the session, %v", moment, alive, err)
		}
		if _, err := k.DeleteAll(ctx, "ada"); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Load(ctx, token); !errors.Is(err, ErrNone) {
			t.Errorf("moment %d: %v", moment, err)
		}
	}
}

// Everything at once, on two nodes: behind the last logout everywhere nothing lives.
func TestStorm(t *testing.T) {
	s, c := newStage()
	nodes := []*Keeper{keep(t, pavise.Env{Store: s, Now: c.now}, Settings{PerUser: 50}), keep(t, pavise.Env{Store: s, Now: c.now}, Settings{PerUser: 50})}
	var mu sync.Mutex
	var tokens []string
	add := func(token string, err error) {
		if err != nil && !errors.Is(err, ErrEnded) && !errors.Is(err, ErrChanged) && !errors.Is(err, ErrFormer) {
			t.Error(err)
		}
		mu.Lock()
		tokens = append(tokens, token)
		mu.Unlock()
	}
	var wg sync.WaitGroup
	for i := range 8 {
		k := nodes[i%2]
		wg.Go(func() {
			for range 20 {
				token, rec, err := k.Create(ctx, "ada", "", nil)
				add(token, err)
				if err != nil {
					continue
				}
				var both sync.WaitGroup
				for range 2 {
					mine := *rec
					both.Go(func() { add(k.Rotate(ctx, &mine, "ada")) })
				}
				both.Wait()
			}
		})
	}
	for range 10 {
		if _, err := nodes[0].DeleteAll(ctx, "ada"); err != nil && !errors.Is(err, ErrChanged) {
			t.Error(err)
		}
	}
	wg.Wait()
	if _, err := nodes[1].DeleteAll(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if _, err := nodes[0].Load(ctx, token); !errors.Is(err, ErrNone) {
			t.Errorf("lives on: %v", err)
		}
	}
}
