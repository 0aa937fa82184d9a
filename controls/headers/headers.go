// Package headers holds the controls that set, keep and remove response
// headers. Where the app sends a value of its own, the stricter one wins.
package headers

import (
	"strings"
	"sync/atomic"

	"pavise"
)

// always sends one value, whatever the app sent. The slice is shared by all
// responses: append to it copies, because it is full.
func always(name, value string) pavise.Hooks {
	values := []string{value}[:1:1]
	return pavise.Hooks{Amend: func(x *pavise.Exchange) { x.Header[name] = values }}
}

// show returns the values of a header as a reader wants to see them.
func show(a pavise.Answer, name string) string {
	values, ok := a.Response.Header[name]
	if !ok {
		return "no " + name
	}
	return strings.Join(values, ", ")
}

// conflict notes once per policy that the app and the policy disagree.
type conflict struct {
	env     pavise.Env
	control string
	said    *atomic.Bool
}

func newConflict(env pavise.Env, control string) conflict {
	return conflict{env: env, control: control, said: new(atomic.Bool)}
}

func (c conflict) note(x *pavise.Exchange, reason string) {
	if c.said.CompareAndSwap(false, true) {
		c.env.Note(x, c.control, reason)
	}
}
