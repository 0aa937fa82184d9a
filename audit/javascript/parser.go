package javascript

import "slices"

// A parser reads one file into nodes. It refuses nothing: what it cannot make out it
// counts and steps over, and goes on with the next statement.
type parser struct {
	src    string
	typed  bool // types may stand in it
	markup bool // JSX may stand in it
	tok    token
	last   int // where the token before tok ends
	slab   []node

	deep     int // of readers that call each other
	noIn     bool
	inTypes  bool
	choice   int // between ? and :, where (a) : b => c is no function
	arrowEnd int // where the last function with an arrow ends
	tries    int // bytes that may yet be read twice
	losses   int
	first    int // where the first loss was
}

// parse reads a file. Losses are places where it is not what was expected.
func parse(src string, typed, markup bool) (file *node, losses, first int) {
	p := &parser{src: src, typed: typed, markup: markup, tries: 4*len(src) + 4096}
	p.next()
	var list []*node
	for p.tok.kind != endToken {
		list = p.step(list)
	}
	return p.node(blockNode, 0, len(src), "", list...), p.losses, p.first
}

func (p *parser) text() string { return p.src[p.tok.start:p.tok.end] }

func (p *parser) next() { p.jump(p.tok.end) }

// jump goes on at an offset.
func (p *parser) jump(at int) {
	p.last = at
	p.tok = scan(p.src, at, p.inTypes)
}

// peek is the token behind the next.
func (p *parser) peek() token { return scan(p.src, p.tok.end, p.inTypes) }

func (p *parser) peekIs(words ...string) bool {
	t := p.peek()
	return slices.Contains(words, p.src[t.start:t.end])
}

// at reports whether the next token is a mark or keyword.
func (p *parser) at(word string) bool {
	return p.tok.end-p.tok.start == len(word) && p.tok.kind != stringToken && p.text() == word
}

func (p *parser) atAny(words ...string) bool { return slices.ContainsFunc(words, p.at) }

// take steps over a token if it is the one.
func (p *parser) take(word string) bool {
	if !p.at(word) {
		return false
	}
	p.next()
	return true
}

// want steps over a token that must be there.
func (p *parser) want(word string) {
	if !p.take(word) {
		p.lost(p.tok.start)
	}
}

func (p *parser) lost(at int) {
	if p.losses == 0 {
		p.first = at
	}
	p.losses++
}

// try reads something that may turn out to be something else. Where it does, the parser
// stands where it stood. All tries of a file together are bounded.
func (p *parser) try(read func() bool) bool {
	tok, last, losses, first, types := p.tok, p.last, p.losses, p.first, p.inTypes
	if p.tries <= 0 {
		return false
	}
	ok := read()
	p.inTypes = types
	p.tries -= p.tok.start - tok.start + 1
	if !ok {
		p.tok, p.last, p.losses, p.first = tok, last, losses, first
	}
	return ok
}

// enter reports whether one more reader may be called by another. Where it may not, the
// rest of the bracket is stepped over.
func (p *parser) enter() bool {
	p.deep++
	if p.deep <= maxDepth {
		return true
	}
	p.lost(p.tok.start)
	for p.tok.kind != endToken && !p.atAny(")", "]", "}") {
		if p.atAny("(", "[", "{") || p.tok.kind == templateToken {
			p.jump(skip(p.src, p.tok.start, false))
		} else {
			p.next()
		}
	}
	return false
}

func (p *parser) leave() { p.deep-- }

// other is a node of what cannot be told, from an offset to the token before the next.
func (p *parser) other(start int, kids ...*node) *node {
	return p.node(otherNode, start, max(start, p.last), "", kids...)
}
