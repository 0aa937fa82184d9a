package session

import (
	"errors"
	"testing"

	"pavise"
)

// An actor does something by a Keeper of its own, and returns the token it was given.
type actor func(k *Keeper) (string, error)

// A schedule says how many operations on the store each turn has. The actors take
// turns, one after the other; behind the last turn each ends, in the same order.
type schedule []int

// perform returns what the actors got, and which turn came to its end early because
// its actor had nothing more to do: none is len(turns).
func perform(t *testing.T, envs []pavise.Env, set Settings, turns schedule, actors ...actor) (tokens []string, errs []error, early int) {
	n := len(actors)
	tokens, errs, early = make([]string, n), make([]error, n), len(turns)
	next, paused, over := make([]chan bool, n), make([]chan bool, n), make([]bool, n)
	for i, act := range actors {
		next[i], paused[i] = make(chan bool), make(chan bool)
		own := envs[i%len(envs)]
		own.Store = &stage{Store: own.Store, before: func(string, string) error {
			paused[i] <- false
			<-next[i]
			return nil
		}}
		k := keep(t, own, set)
		go func() {
			<-next[i]
			tokens[i], errs[i] = act(k)
			paused[i] <- true
		}()
	}
	step := func(i int) bool {
		if over[i] {
			return false
		}
		next[i] <- true
		over[i] = <-paused[i]
		return true
	}
	for turn, steps := range turns {
		for range steps {
			if !step(turn % n) {
				early = min(early, turn)
				break
			}
		}
	}
	for i := range n {
		for step((len(turns) + i) % n) {
		}
	}
	return tokens, errs, early
}

// explore runs every schedule of so many turns before the last.
func explore(turns int, run func(schedule) (early int)) {
	for s := make(schedule, turns); ; {
		early := run(s)
		if early == 0 {
			return
		}
		clear(s[early:])
		s[early-1]++
	}
}

// afterAdas is what an actor does with a session of ada's that was loaded before.
type afterAdas struct {
	name   string
	act    func(k *Keeper, rec Record) (string, error)
	logsIn bool
}

var changing = []afterAdas{
	{"renewal", func(k *Keeper, rec Record) (string, error) { return k.Rotate(ctx, &rec, "ada") }, false},
	{"save", func(k *Keeper, rec Record) (string, error) { return "", k.Update(ctx, &rec) }, false},
	{"login once more", func(k *Keeper, rec Record) (string, error) { return k.LogIn(ctx, &rec, "ada") }, true},
	{"login", func(k *Keeper, _ Record) (string, error) {
		token, _, err := k.Create(ctx, "ada", "", nil)
		return token, err
	}, true},
}

var ending = []afterAdas{
	{"logout everywhere", func(k *Keeper, _ Record) (string, error) { _, err := k.DeleteAll(ctx, "ada"); return "", err }, false},
	{"logout", func(k *Keeper, rec Record) (string, error) { return "", k.Delete(ctx, &rec) }, false},
}

// In whatever order the operations of two come on the store, nothing of the session
// lives behind its end; and what lives is a login, and listed. So it is where secrets
// are being replaced, too.
func TestEveryOrder(t *testing.T) {
	s, c := newStage()
	older := []byte("the secret of 32 bytes of before")
	before := pavise.Env{Store: s, Now: c.now, Secret: older}
	early, late := before, before
	early.Former = [][]byte{secret}
	late.Secret, late.Former = secret, [][]byte{older}
	for name, envs := range map[string][]pavise.Env{"one secret": {before}, "a new secret": {late}, "being replaced": {early, late}} {
		for _, one := range changing {
			for _, two := range ending {
				explore(2, func(turns schedule) int {
					s.Store = pavise.NewMemory(c.now)
					token, rec := create(t, keep(t, before, Settings{}), "ada", "")
					tokens, errs, early := perform(t, envs, Settings{}, turns,
						func(k *Keeper) (string, error) { return one.act(k, *rec) },
						func(k *Keeper) (string, error) { return two.act(k, *rec) })
					k := keep(t, envs[0], Settings{})
					_, old := k.Load(ctx, token)
					_, given := k.Load(ctx, tokens[0])
					list, err := k.List(ctx, "ada")
					if !errors.Is(old, ErrNone) || given == nil && !one.logsIn || (given == nil) != (len(list) == 1) || errs[1] != nil || err != nil {
						t.Errorf("%s, a %s and a %s in turns of %d: the session %v, another %v, listed %v; %v, %v", name, one.name, two.name, turns, old, given, list, errs, err)
					}
					return early
				})
			}
		}
	}
}

// A node that does not know the newer secret yet cannot read the sessions of the others.
// It must not forget those of the list.
func TestListOutlivesTheChangeOfSecrets(t *testing.T) {
	s, c := newStage()
	older := []byte("the secret of 32 bytes of before")
	old := keep(t, pavise.Env{Store: s, Now: c.now, Secret: older}, Settings{})
	renewed := keep(t, pavise.Env{Store: s, Now: c.now, Secret: secret, Former: [][]byte{older}}, Settings{})
	token, _ := create(t, old, "ada", "")
	_, second := create(t, old, "ada", "")
	mustBe(t, "logout", renewed.Delete(ctx, second), nil) // writes the list
	create(t, old, "ada", "")                             // writes it once more
	if n, err := renewed.DeleteAll(ctx, "ada"); n != 2 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
	_, err := renewed.Load(ctx, token)
	mustBe(t, "load", err, ErrNone)
}
