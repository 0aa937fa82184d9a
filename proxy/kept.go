package proxy

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
