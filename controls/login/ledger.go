package login

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"pavise"
)

// A Ledger counts logins that fail. An attempt is counted before the password is
// looked at and taken off again when it was right, so attempts that run at the same
// time cannot slip past each other. It is safe for concurrent use.
type Ledger struct {
	env    pavise.Env
	site   string
	limits limits
	oldest []byte // secret
	*heard
}

// heard is what a ledger has in memory; it stays when the settings change.
type heard struct {
	book  *book // what is counted on while the store is away
	reach reach
	tried *tried
}

// limits are the settings of a [Guard] with the defaults in place.
type limits struct {
	failures, account, address int64
	block                      time.Duration
}

const (
	day = 24 * time.Hour
	// maxRefunds bounds the attempts on one account that are taken off again while
	// a block would last: where the outcome is misjudged, or a wrong password
	// makes the app fail, guessing still has an end. What was right before is no guess.
	maxRefunds = 60
	// doubts is how many outcomes that nobody can tell count as one failure of an
	// address: a site whose logins all look like that stays usable for those who
	// share one.
	doubts = 10
	// storeTime is how long one login waits for the store, from its begin to its end
	// taken together.
	storeTime = 500 * time.Millisecond
)

// A Try is one attempt to log in.
type Try struct {
	Accounts []string   // as typed; several where it is not clear which field counts
	Client   netip.Addr // nobody else's, or all are blocked for one
	Device   string     // value of the cookie [pavise.DeviceCookie], if there is one
	// Secret is the password, with all else that the app may look at: the same again is
	// no new guess. None is always a new one.
	Secret string
}

// Ledger returns what counts by these settings, for a program that knows by itself
// whether a password was right.
func (g Guard) Ledger(env pavise.Env) (*Ledger, error) {
	if err := g.Validate(); err != nil {
		return nil, err
	}
	return newLedger(g, env), nil
}

func newLedger(g Guard, env pavise.Env) *Ledger {
	env = env.Complete()
	return &Ledger{env: env, site: env.Site.Canonical(), limits: g.limits(), oldest: oldest(env),
		heard: pavise.Kept(env, guardID, func() *heard { return newHeard(env) })}
}

func newHeard(env pavise.Env) *heard {
	h := &heard{book: newBook(env.Now), tried: newTried(env.Now)}
	h.reach.env, h.reach.control = env, guardID
	h.reach.without = "failed logins are counted on this machine alone, against half of the limits"
	if env.Shared {
		h.reach.without = "failed logins are counted on this machine alone, to a tenth of the limits beyond what it has heard"
	}
	h.reach.lost = h.book.recall
	return h
}

// Begin counts an attempt before the password is looked at. The error is a
// [*pavise.Refusal] where there were too many. Whoever gets an Attempt says what
// came of it, and calls Settle by defer: what nobody told is a failure.
func (l *Ledger) Begin(ctx context.Context, t Try) (*Attempt, error) {
	a := l.attempt(t)
	store := witness{l.env.Store, l.book, &l.reach, &a.left}
	if l.reach.open(ctx, l.book.owing.Load() > 0, store.repay) {
		if refused, err := a.reserve(ctx, store); err == nil {
			return a.unless(refused)
		}
	}
	refused, err := a.reserve(ctx, l.book)
	if err != nil {
		refused = refusal("that could not be counted", l.limits.block)
	}
	return a.unless(refused)
}

func (a *Attempt) unless(refused *pavise.Refusal) (*Attempt, error) {
	if refused != nil {
		return nil, refused
	}
	return a, nil
}

// key is the name of a counter. It tells nobody who is counted. A new secret changes
// no names before the oldest is forgotten.
func (l *Ledger) key(parts ...string) string {
	return "login:" + base64.RawURLEncoding.EncodeToString(l.mac(l.oldest, parts...))
}

func (l *Ledger) mac(secret []byte, parts ...string) []byte {
	return keyed(secret, append([]string{guardID, l.site}, parts...)...)[:16]
}

// attempt names the counters that an attempt meets. A device that has logged in to
// the account before has one of its own: strangers cannot lock it out, and a stolen
// one guesses no more than anybody.
func (l *Ledger) attempt(t Try) *Attempt {
	accounts := t.canonical()
	a := &Attempt{ledger: l, single: len(accounts) == 1, left: storeTime, guess: l.tried.guess(accounts, t.Secret, l.limits.block)}
	from, block := pavise.Subscriber(t.Client).String(), l.limits.block
	for _, account := range accounts {
		a.refunds = append(a.refunds, l.hold(maxRefunds, hold{key: l.key("refunds", account), life: block}))
	}
	if a.single {
		if id := l.device(t.Device, accounts[0]); id != "" {
			a.known = true
			a.holds = []hold{l.hold(l.limits.failures, hold{key: l.key("device", accounts[0], id),
				what: "in a row in a known browser", life: block, inRow: true, grows: true})}
			return a
		}
	}
	if len(accounts) == 0 {
		a.refunds = []hold{l.hold(maxRefunds, hold{key: l.key("refunds of", from), life: block})}
	}
	if t.Client.IsValid() || len(accounts) == 0 {
		a.holds = append(a.holds, l.hold(l.limits.address, hold{key: l.key("address", from),
			what: ofAddress, life: day, shared: true}))
	}
	for _, account := range accounts {
		a.holds = append(a.holds,
			l.hold(l.limits.failures, hold{key: l.key("pair", account, from),
				what: "in a row for one account from one address", life: block, inRow: true, grows: true}),
			l.hold(l.limits.account, hold{key: l.key("account", account),
				what: "for one account from all addresses", life: block, grows: true}))
	}
	return a
}

// hold is one against a limit.
func (l *Ledger) hold(limit int64, h hold) hold {
	h.bounds = within(limit, l.env.Shared)
	return h
}

// canonical returns the names of the accounts, each once.
func (t Try) canonical() []string {
	var list []string
	for _, name := range t.Accounts {
		if name = canonical(name); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// ofAddress is what an address has too many of.
const ofAddress = "within a day from one address"

// refusal tells everybody the same, whether there is such an account or not.
func refusal(what string, wait time.Duration) *pavise.Refusal {
	wait = max(wait, time.Second)
	mend := "it ends by itself, in " + roughly(wait)
	if what == ofAddress {
		mend += "; where very many people share an address: login.guard: {insecure-address-failures: 500}"
	}
	return &pavise.Refusal{Status: http.StatusTooManyRequests, Rule: "login.guard.account", RetryAfter: wait,
		Reason: "Too many attempts to log in have failed. Please try again in " + roughly(wait) + ".",
		Saw:    "too many failed logins " + what, Mend: mend}
}

// roughly is a time as people say it, and not too short.
func roughly(d time.Duration) string {
	unit, name := time.Minute, "minute"
	if d > 2*time.Hour {
		unit, name = time.Hour, "hour"
	}
	n := int((d + unit - 1) / unit)
	if n == 1 {
		return "a " + name
	}
	return fmt.Sprintf("%d %ss", n, name)
}
