package pavise

import (
	"container/heap"
	"path"
	"slices"
	"strings"
)

// maxSteps bounds the work of finding the ways to one package: where everything needs
// everything they are beyond counting.
const maxSteps = 200_000

// maxWork bounds it for all packages of a project together.
const maxWork = 500_000_000

// MaxWay bounds how many names of a way are told: of a longer one the middle is left out.
const MaxWay = 64

// Paths returns the ways by which a package came, from what a module asks for to the
// package itself, by their names: the shortest first, at most [MaxPaths]. How many ways
// there are is counted up to [MaxWays]. No way passes a package twice.
func (p *Project) Paths(key string) (paths [][]string, ways int) {
	g := p.built()
	target, ok := g.index[key]
	if !ok {
		return nil, 0
	}
	if _, known := g.ways[target]; !known {
		g.ways[target] = g.find(p, target)
	}
	w := g.ways[target]
	return slices.Clone(w.paths), w.count
}

// found are the ways to a package that are told, and how many there are.
type found struct {
	paths [][]string
	count int
}

// find looks for the ways to a package. Where the project has had its share of work it
// finds none.
func (g *graph) find(p *Project, target int) found {
	if g.work > maxWork {
		return found{}
	}
	far := g.distances(target)
	q := new(waysAhead)
	for _, r := range g.asked {
		if far[r] >= 0 {
			q.add(nil, r, far)
		}
	}
	steps, paths, ways := 0, [][]string(nil), 0
	for ; q.Len() > 0 && ways < MaxWays && steps < maxSteps; steps++ {
		at := heap.Pop(q).(*way)
		if at.node == target {
			ways++
			if names := at.names(p); len(paths) < MaxPaths && !slices.ContainsFunc(paths, func(p []string) bool { return slices.Equal(p, names) }) {
				paths = append(paths, names)
			}
			continue
		}
		for _, next := range g.needs[at.node] {
			if far[next] < 0 {
				continue
			}
			steps++
			known, cost := at.passed(next, far)
			if steps += cost; !known {
				q.add(at, next, far)
			}
		}
	}
	g.work += steps + len(far)
	return found{paths, ways}
}

// Reach tells whether the project uses a package, as far as the imports of its source
// tell: "imported" where source that is no test imports it, or something that is imported
// needs it; "not imported"; "" where that cannot be known.
func (p *Project) Reach(key string) string {
	g := p.built()
	i, ok := g.index[key]
	switch {
	case !ok || !g.read[p.Packages[i].Ecosystem]:
		return ""
	case g.used[i]:
		return "imported"
	case g.loose[i]:
		return ""
	}
	return "not imported"
}

// A graph is who needs whom, by the places in Project.Packages.
type graph struct {
	of    *Package // the first of the packages it was made of, and how many of each there were
	size  [3]int
	index map[string]int
	needs [][]int
	needy [][]int // the same, the other way round
	asked []int   // by modules
	loose []bool  // asked for on behalf of something that the file does not name
	used  []bool
	read  map[string]bool // the ecosystems of which source was read
	ways  map[int]found   // to the packages that were asked about
	work  int             // that it took to find them
}

// built is the graph of the project as it stands.
func (p *Project) built() *graph {
	size := [3]int{len(p.Modules), len(p.Packages), len(p.Imports)}
	var first *Package
	if len(p.Packages) > 0 {
		first = &p.Packages[0]
	}
	if p.graph == nil || p.graph.size != size || p.graph.of != first {
		p.graph = newGraph(p)
		p.graph.of, p.graph.size = first, size
	}
	return p.graph
}

func newGraph(p *Project) *graph {
	n := len(p.Packages)
	g := &graph{index: make(map[string]int, n), needs: make([][]int, n), needy: make([][]int, n), loose: make([]bool, n), used: make([]bool, n), read: map[string]bool{}, ways: map[int]found{}}
	for i := range p.Packages {
		g.index[p.Packages[i].Key] = i
	}
	for i := range p.Packages {
		for _, need := range p.Packages[i].Needs {
			if to, ok := g.index[need.Key]; ok && to != i {
				g.needs[i] = append(g.needs[i], to)
				g.needy[to] = append(g.needy[to], i)
			}
		}
	}
	once := make([]bool, n)
	for _, m := range p.Modules {
		for _, need := range m.Needs {
			to, ok := g.index[need.Key]
			if !ok {
				continue
			}
			g.loose[to] = g.loose[to] || need.Indirect
			if !once[to] {
				once[to] = true
				g.asked = append(g.asked, to)
			}
		}
	}
	g.mark(p)
	return g
}

// distances is how many steps each package is from the target; -1 is that no way leads
// there.
func (g *graph) distances(target int) []int {
	far := make([]int, len(g.needs))
	for i := range far {
		far[i] = -1
	}
	far[target] = 0
	for next := []int{target}; len(next) > 0; next = next[1:] {
		for _, i := range g.needy[next[0]] {
			if far[i] < 0 {
				far[i] = far[next[0]] + 1
				next = append(next, i)
			}
		}
	}
	return far
}

// mark notes the packages that source imports, and what those need.
func (g *graph) mark(p *Project) {
	named := map[[2]string][]int{} // by ecosystem and the name under which it is imported
	for i, pkg := range p.Packages {
		id := [2]string{pkg.Ecosystem, pkg.imported()}
		named[id] = append(named[id], i)
	}
	seen := map[[2]string]bool{} // the folder and what is imported there
	var next []int
	for _, imp := range p.Imports {
		ecosystem := NPM
		if path.Ext(imp.File) == ".go" {
			ecosystem = GoModules
		}
		g.read[ecosystem] = true
		at := [2]string{path.Dir(imp.File), ecosystem + " " + imp.Name}
		if imp.Test || seen[at] {
			continue
		}
		seen[at] = true
		if ecosystem == GoModules {
			next = append(next, named[[2]string{GoModules, "stdlib"}]...)
		}
		for name := imp.Name; name != "." && name != "/"; name = path.Dir(name) {
			if list := named[[2]string{ecosystem, name}]; list != nil {
				next = append(next, g.meant(p, imp.File, ecosystem, list)...)
				break
			}
		}
	}
	for ; len(next) > 0; next = next[1:] {
		if !g.used[next[0]] {
			g.used[next[0]] = true
			next = append(next, g.needs[next[0]]...)
		}
	}
}

// meant are those of the packages of one name that the module of the file asks for; all,
// where it asks for none.
func (g *graph) meant(p *Project, file, ecosystem string, list []int) []int {
	if len(list) == 1 {
		return list
	}
	var module *Module
	for i, m := range p.Modules {
		if m.Ecosystem == ecosystem && (m.Dir == "." || strings.HasPrefix(file, m.Dir+"/")) && (module == nil || len(m.Dir) > len(module.Dir)) {
			module = &p.Modules[i]
		}
	}
	var asked []int
	if module != nil {
		for _, need := range module.Needs {
			if i, ok := g.index[need.Key]; ok && slices.Contains(list, i) {
				asked = append(asked, i)
			}
		}
	}
	if asked == nil {
		return list
	}
	return asked
}

// imported is the name under which source has it.
func (p *Package) imported() string {
	if p.Alias != "" {
		return p.Alias
	}
	return p.Name
}

// A way leads from what a module asks for to a node.
type way struct {
	node   int
	from   *way
	steps  int
	length int  // in all, if the rest is as short as it can be
	number int  // of those of one length the one that was found first goes first
	stray  bool // some step led away from the target
}

// passed reports whether the way has been at the node before, and what it cost to know.
// One that came nearer with each step cannot have been.
func (w *way) passed(node int, far []int) (bool, int) {
	if !w.stray && far[node] < far[w.node] {
		return false, 0
	}
	cost := 0
	for ; w != nil; w = w.from {
		if cost++; w.node == node {
			return true, cost
		}
	}
	return false, cost
}

func (w *way) names(p *Project) []string {
	var names []string
	for all := w.steps; w != nil; w = w.from {
		switch {
		case all <= MaxWay || w.steps <= MaxWay/2 || all-w.steps < MaxWay/2-1:
			names = append(names, p.Packages[w.node].Name)
		case w.steps == MaxWay/2+1:
			names = append(names, "…")
		}
	}
	slices.Reverse(names)
	return names
}

// waysAhead is a heap of ways, the shortest first.
type waysAhead struct {
	list  []*way
	count int
}

func (q *waysAhead) add(from *way, node int, far []int) {
	q.count++
	w := &way{node: node, from: from, steps: 1, number: q.count}
	if from != nil {
		w.steps = from.steps + 1
		w.stray = from.stray || far[node] >= far[from.node]
	}
	w.length = w.steps + far[node]
	heap.Push(q, w)
}

func (q *waysAhead) Len() int { return len(q.list) }
func (q *waysAhead) Less(i, j int) bool {
	a, b := q.list[i], q.list[j]
	switch {
	case a.length != b.length:
		return a.length < b.length
	case a.steps != b.steps: // nearer to its end: else all of one length are begun before one is told
		return a.steps > b.steps
	}
	return a.number < b.number
}
func (q *waysAhead) Swap(i, j int) { q.list[i], q.list[j] = q.list[j], q.list[i] }
func (q *waysAhead) Push(x any)    { q.list = append(q.list, x.(*way)) }
func (q *waysAhead) Pop() any {
	last := q.list[len(q.list)-1]
	q.list = q.list[:len(q.list)-1]
	return last
}
