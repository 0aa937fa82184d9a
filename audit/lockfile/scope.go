package lockfile

import "pavise"

// setScopes says of each package what it is there for, by what leads to it: one that
// only tools of development lead to is one of them. Where nothing leads to a package
// stays what its lockfile says.
func setScopes(p *pavise.Project) {
	index := make(map[string]int, len(p.Packages))
	for i := range p.Packages {
		index[p.Packages[i].Key] = i
	}
	done := make([]bool, len(p.Packages))
	var reached []int
	reach := func(need pavise.Need, scope pavise.Scope, allowed func(pavise.Scope) bool) {
		if i, ok := index[need.Key]; ok && !done[i] && allowed(need.Scope) {
			done[i] = true
			p.Packages[i].Scope = scope
			reached = append(reached, i)
		}
	}
	// from the strictest to the loosest: what is reached first stays
	for pass, scope := range []pavise.Scope{"", pavise.Peer, pavise.Optional, pavise.Dev} {
		allowed := func(s pavise.Scope) bool { return rank[s] <= pass }
		for _, m := range p.Modules {
			for _, need := range m.Needs {
				reach(need, scope, allowed)
			}
		}
		for i := 0; i < len(reached); i++ {
			for _, need := range p.Packages[reached[i]].Needs {
				reach(need, scope, allowed)
			}
		}
	}
}

// rank orders the scopes by how loosely they bind.
var rank = map[pavise.Scope]int{"": 0, pavise.Peer: 1, pavise.Optional: 2, pavise.Dev: 3}
