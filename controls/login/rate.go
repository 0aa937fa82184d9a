package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/netip"
	"time"

	"pavise"
)

// Rate bounds how often one client may ask.
type Rate struct {
	Rate   int           `yaml:"rate" doc:"requests of one client, for whatever, as they may go on for ever" default:"500"`
	Per    time.Duration `yaml:"per" doc:"in which time" default:"1s"`
	Burst  int           `yaml:"burst" doc:"requests at once, after a rest" default:"5000"`
	Limits []Limit       `yaml:"limits" doc:"what is to be asked for less often, besides" default:"none"`
}

// A Limit bounds how often one client may ask for what a pattern names.
type Limit struct {
	Path  string        `yaml:"path" doc:"path pattern, such as \"POST /search\" or /api/**" required:"true"`
	Rate  int           `yaml:"rate" doc:"requests of one client" required:"true"`
	Per   time.Duration `yaml:"per" doc:"in which time" default:"1s"`
	Burst int           `yaml:"burst" doc:"requests at once, after a rest" default:"the rate"`
}

const rateID = "login.rate"

// Doc describes the control.
func (Rate) Doc() pavise.Doc {
	return pavise.Doc{
		ID:        rateID,
		Title:     "Rate limit",
		Why:       "One client that asks without end takes the app from all others, and searches it for what can be guessed: coupons, order numbers, names of customers.",
		Enforces:  "Answers 429 with Retry-After to a client that asks for more than 500 things a second for long, or 5000 at once: more than any browser does, or an office behind one address. Limits of your own for some paths can be as low as you like. IPv6 counts by /64.",
		Verifies:  "Not by a scan: to meet the limit it would have to do what the limit is against. The log names refusals, up to 20 a second.",
		Refuses:   true,
		Behaviour: true,
	}
}

// Validate reports every limit that cannot be.
func (r Rate) Validate() error {
	_, err := r.rules()
	return err
}

// A rule is a limit that was read. Time is in nanoseconds.
type rule struct {
	place
	name  string // by where it counts, and which of those there it is: the rest may change at a reload
	id    uint64 // of the name, in the buckets
	every int64  // between two requests, in the long run
	ahead int64  // how far a burst may run ahead
}

// rules are the limits in their order, the general one last.
func (r Rate) rules() ([]rule, error) {
	var errs []error
	list := make([]rule, 0, len(r.Limits)+1)
	for _, l := range r.Limits {
		p, err := parsePlace(l.Path, "")
		limit, err2 := newRule("limits: "+l.Path+": ", l.Rate, cmp.Or(l.Per, time.Second), cmp.Or(l.Burst, l.Rate))
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: limits: %w", rateID, err))
		}
		limit.place, errs = p, append(errs, err2)
		list = append(list, limit)
	}
	all, err := newRule("", cmp.Or(r.Rate, 500), cmp.Or(r.Per, time.Second), cmp.Or(r.Burst, 5000))
	list = append(list, all)
	there := map[string]int{}
	for i := range list {
		at := list[i].text()
		there[at]++
		list[i].name = fmt.Sprint(at, " ", there[at])
	}
	return list, errors.Join(append(errs, err)...)
}

const maxRate = 1_000_000

func newRule(at string, rate int, per time.Duration, burst int) (rule, error) {
	var errs []error
	if rate < 1 || rate > maxRate {
		errs = append(errs, fmt.Errorf("%s: %srate must be 1 to %d, not %d", rateID, at, maxRate, rate))
		rate = 1
	}
	if burst < 1 || burst > maxRate {
		errs = append(errs, fmt.Errorf("%s: %sburst must be 1 to %d, not %d", rateID, at, maxRate, burst))
		burst = 1
	}
	if per < time.Millisecond || per > 24*time.Hour {
		errs = append(errs, fmt.Errorf("%s: %sper must be 1ms to 24h, not %s", rateID, at, per))
	}
	every := max(1, int64(per)/int64(rate))
	return rule{every: every, ahead: every * int64(burst-1)}, errors.Join(errs...)
}

// alone is what one node allows by itself of what several allowed together.
func (r *rule) alone(share int64) rule {
	return rule{every: r.every * share, ahead: max(0, r.ahead-r.every*(share-1))}
}

// Enforce lets a client ask as long as none of its limits is met.
func (r Rate) Enforce(env pavise.Env) (pavise.Hooks, error) {
	rules, err := r.rules()
	if err != nil {
		return pavise.Hooks{}, err
	}
	env = env.Complete()
	l := &limiter{env: env, rules: rules, clients: pavise.Kept(env, rateID, func() *buckets { return newBuckets(env.Now()) })}
	for i := range rules {
		rules[i].id = maphash.String(l.clients.seed, rules[i].name)
	}
	if env.Shared {
		l.together = keptTogether(env, rules)
	}
	return pavise.Hooks{Admit: l.admit}, nil
}

// A limiter is a Rate at work for one site.
type limiter struct {
	env      pavise.Env
	rules    []rule
	clients  *buckets
	together *together // nil where this node is the only one
}

func (l *limiter) admit(x *pavise.Exchange) error {
	if !x.Client.IsValid() { // all would be blocked for one
		return nil
	}
	now, from, last := l.env.Now(), pavise.Subscriber(x.Client).Addr(), len(l.rules)-1
	var room [maxSegments]string
	var path []string
	if last > 0 {
		path = segments(x.Request.URL.Path, room[:0])
	}
	for i := range l.rules {
		r := &l.rules[i]
		if i != last && !r.matches(x.Request, path) {
			continue
		}
		wait := l.take(x.Request.Context(), from, i, now)
		if wait > 0 {
			return &pavise.Refusal{Status: http.StatusTooManyRequests, Rule: rateID, RetryAfter: wait, Saw: "too many requests"}
		}
	}
	return nil
}

// take counts a request on this node and, where there are others, on all; or, where
// these are out of sight, on this node by its share.
func (l *limiter) take(ctx context.Context, from netip.Addr, i int, now time.Time) time.Duration {
	r := &l.rules[i]
	if l.together == nil {
		return l.clients.take(from, r.id, now, r.every, r.ahead)
	}
	alone := &l.together.alone[i]
	if !l.together.present(ctx) {
		return l.clients.take(from, r.id, now, alone.every, alone.ahead)
	}
	if wait := l.clients.take(from, r.id, now, r.every, r.ahead); wait > 0 {
		return wait
	}
	wait, err := l.together.quotas.take(ctx, from, i, now)
	if err != nil {
		return l.clients.take(from, r.id, now, alone.every, alone.ahead)
	}
	return wait
}
