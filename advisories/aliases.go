package advisories

import (
	"slices"
	"strings"

	"pavise"
)

// joined makes one notice of all that are about the same flaw, by their names.
func joined(list []pavise.Notice) []pavise.Notice {
	group := make([]int, len(list)) // the first notice of the same flaw
	first := map[string]int{}
	for i, n := range list {
		group[i] = i
		for _, id := range append([]string{n.ID}, n.Aliases...) {
			if j, ok := first[id]; ok {
				unite(group, i, j)
			} else {
				first[id] = i
			}
		}
	}
	at := map[int]int{}
	var all []pavise.Notice
	for i, n := range list {
		root := find(group, i)
		if j, ok := at[root]; ok {
			all[j] = join(all[j], n)
			continue
		}
		at[root] = len(all)
		all = append(all, n)
	}
	return all
}

func find(group []int, i int) int {
	for group[i] != i {
		group[i] = group[group[i]]
		i = group[i]
	}
	return i
}

func unite(group []int, i, j int) {
	i, j = find(group, i), find(group, j)
	group[max(i, j)] = min(i, j)
}

// rank is whose word goes first: who found malice, GitHub, Go, and whoever else.
func rank(id string) int {
	i := slices.IndexFunc([]string{"MAL-", "GHSA-", "GO-", "PYSEC-", "CVE-"}, func(prefix string) bool { return strings.HasPrefix(id, prefix) })
	if i < 0 {
		return 5
	}
	return i
}

// join adds to one notice what another says of the same flaw.
func join(a, b pavise.Notice) pavise.Notice {
	if rank(b.ID) < rank(a.ID) {
		a, b = b, a
	}
	for _, id := range append([]string{b.ID}, b.Aliases...) {
		if id != a.ID && !slices.Contains(a.Aliases, id) {
			a.Aliases = append(a.Aliases, id)
		}
	}
	slices.Sort(a.Aliases)
	if a.CVSS == "" {
		a.CVSS = b.CVSS
	}
	a.Severity = max(a.Severity, b.Severity)
	if a.Title == "" {
		a.Title = b.Title
	}
	if a.Fixed == "" {
		a.Fixed = b.Fixed
	}
	if len(a.CWE) == 0 {
		a.CWE = b.CWE
	}
	if a.Published.IsZero() || !b.Published.IsZero() && b.Published.Before(a.Published) {
		a.Published = b.Published
	}
	if a.Released.IsZero() {
		a.Released = b.Released
	}
	if a.Symbols == nil {
		a.Symbols = b.Symbols
	}
	a.Partly = a.Partly && b.Partly
	return a
}
