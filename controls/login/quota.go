package login

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"net/netip"
	"strconv"
	"time"

	"pavise"
)

// quotas are the limits that several nodes keep together. What a client may ask for
// within a span is cut into portions, each a counter in the store that lives for the
// span: it is drawn from for a short time, and comes again when it has ended. So no
// span sees more than the limit, and no clock but the store's is asked. A node counts
// a batch by itself before it draws for it, and so rarely asks; where the limit is low
// a batch is one request, and nothing passes that was not drawn.
type quotas struct {
	reach  *reach
	store  pavise.Store
	rules  []quota
	secret []byte
	site   string
	start  time.Time
	seed   maphash.Seed
	rows   [tallyRows]tallyRow
}

// A quota is one rule as the nodes keep it.
type quota struct {
	name     string        // what its counters are called by
	span     time.Duration // that every portion lives
	most     int64         // requests in it
	portions int64
	batch    int64
}

const (
	leastSpan   = time.Second // nobody asks the store for less
	mostPortion = 64
	// batches is how many make up a span: four nodes that have each begun one are
	// still within 5 %.
	batches = 100
	// cells bounds the clients that the store knows apart under one rule. Two that
	// share a cell share a limit; the secret keeps anybody from choosing his cell.
	cells = 1 << 18
	// quotaTime is how long a request waits for the store.
	quotaTime = 250 * time.Millisecond
)

func newQuotas(env pavise.Env, rules []rule, r *reach) *quotas {
	q := &quotas{reach: r, store: env.Store, secret: oldest(env), site: env.Site.Canonical(), start: env.Now(), seed: maphash.MakeSeed()}
	for i := range rules {
		q.rules = append(q.rules, q.quota(&rules[i]))
	}
	return q
}

func (q *quotas) quota(r *rule) quota {
	span := max(r.every+r.ahead, int64(leastSpan))
	most := span / r.every
	name := r.text() + fmt.Sprint(" ", r.every, " ", r.ahead)
	return quota{
		name:     base64.RawURLEncoding.EncodeToString(q.mac(q.site, name)[:9]),
		span:     time.Duration(span),
		most:     most,
		portions: min(most, mostPortion),
		batch:    1 + most/batches,
	}
}

func (q *quotas) mac(parts ...string) []byte {
	return keyed(q.secret, append([]string{rateID}, parts...)...)
}

// size is how many requests there are in a portion: together they are the limit.
func (q *quota) size(portion int64) int64 {
	return q.most*(portion+1)/q.portions - q.most*portion/q.portions
}

// open is how long a portion is drawn from.
func (q *quota) open() time.Duration { return 2 * q.span / time.Duration(q.portions) }

// take counts a request of all nodes together, or returns how long to wait for it.
func (q *quotas) take(ctx context.Context, client netip.Addr, rule int, at time.Time) (time.Duration, error) {
	t, now, batch := q.tally(client, rule), int64(at.Sub(q.start)), q.rules[rule].batch
	if n, wait := t.count(now, batch); n == 0 {
		return wait, nil
	}
	t.drawing.Lock()
	defer t.drawing.Unlock()
	n, wait := t.count(now, batch) // meanwhile somebody else may have drawn
	if n == 0 {
		return wait, nil
	}
	if q.reach.state.Load() != present {
		return 0, errSlow
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quotaTime)
	defer cancel()
	got, err := q.draw(ctx, t, client, rule, n, now)
	return t.drawn(now, n, got), err
}

// errSlow is that a request cannot wait for what the store would say.
var errSlow = errors.New("too many questions for one request")

// draw takes n requests from the portions that are open, and returns how many it got.
func (q *quotas) draw(ctx context.Context, t *tally, client netip.Addr, rule int, n, now int64) (got int64, err error) {
	r := &q.rules[rule]
	key := q.key(client, r)
	for {
		i, found := t.portion(now, r.portions)
		if !found {
			return got, nil
		}
		more := n - got
		asked := q.reach.env.Now()
		sum, left, err := q.store.Add(ctx, key+strconv.FormatInt(i, 10), more, r.span)
		if err != nil {
			q.reach.failed(err, asked)
			return got, err
		}
		free := min(max(r.size(i)-(sum-more), 0), more)
		if sum > more && r.portions < r.most && r.span-left >= r.open() {
			free = 0 // its time is over
		}
		if free < more {
			t.close(i, r.portions, now+int64(left))
		}
		if got += free; got == n {
			return got, nil
		}
		if end, _ := ctx.Deadline(); time.Until(end) < quotaTime/4 {
			return got, errSlow
		}
	}
}

func (q *quotas) key(client netip.Addr, r *quota) string {
	address := client.As16()
	cell := binary.BigEndian.Uint32(q.mac(r.name, string(address[:]))) % cells
	return fmt.Sprintf("rate:%s:%x:", r.name, cell)
}
