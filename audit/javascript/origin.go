package javascript

import (
	"fmt"
	"slices"
	"strings"
)

// A fact is where something comes from, as [pavise.Use] names it.
type fact struct {
	of       string
	on       string // where it was made
	imported bool   // a module gave it
}

// maxOrigin is how long a name of an origin may be.
const maxOrigin = 160

// maxNamed is how many origins are asked for by one another.
const maxNamed = 1000

// origin names what an expression is; of is "" for what has no name.
func (r *reader) origin(f *file, n *node) fact {
	if known, ok := f.facts[n]; ok || r.naming == maxNamed {
		return known
	}
	r.naming++
	defer func() { r.naming-- }()
	f.facts[n] = fact{} // whoever goes in a circle learns nothing
	g, m := r.follow(f, n, &walk{})
	o := r.named(g, m)
	if len(o.of) > maxOrigin {
		o = fact{}
	}
	f.facts[n] = o
	return o
}

func (r *reader) named(f *file, n *node) fact {
	switch n.kind {
	case nameNode:
		return r.nameOrigin(f, n)
	case memberNode:
		return r.memberOrigin(f, n.kids[0], n.text)
	case indexNode:
		if n.kids[1].is(stringNode) {
			return r.memberOrigin(f, n.kids[0], n.kids[1].text)
		}
	case thisNode:
		return fact{of: "?this"}
	case callNode:
		if module, ok := required(n); ok {
			return moduleFact(module)
		}
		return r.callOrigin(f, n)
	case newNode:
		if o := r.origin(f, n.kids[0]); o.of != "" {
			return fact{"new " + o.of + "()", f.place(n), o.imported}
		}
	case dynamicNode:
		if len(n.kids) > 0 && n.kids[0].is(stringNode) {
			return moduleFact(n.kids[0].text)
		}
	}
	return fact{}
}

func moduleFact(module string) fact {
	return fact{of: strings.TrimPrefix(module, "node:"), imported: true}
}

func (r *reader) nameOrigin(f *file, n *node) fact {
	b := n.scope.look(n.text)
	switch {
	case b == nil:
		return fact{of: n.text}
	case b.module != "":
		o := moduleFact(b.module)
		if b.symbol != "default" && b.symbol != "*" {
			o.of += "." + b.symbol
		}
		return o
	case b.init != nil && b.param == 0 && len(b.path) > 0 && !slices.Contains(b.path, ""):
		if o := r.origin(f, b.init); o.of != "" {
			for _, part := range b.path {
				o = o.member(part)
			}
			return o
		}
	}
	return fact{of: "?" + n.text}
}

func (r *reader) memberOrigin(f *file, object *node, name string) fact {
	if object.is(thisNode) {
		return fact{of: "?" + name}
	}
	o := r.origin(f, object)
	if o.of == "" {
		return fact{of: "?." + name}
	}
	return o.member(name)
}

// member is one of what an origin names. The default of a module is the module.
func (o fact) member(name string) fact {
	if name == "default" && o.imported && !strings.HasSuffix(o.of, ")") {
		return o
	}
	o.of += "." + name
	return o
}

// chained are methods that return what they are called on: of an app or router of
// Express, of a server, of a stream.
var chained = []string{"use", "set", "enable", "disable", "all", "param", "engine", "on", "once", "register",
	"get", "post", "put", "patch", "delete", "head", "options"}

// callOrigin names what a call gives.
func (r *reader) callOrigin(f *file, n *node) fact {
	callee := n.kids[0]
	if callee.is(memberNode) && slices.Contains(chained, callee.text) {
		o := r.origin(f, callee.kids[0])
		made := strings.HasSuffix(o.of, ")") || strings.HasPrefix(o.of, "?")
		if made && (callee.text != "get" || len(n.kids) > 2 || strings.HasSuffix(o.of, ".route()")) { // app.get("name") gives a setting
			return o
		}
	}
	o := r.origin(f, callee)
	if o.of == "" {
		return fact{}
	}
	return fact{o.of + "()", f.place(n), o.imported}
}

// place tells what was made at one place of the project from what was made elsewhere.
func (f *file) place(n *node) string {
	line, column := f.position(int(n.start))
	return fmt.Sprintf("%s:%d:%d", f.name, line, column)
}
