package javascript

import (
	"path"
	"slices"
	"strings"
)

// A walk follows names to what they stand for, through the files of the project.
type walk struct {
	hops int
	// exact is set where what a name may later be is not enough: it must be this always.
	exact bool
	set   []placed // members that are assigned to what is followed
}

type placed struct {
	f *file
	assigned
}

// maxHops is how many names are followed after one another: aliases may go in a circle,
// and so may files that require each other.
const maxHops = 60

// follow returns what an expression stands for: a literal, a call, or a name that leads
// no further.
func (r *reader) follow(f *file, n *node, w *walk) (*file, *node) {
	if w.hops++; w.hops > maxHops || r.steps <= 0 {
		return f, n
	}
	r.steps--
	switch n.kind {
	case nameNode:
		return r.followName(f, n, w)
	case memberNode:
		return r.followMember(f, n, n.kids[0], n.text, w)
	case indexNode:
		if n.kids[1].is(stringNode) {
			return r.followMember(f, n, n.kids[0], n.kids[1].text, w)
		}
	case callNode:
		return r.followCall(f, n, w)
	case dynamicNode:
		if len(n.kids) > 0 && n.kids[0].is(stringNode) {
			if g := r.local(f, n.kids[0].text); g != nil {
				return g, g.root
			}
		}
	case sequenceNode:
		return r.follow(f, n.kids[len(n.kids)-1], w)
	case assignNode:
		if n.text == "=" {
			return r.follow(f, n.kids[1], w)
		}
	case unaryNode:
		if n.text == "await" {
			return r.follow(f, n.kids[0], w)
		}
	case logicalNode:
		if !w.exact && n.text != "&&" {
			return r.follow(f, n.kids[0], w)
		}
	}
	return f, n
}

func (r *reader) followName(f *file, n *node, w *walk) (*file, *node) {
	b := n.scope.look(n.text)
	switch {
	case b == nil:
		return f, n
	case b.module != "":
		g := r.local(f, b.module)
		if g == nil {
			return f, n
		}
		return r.fresh(w, func() (*file, *node) { return r.member(g, g.root, b.symbol, w, n, f) })
	}
	init, path := b.init, b.path
	if g, arg := r.argument(b); arg != nil {
		return r.descend(g, arg, path, w, f, n)
	}
	if init == nil && len(b.writes) > 0 {
		if w.exact && len(b.writes) > 1 {
			return f, n
		}
		init, path = b.writes[0], nil
	} else if w.exact && len(b.writes) > 0 {
		return f, n
	}
	if init == nil || b.param > 0 {
		return f, n
	}
	g, m := r.descend(f, init, path, w, f, n)
	for _, s := range b.set {
		w.set = append(w.set, placed{f, s})
	}
	return g, m
}

// descend follows an expression and a path of members of it. Where that leads nowhere it
// stays at the name.
func (r *reader) descend(f *file, n *node, path []string, w *walk, stay *file, name *node) (*file, *node) {
	return r.fresh(w, func() (*file, *node) {
		g, m := r.follow(f, n, w)
		for _, part := range path {
			if g, m = r.member(g, m, part, w, nil, nil); m == nil {
				return stay, name
			}
		}
		return g, m
	})
}

// fresh follows something whose members are not those of what was followed before.
func (r *reader) fresh(w *walk, follow func() (*file, *node)) (*file, *node) {
	outer := w.set
	w.set = nil
	g, m := follow()
	w.set = append(outer, w.set...)
	return g, m
}

func (r *reader) followMember(f *file, n, object *node, name string, w *walk) (*file, *node) {
	if object.is(thisNode) {
		for _, s := range object.scope.holder().set {
			if len(s.path) == 1 && s.path[0] == name && !(w.exact && r.assignedTwice(object, name)) {
				return r.follow(f, s.value, w)
			}
		}
		return f, n
	}
	return r.fresh(w, func() (*file, *node) {
		g, m := r.follow(f, object, w)
		return r.member(g, m, name, w, n, f)
	})
}

func (r *reader) assignedTwice(this *node, name string) bool {
	times := 0
	for _, s := range this.scope.holder().set {
		if len(s.path) == 1 && s.path[0] == name {
			times++
		}
	}
	return times > 1
}

// member follows one of an object or of what a file gives. Where there is none, it is the
// expression itself.
func (r *reader) member(g *file, m *node, name string, w *walk, self *node, f *file) (*file, *node) {
	var set []placed
	for _, s := range w.set {
		switch {
		case s.path[0] != name:
		case len(s.path) == 1:
			g, m, set = s.f, s.value, nil
			name = ""
		default:
			set = append(set, placed{s.f, assigned{s.path[1:], s.value}})
		}
	}
	w.set = set
	switch {
	case m == nil:
		return f, self
	case name == "":
		return r.follow(g, m, w)
	case m == g.root:
		if h, k := r.given(g, name, w); k != nil {
			return h, k
		}
	case m.is(objectNode):
		if k := property(m, name); k != nil {
			return r.follow(g, k, w)
		}
		if h, k := r.spread(g, m.kids, name, w); k != nil {
			return h, k
		}
	case m.is(callNode) && r.merges(g, m):
		if h, k := r.spread(g, m.kids[1:], name, w); k != nil {
			return h, k
		}
	}
	if name == "default" && self != nil && m.kind != nameNode && m.kind != memberNode && m.kind != callNode {
		return g, m
	}
	return f, self
}

// spread finds a member of what is spread in an object or merged into one; the last counts.
func (r *reader) spread(g *file, from []*node, name string, w *walk) (*file, *node) {
	for _, k := range slices.Backward(from) {
		if k.is(spreadNode) {
			k = k.kids[0]
		} else if k.is(propertyNode) {
			continue
		}
		h, m := r.follow(g, k, w)
		if h, m = r.member(h, m, name, w, nil, nil); m != nil || w.hops > maxHops {
			return h, m
		}
	}
	return nil, nil
}

// merging are calls that give an object with the members of all that they are given.
var merging = []string{"Object.assign", "lodash.assign", "lodash.extend", "lodash.merge", "underscore.extend", "_.extend", "_.merge", "_.assign", "deepmerge"}

func (r *reader) merges(f *file, n *node) bool {
	callee := n.kids[0]
	return n.is(callNode) && (callee.is(memberNode) && callee.kids[0].is(nameNode) || callee.is(nameNode)) &&
		slices.Contains(merging, r.origin(f, callee).of)
}

// property is what an object says for a name; the last counts.
func property(object *node, name string) *node {
	for _, k := range slices.Backward(object.kids) {
		if k.is(propertyNode) && !k.flag && k.text == name {
			return k.kids[0]
		}
	}
	return nil
}

// given is what a file gives others under a name; nil is nothing.
func (r *reader) given(g *file, name string, w *walk) (*file, *node) {
	if name == "*" {
		return g, g.root
	}
	if name == "default" {
		if g.gives != nil {
			return r.follow(g, g.gives, w)
		}
		return g, g.root
	}
	if n := g.exports[name]; n != nil {
		return r.follow(g, n, w)
	}
	if g.gives != nil {
		h, m := r.follow(g, g.gives, w)
		if m.is(objectNode) && property(m, name) != nil {
			return r.follow(h, property(m, name), w)
		}
	}
	for _, from := range g.from {
		for _, k := range from.kids {
			h := r.local(g, from.text)
			if h == nil || w.hops > maxHops {
				continue
			}
			w.hops++
			switch {
			case k.text == "*" && k.kids[0].text == name:
				return h, h.root
			case k.text == "*" && k.kids[0].text == "*":
				if i, m := r.given(h, name, w); m != nil {
					return i, m
				}
			case k.kids[0].text == name:
				return r.given(h, k.text, w)
			}
		}
	}
	return nil, nil
}

// helpers of compilers and the like give what they are given.
var helpers = []string{"__importDefault", "__importStar", "_interopRequireDefault", "_interopRequireWildcard",
	"__toESM", "_interopDefault", "_interopNamespace", "Object.freeze", "util.promisify"}

func (r *reader) followCall(f *file, n *node, w *walk) (*file, *node) {
	callee, args := n.kids[0], n.kids[1:]
	if module, ok := required(n); ok {
		if g := r.local(f, module); g != nil {
			if g.gives != nil {
				return r.follow(g, g.gives, w)
			}
			return g, g.root
		}
		return f, n
	}
	if len(args) > 0 && slices.Contains(helpers, r.calls(f, callee, w)) {
		return r.follow(f, args[0], w)
	}
	g, m := r.follow(f, callee, &walk{hops: w.hops})
	if m.is(functionNode) && len(m.scope.returns) > 0 {
		if w.exact && len(m.scope.returns) > 1 {
			return f, n
		}
		h, k := r.follow(g, m.scope.returns[0], w)
		if k.is(callNode) || k.is(newNode) || w.exact && (k.is(objectNode) || k.is(stringNode) || k.is(numberNode)) {
			return h, k
		}
	}
	return f, n
}

// calls is how a helper is called: by its name, or by where it comes from.
func (r *reader) calls(f *file, callee *node, w *walk) string {
	switch {
	case callee.is(nameNode) && strings.HasPrefix(callee.text, "_"):
		return callee.text
	case callee.is(nameNode), callee.is(memberNode) && (callee.kids[0].is(nameNode) || callee.text == "promisify"):
		return r.origin(f, callee).of
	}
	return ""
}

// required is the module of require("module"), or of require(path.join(__dirname, "file")).
func required(n *node) (module string, ok bool) {
	if !n.is(callNode) || len(n.kids) != 2 || !n.kids[0].is(nameNode) || n.kids[0].text != "require" {
		return "", false
	}
	if n.kids[1].is(stringNode) {
		return n.kids[1].text, true
	}
	if file, ok := beside(n.kids[1], 4); ok {
		if file = path.Clean(file); !strings.HasPrefix(file, "../") {
			file = "./" + file
		}
		return file, true
	}
	return "", false
}

// beside is a path that begins with __dirname, from there on.
func beside(n *node, depth int) (string, bool) {
	switch {
	case depth == 0:
	case n.is(nameNode) && n.text == "__dirname":
		return ".", true
	case n.is(binaryNode) && n.text == "+" && n.kids[1].is(stringNode):
		dir, ok := beside(n.kids[0], depth-1)
		return dir + n.kids[1].text, ok
	case n.is(callNode) && n.kids[0].is(memberNode) && slices.Contains([]string{"join", "resolve", "normalize"}, n.kids[0].text) && len(n.kids) > 1:
		dir, ok := beside(n.kids[1], depth-1)
		for _, part := range n.kids[2:] {
			dir, ok = dir+"/"+part.text, ok && part.is(stringNode)
		}
		return dir, ok
	}
	return "", false
}

// argument is what a parameter is given, where its function is called at one place.
func (r *reader) argument(b *binding) (*file, *node) {
	if b.param == 0 {
		return nil, nil
	}
	c, ok := r.calledBy[b.fn.fn]
	if !ok || c.n == nil || len(c.n.kids) <= b.param {
		return nil, nil
	}
	return c.f, c.n.kids[b.param]
}

// local is the file that a module is, where it is one of the project's.
func (r *reader) local(from *file, module string) *file {
	if !strings.HasPrefix(module, ".") {
		return nil
	}
	base := path.Join(path.Dir(from.name), module)
	if strings.HasPrefix(base, "../") || base == ".." {
		return nil
	}
	stem := base
	for _, e := range []string{".js", ".mjs", ".cjs", ".jsx"} { // of TypeScript: "./a.js" is a.ts
		if s, ok := strings.CutSuffix(base, e); ok {
			stem = s
		}
	}
	for _, name := range []string{base, base + ".js", base + ".ts", base + ".tsx", base + ".mjs", base + ".cjs", base + ".jsx",
		base + ".json", stem + ".ts", stem + ".tsx", stem + ".mts", path.Join(base, "index.js"), path.Join(base, "index.ts"),
		path.Join(base, "index.mjs"), path.Join(base, "index.tsx"), path.Join(base, "index.json")} {
		if r.names[name] {
			return r.load(name)
		}
	}
	return nil
}
