package login

import (
	"context"
	"fmt"
	"time"

	"pavise"
)

// together keeps the limits with the other nodes, and its share of them without.
type together struct {
	quotas *quotas
	reach  reach
	alone  []rule // for each rule, what a node allows by itself
}

// keptTogether is what there was before a reload, if that was by the same rules: of other
// ones the store knows.
func keptTogether(env pavise.Env, rules []rule) *together {
	id := rateID + " together"
	for i := range rules {
		id += fmt.Sprint("\n", rules[i].name, " ", rules[i].every, " ", rules[i].ahead)
	}
	return pavise.Kept(env, id, func() *together { return newTogether(env, rules) })
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
