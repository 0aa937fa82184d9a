package login

import (
	"context"
	"net/netip"
	"time"

	"pavise"
)

// together keeps the limits with the other nodes, and its share of them without.
type together struct {
	*quotas
	reach reach
	alone []rule // for each rule, what a node allows by itself
}

func newTogether(env pavise.Env, rules []rule) *together {
	t := &together{quotas: newQuotas(env, rules), reach: reach{env: env, control: rateID, rest: time.Second, blind: true,
		without: "every node keeps its share of the rate limit by itself, a quarter"}}
	for i := range rules {
		t.alone = append(t.alone, rules[i].alone(share(env)))
	}
	return t
}

// take counts a request that this node would let in.
func (t *together) take(ctx context.Context, clients *buckets, from netip.Addr, rule int, now time.Time) time.Duration {
	if t.reach.state.Load() == present || t.reach.open(ctx, false, t.probe) {
		asked := t.reach.env.Now()
		wait, err := t.quotas.take(ctx, from, rule, now)
		if err == nil {
			return wait
		}
		t.reach.failed(err, asked)
	}
	alone := &t.alone[rule]
	return clients.take(from, len(t.alone)+rule, now, alone.every, alone.ahead)
}

func (t *together) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quotaTime)
	defer cancel()
	return probe(ctx, t.store)
}
