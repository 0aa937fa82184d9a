package javascript

import "strings"

// A scope is where names are declared: a file, a function, a class, or a block.
type scope struct {
	parent *scope
	fn     *node // the function it is the scope of, or nil
	names  map[string]*binding
	// returns are what the function returns, and set what is assigned to members of this.
	returns []*node
	set     []assigned
	class   bool
}

// A binding is a name that is declared.
type binding struct {
	name   string
	init   *node    // what it is declared as, or nil
	path   []string // of what init has: const { a: { b } } = init
	def    *node    // what it is where init has nothing
	param  int      // its place among the parameters, from 1
	fn     *scope   // of the function, if it is a parameter
	module string   // it is imported: from here
	symbol string   // and as this: "default", "*", or a name
	writes []*node  // what is assigned to it
	set    []assigned
}

// assigned is that a member is set: a.b.c = value.
type assigned struct {
	path  []string
	value *node
}

// A file is one that was read, with what it gives others.
type file struct {
	name    string
	src     string
	lines   []int // where they begin
	test    bool
	root    *node
	top     *scope
	gives   *node            // module.exports = …, or export default
	exports map[string]*node // by name; a [nameNode] is looked up in the file
	from    []*node          // export … from
	later   []write          // assignments, to be looked up after the whole file was read
	imports []imported
	facts   map[*node]fact // origins that are known
	asked   map[*binding][]string
	losses  int // places that could not be made out,
	lost    int // and where the first is
}

type write struct {
	target, value *node
	scope         *scope
}

type imported struct {
	name string
	at   int
}

// bind declares the names of a file and notes where each name is looked up.
func bind(f *file) {
	f.top = &scope{names: map[string]*binding{}}
	f.exports = map[string]*node{}
	f.root.scope = f.top
	for _, n := range f.root.kids {
		f.bind(n, f.top)
	}
	for _, w := range f.later {
		f.assign(w)
	}
	f.later = nil
}

func (s *scope) inner() *scope { return &scope{parent: s} }

func (s *scope) declare(b *binding) *binding {
	if old := s.names[b.name]; old != nil { // var a; var a = 1
		if old.init == nil && old.module == "" && old.param == 0 {
			old.init, old.path = b.init, b.path
		} else if b.init != nil {
			old.writes = append(old.writes, b.init)
		}
		return old
	}
	if s.names == nil {
		s.names = map[string]*binding{}
	}
	s.names[b.name] = b
	return b
}

// of returns the scope of the function or file.
func (s *scope) function() *scope {
	for s.parent != nil && s.fn == nil {
		s = s.parent
	}
	return s
}

// holder is the scope in which this means the same: a class, or the file.
func (s *scope) holder() *scope {
	for s.parent != nil && !s.class {
		s = s.parent
	}
	return s
}

// maxSet is how many members of one thing may be assigned to.
const maxSet = 500

func (s *scope) sets(a assigned) {
	if len(s.set) < maxSet {
		s.set = append(s.set, a)
	}
}

// look finds what a name means.
func (s *scope) look(name string) *binding {
	for ; s != nil; s = s.parent {
		if b := s.names[name]; b != nil {
			return b
		}
	}
	return nil
}

func (f *file) bind(n *node, s *scope) {
	switch n.kind {
	case nameNode, thisNode:
		n.scope = s
		return
	case functionNode:
		f.bindFunction(n, s)
		return
	case classNode:
		f.bindClass(n, s)
		return
	case variablesNode:
		f.bindVariables(n, s)
		return
	case declareNode: // what is caught
		f.declare(n.kids[0], s, binding{})
		return
	case importNode:
		for _, k := range n.kids {
			s.declare(&binding{name: k.kids[0].text, module: n.text, symbol: k.text})
		}
		f.importing(n.text, n)
		return
	case exportNode, defaultNode, exportListNode:
		f.bindExport(n, s)
		return
	case blockNode:
		if n.text != "group" {
			s = s.inner()
		}
	case returnNode:
		if fn := s.function(); len(n.kids) > 0 {
			fn.returns = append(fn.returns, n.kids[0])
		}
	case assignNode:
		if strings.HasSuffix(n.text, "=") && len(n.kids) == 2 {
			f.later = append(f.later, write{n.kids[0], n.kids[1], s})
		}
	case unaryNode:
		if (n.text == "++" || n.text == "--") && len(n.kids) == 1 {
			f.later = append(f.later, write{n.kids[0], n, s})
		}
	case callNode, dynamicNode:
		f.bindImports(n)
	}
	n.scope = s
	for _, k := range n.kids {
		f.bind(k, s)
	}
}

// bindImports notes require("x"), require.resolve("x") and import("x").
func (f *file) bindImports(n *node) {
	args := n.kids
	if n.is(callNode) {
		callee := n.kids[0]
		if callee.is(memberNode) && callee.text == "resolve" {
			callee = callee.kids[0]
		}
		if !callee.is(nameNode) || callee.text != "require" {
			return
		}
		args = n.kids[1:]
	}
	if len(args) > 0 && args[0].is(stringNode) {
		f.importing(args[0].text, n)
	}
}

func (f *file) importing(module string, n *node) {
	f.imports = append(f.imports, imported{module, int(n.start)})
}

func (f *file) bindFunction(n *node, s *scope) {
	if n.text != "" {
		s.declare(&binding{name: n.text, init: n})
	}
	in := s.inner()
	in.fn = n
	n.scope = in
	for i, param := range n.params() {
		f.declare(param, in, binding{param: i + 1, fn: in})
	}
	if n.flag {
		in.returns = append(in.returns, n.body())
	}
	f.bind(n.body(), in)
}

func (f *file) bindClass(n *node, s *scope) {
	if n.text != "" {
		s.declare(&binding{name: n.text, init: n})
	}
	in := s.inner()
	in.class = true
	n.scope = in
	kids := n.kids
	if n.flag {
		f.bind(kids[0], s)
		kids = kids[1:]
	}
	for _, k := range kids {
		f.bind(k, in)
		if k.is(propertyNode) && !k.flag && !k.kids[0].is(nullNode) {
			in.sets(assigned{[]string{k.text}, k.kids[0]})
		}
	}
}

func (f *file) bindVariables(n *node, s *scope) {
	if n.text == "var" {
		s = s.function()
	}
	for _, d := range n.kids {
		b := binding{}
		if len(d.kids) > 1 {
			b.init = d.kids[1]
			f.bind(b.init, s)
		}
		f.declare(d.kids[0], s, b)
	}
}

// declare takes a pattern apart.
func (f *file) declare(pattern *node, s *scope, b binding) {
	pattern.scope = s
	switch pattern.kind {
	case nameNode:
		b.name = pattern.text
		b.path = append([]string(nil), b.path...)
		s.declare(&b)
	case assignNode:
		f.bind(pattern.kids[1], s)
		b.def = pattern.kids[1]
		f.declare(pattern.kids[0], s, b)
	case spreadNode:
		b.path = append(b.path[:len(b.path):len(b.path)], "")
		f.declare(pattern.kids[0], s, b)
	case objectNode, arrayNode:
		for _, k := range pattern.kids {
			part := b
			switch {
			case k.is(propertyNode):
				part.path = append(b.path[:len(b.path):len(b.path)], k.text)
				f.declare(k.kids[0], s, part)
			case k.is(spreadNode) && pattern.is(objectNode): // the rest has the other members
				f.declare(k.kids[0], s, part)
			case !k.is(nullNode):
				part.path = append(b.path[:len(b.path):len(b.path)], "")
				f.declare(k, s, part)
			}
		}
	}
}

func (f *file) bindExport(n *node, s *scope) {
	switch n.kind {
	case defaultNode:
		f.gives = n.kids[0]
		f.bind(n.kids[0], s)
		n.scope = s
	case exportNode:
		f.bind(n.kids[0], s)
		f.exportNames(n.kids[0], s)
	case exportListNode:
		if n.flag {
			f.importing(n.text, n)
			f.from = append(f.from, n)
			return
		}
		for _, k := range n.kids {
			local := *k.kids[0]
			local.text, local.scope = k.text, s
			if k.kids[0].text == "default" {
				f.gives = &local
			}
			f.exports[k.kids[0].text] = &local
		}
	}
}

// exportNames exports what a declaration declares.
func (f *file) exportNames(n *node, s *scope) {
	switch n.kind {
	case functionNode, classNode:
		f.exports[n.text] = n
	case variablesNode:
		for _, d := range n.kids {
			f.exportPattern(d.kids[0], s)
		}
	}
}

func (f *file) exportPattern(n *node, s *scope) {
	switch n.kind {
	case nameNode:
		f.exports[n.text] = n
	case objectNode, arrayNode, assignNode, spreadNode, propertyNode:
		if n.is(assignNode) || n.is(propertyNode) {
			f.exportPattern(n.kids[0], s)
			return
		}
		for _, k := range n.kids {
			f.exportPattern(k, s)
		}
	}
}

// assign notes what a name, a member or module.exports is set to.
func (f *file) assign(w write) {
	root, path := w.target, []string(nil)
	for len(path) < 16 {
		if root.is(memberNode) {
			path = append([]string{root.text}, path...)
		} else if root.is(indexNode) && root.kids[1].is(stringNode) {
			path = append([]string{root.kids[1].text}, path...)
		} else {
			break
		}
		root = root.kids[0]
	}
	switch {
	case root.is(thisNode) && len(path) > 0:
		w.scope.holder().sets(assigned{path, w.value})
	case root.is(nameNode):
		f.assignName(root.text, path, w)
	}
}

func (f *file) assignName(name string, path []string, w write) {
	b := w.scope.look(name)
	switch {
	case b != nil && len(path) == 0:
		b.writes = append(b.writes, w.value)
	case b != nil && len(b.set) < maxSet:
		b.set = append(b.set, assigned{path, w.value})
	case b != nil:
	case name == "module" && len(path) > 0 && path[0] == "exports":
		f.assignExports(path[1:], w.value)
	case name == "exports":
		f.assignExports(path, w.value)
	}
}

func (f *file) assignExports(path []string, value *node) {
	// exports = module.exports = express(): what is given is what stands last
	for value.is(assignNode) {
		value = value.kids[1]
	}
	switch len(path) {
	case 0:
		f.gives = value
	case 1:
		if path[0] == "default" {
			f.gives = value
		}
		if _, twice := f.exports[path[0]]; !twice || !value.is(unaryNode) { // exports.a = void 0 stands before what it is
			f.exports[path[0]] = value
		}
	}
}
