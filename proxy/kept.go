package proxy

import "pavise/internal/upstream"

// A memory is what the controls of one site keep in mind, by their ids, from one
// generation to the next. What nobody asks for any more is let go of.
type memory map[string]any

// keep is the Keep of a site while it is compiled; afterwards nothing is handed on.
func (g *generation) keep(before *generation, site string) (keep func(id string, fresh func() any) any, compiled func()) {
	var old memory
	if before != nil {
		old = before.memories[site]
	}
	now := memory{}
	g.memories[site] = now
	keep = func(id string, fresh func() any) any {
		if now == nil {
			return fresh()
		}
		kept, known := now[id]
		if !known {
			kept, known = old[id]
		}
		if !known {
			kept = fresh()
		}
		now[id] = kept
		return kept
	}
	return keep, func() { old, now = nil, nil }
}

// client asks an app, by the connections of before where it was asked before.
func (g *generation) client(before *generation, app Upstream) *upstream.Client {
	client := g.apps[app]
	if client == nil && before != nil {
		client = before.apps[app]
	}
	if client == nil {
		client = &upstream.Client{Dial: app.dial, Patience: app.Patience}
	}
	g.apps[app] = client
	return client
}
