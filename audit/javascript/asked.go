package javascript

import (
	"slices"
	"strings"
)

// requests are the names that people give to what asks, in Express, Koa and others.
var requests = []string{"req", "_req", "request", "ctx", "context", "c"}

// requestParts are members of a request that its sender writes.
var requestParts = []string{"query", "params", "body", "cookies", "signedCookies", "headers", "header", "url", "originalUrl", "path",
	"hostname", "host", "subdomains", "get", "param", "files", "file", "rawBody", "querystring", "href", "search"}

// contextParts are those of what is called a context, which may be of anything else.
var contextParts = []string{"query", "params", "body", "cookies", "headers", "querystring"}

// maxAsked bounds how many parts are told of one value, and maxFlow how many names are
// followed to find them.
const (
	maxAsked = 8
	maxFlow  = 24
)

// askedOf are the parts of a request that an expression is made of: itself, what it is
// called with, and what the names in it were set to in the same file. What is compared,
// checked, escaped or waited for is made of something else.
func (r *reader) askedOf(f *file, n *node) []string {
	var parts []string
	r.flow(f, n, 0, &parts)
	return parts
}

func (r *reader) flow(f *file, n *node, hops int, parts *[]string) {
	if r.steps--; r.steps <= 0 || hops > maxFlow || len(*parts) >= maxAsked {
		return
	}
	add := func(part string) {
		if !slices.Contains(*parts, part) && len(*parts) < maxAsked {
			*parts = append(*parts, part)
		}
	}
	if part := f.requestPart(n); part != "" {
		add(part)
		return
	}
	kids := n.kids
	switch n.kind {
	case nameNode:
		for _, part := range r.boundTo(f, n, hops) {
			add(part)
		}
	case functionNode, classNode, stringNode, numberNode:
		return
	case propertyNode:
		kids = kids[:1]
	case conditionNode:
		kids = kids[1:]
	case memberNode:
		if n.text == "length" {
			return
		}
	case binaryNode:
		if n.text != "+" {
			return
		}
	case unaryNode:
		if n.text != "await" {
			return
		}
		if call := n.kids[0]; call.is(callNode) { // what is waited for is what another gives for it
			kids = call.kids[:1]
		}
	case callNode:
		if changes(n.kids[0]) {
			return
		}
	}
	for _, k := range kids {
		r.flow(f, k, hops, parts)
	}
}

// changing are words in names of functions that give something else than they are given:
// what is safe, a number, or what is kept under that name.
var changing = []string{"escape", "saniti", "encode", "valid", "clean", "quote", "purif", "find", "hash", "compare", "verif", "parseint",
	"parsefloat", "number", "boolean", "isin", "includes", "startswith", "endswith", "indexof", "test", "basename", "relative", "tofixed", "digest", "cachekey"}

func changes(callee *node) bool {
	name := strings.ToLower(callee.text)
	return (callee.is(nameNode) || callee.is(memberNode)) &&
		slices.ContainsFunc(changing, func(word string) bool { return strings.Contains(name, word) })
}

// boundTo are the parts of what a name is set to, anywhere.
func (r *reader) boundTo(f *file, n *node, hops int) []string {
	b := n.scope.look(n.text)
	if b == nil || b.module != "" || b.param > 0 {
		return nil
	}
	if known, ok := f.asked[b]; ok {
		return known
	}
	f.asked[b] = nil // a name may be made of itself
	var parts []string
	for _, from := range append([]*node{b.init}, b.writes...) {
		if from == nil {
			continue
		}
		if part := f.requestPart(from); part != "" && from == b.init && len(b.path) > 0 {
			if last := join(part, b.path); !slices.Contains(parts, last) {
				parts = append(parts, last)
			}
			continue
		}
		if part := f.requestRoot(from); part != "" && from == b.init && len(b.path) > 0 && slices.Contains(requestParts, b.path[0]) {
			parts = append(parts, join(part, b.path))
			continue
		}
		r.flow(f, from, hops+1, &parts)
	}
	f.asked[b] = parts
	return parts
}

func join(part string, path []string) string {
	for _, p := range path {
		if p != "" {
			part += "." + p
		}
	}
	return part
}

// requestPart names a part of a request: "req.query.file"; "" is none.
func (f *file) requestPart(n *node) string {
	var path []string
	for root := n; len(path) < 16; {
		switch {
		case root.is(memberNode):
			path = append(path, root.text)
			root = root.kids[0]
			continue
		case root.is(indexNode):
			if key := root.kids[1]; key.is(stringNode) {
				path = append(path, key.text)
			} else {
				path = append(path, "")
			}
			root = root.kids[0]
			continue
		}
		slices.Reverse(path)
		name := f.requestRoot(root)
		if name == "" && root.is(nameNode) {
			name, path = f.partOfParameter(root, path)
		}
		if name == "" || len(path) == 0 {
			return ""
		}
		at := 0
		if path[0] == "request" || path[0] == "req" { // of Koa and Hono
			at = 1
		}
		of := requestParts
		if at == 0 && name != "req" && name != "request" {
			of = contextParts
		}
		if at == len(path) || !slices.Contains(of, path[at]) {
			return ""
		}
		return clip(join(name, path[:min(len(path), at+2)]), maxSource)
	}
	return ""
}

// requestRoot is the name of a request itself: a parameter that is called as one.
func (f *file) requestRoot(n *node) string {
	if !n.is(nameNode) || !slices.Contains(requests, n.text) {
		return ""
	}
	if b := n.scope.look(n.text); b == nil || b.param > 0 && len(b.path) == 0 {
		return strings.TrimPrefix(n.text, "_")
	}
	return ""
}

// partOfParameter is that of ({ query }, res) => …, with the names behind it.
func (f *file) partOfParameter(n *node, path []string) (string, []string) {
	b := n.scope.look(n.text)
	if b == nil || b.param != 1 || len(b.path) == 0 || len(b.fn.fn.params()) < 2 || !slices.Contains(requestParts, b.path[0]) {
		return "", nil
	}
	return "req", append(slices.Clone(b.path), path...)
}
