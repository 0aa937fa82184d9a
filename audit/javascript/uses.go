package javascript

import (
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// walkNodes visits a node and all below it.
func walkNodes(n *node, visit func(*node)) {
	visit(n)
	for _, k := range n.kids {
		walkNodes(k, visit)
	}
}

// callers notes which functions are called at one place, and where.
func (r *reader) callers(f *file) {
	walkNodes(f.root, func(n *node) {
		if !n.is(callNode) && !n.is(newNode) {
			return
		}
		_, m := r.follow(f, n.kids[0], &walk{})
		if n.is(newNode) && m.is(classNode) {
			m = constructor(m)
		}
		if !m.is(functionNode) {
			return
		}
		if _, twice := r.calledBy[m]; twice {
			r.calledBy[m] = call{}
		} else {
			r.calledBy[m] = call{f, n}
		}
	})
}

// constructor is the function of a class that a construction calls; the class if none.
func constructor(class *node) *node {
	if n := property(class, "constructor"); n != nil {
		return n
	}
	return class
}

// uses tells what a file sets up, in the order in which the names of calls stand.
func (r *reader) uses(f *file) {
	var list []placedCall
	f.conditions(f.root, nil, func(n *node, when []string) {
		if n.is(callNode) || n.is(newNode) {
			list = append(list, placedCall{n, when})
		}
	})
	slices.SortStableFunc(list, func(a, b placedCall) int { return int(a.n.kids[0].end - b.n.kids[0].end) })
	for _, c := range list {
		r.use(f, c.n, c.when)
	}
	if f.gives != nil && !f.gives.is(classNode) { // of which nothing is told
		r.add(f, pavise.Use{Of: "module.exports", Start: int(f.gives.start), End: int(f.gives.end), Name: int(f.gives.start)},
			int(f.gives.start), []*node{f.gives})
	}
	if r.steps <= 0 {
		r.t.Miss(f.name, "its names lead too far", "source")
	}
}

// A placedCall is a call and the conditions behind which it stands.
type placedCall struct {
	n    *node
	when []string
}

// use tells a call, if it may matter.
func (r *reader) use(f *file, n *node, when []string) {
	callee := n.kids[0]
	o := r.origin(f, callee)
	of := o.of
	if n.is(newNode) && of != "" {
		of = "new " + of
	}
	if !o.imported && !matters(of, n.kids[1:]) && !r.queries(f, of, n.kids[1:]) {
		return
	}
	u := pavise.Use{Of: of, On: r.on(f, n), When: when, Start: int(n.start), End: int(n.end), Name: int(callee.end)}
	at := int(callee.start)
	if callee.is(memberNode) {
		at = int(callee.end) - len(callee.text)
	}
	r.add(f, u, at, n.kids[1:])
}

// on is where what is called, or given by the call, was made.
func (r *reader) on(f *file, n *node) string {
	for callee := n.kids[0]; callee.is(memberNode); callee = callee.kids[0] {
		if o := r.origin(f, callee.kids[0]); o.on != "" {
			return o.on
		}
	}
	return r.origin(f, n).on
}

// ofApps are methods of an app of Express, and of what it answers with, on something that
// nobody could follow.
var ofApps = []string{"use", "set", "enable", "disable", "enabled", "disabled", "get", "post", "put", "patch", "delete", "del", "all", "listen", "configure",
	"route", "param", "engine",
	"cookie", "clearCookie", "redirect", "render", "sendFile", "sendfile", "download", "send", "json", "jsonp", "end", "write", "status", "sendStatus",
	"header", "setHeader", "removeHeader", "writeHead", "type", "location", "append", "vary", "format", "attachment"}

// executing are those of the language that run text, or ask another server.
var executing = []string{"eval", "Function", "new Function", "require", "fetch"}

// matters reports whether a call of something that no module gave may set something up.
func matters(of string, args []*node) bool {
	if rest, unknown := strings.CutPrefix(of, "?"); unknown {
		dot := strings.LastIndexByte(rest, '.')
		return dot > 0 && slices.Contains(ofApps, rest[dot+1:])
	}
	switch of {
	case "require":
		return len(args) > 0 && !args[0].is(stringNode)
	case "setTimeout", "setInterval", "setImmediate":
		return len(args) > 0 && (args[0].is(stringNode) || args[0].is(templateNode) || args[0].is(binaryNode))
	}
	return slices.Contains(executing, of) || strings.HasPrefix(of, "process.") && !strings.HasPrefix(of, "process.env")
}

// asking are methods by which databases are asked.
var asking = []string{"query", "execute", "raw", "whereRaw", "exec", "run", "each", "$queryRawUnsafe", "$executeRawUnsafe",
	"find", "findOne", "findOneAndUpdate", "findOneAndDelete", "updateOne", "updateMany", "deleteOne", "deleteMany",
	"countDocuments", "aggregate", "remove", "update"}

// queries reports whether a call of something that nobody could follow asks a database
// for what is made of a request.
func (r *reader) queries(f *file, of string, args []*node) bool {
	dot := strings.LastIndexByte(of, '.')
	return dot > 0 && of[0] == '?' && slices.Contains(asking, of[dot+1:]) && len(args) > 0 &&
		(len(r.askedOf(f, args[0])) > 0 || len(args) > 1 && (args[1].is(arrayNode) || f.requestRoot(args[0]) != "") && len(r.askedOf(f, args[1])) > 0)
}

// maxArgs is how many arguments of a call are told.
const maxArgs = 64

// add tells a use whose name stands at an offset.
func (r *reader) add(f *file, u pavise.Use, at int, args []*node) {
	if len(r.p.Uses) >= maxUses {
		if !r.full {
			r.full = true
			r.t.Miss("JavaScript", fmt.Sprintf("there are more than %d calls; those from %s on are not told", maxUses, f.name), "source")
		}
		return
	}
	room := maxValues
	for _, a := range args[:min(len(args), maxArgs)] {
		u.Args = append(u.Args, r.value(f, f, a, &room))
	}
	u.File, u.Test = f.name, f.test
	u.Line, u.Column = f.position(at)
	r.p.Uses = append(r.p.Uses, u)
}
