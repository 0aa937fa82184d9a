package login

import (
	"context"
	"time"

	"pavise"
)

// together keeps the limits with the other nodes, and its share of them without.
type together struct {
	quotas *quotas
	reach  reach
	alone  []rule // for each rule, what a node allows by itself
}

func newTogether(env pavise.Env, rules []rule) *together {
	t := &together{reach: reach{env: env, control: rateID, rest: time.Second, blind: true,
		without: "every node keeps its share of the rate limit by itself, a quarter"}}
	t.quotas = newQuotas(env, rules, &t.reach)
	for i := range rules {
		t.alone = append(t.alone, rules[i].alone(nodesApart))
	}
	return t
}

// present reports whether the nodes see each other.
func (t *together) present(ctx context.Context) bool {
	return t.reach.state.Load() == present || t.reach.open(ctx, false, t.probe)
}

func (t *together) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), quotaTime)
	defer cancel()
	return probe(ctx, t.quotas.store)
}
