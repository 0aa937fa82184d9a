package javascript

import "strings"

// markupElement reads <a b={c}>…</a>. What stands in braces is all that is kept.
func (p *parser) markupElement(start int) *node {
	kids, open := p.markupHead()
	for open {
		at := p.last
		n := strings.IndexAny(p.src[at:], "<{")
		if n < 0 {
			p.lost(at)
			p.jump(len(p.src))
			break
		}
		if at += n; p.src[at] == '{' {
			p.jump(at)
			kids = append(kids, p.markupHole()...)
			continue
		}
		p.jump(at)
		if p.peekIs("/") || strings.HasPrefix(p.src[at:], "</") {
			end := strings.IndexByte(p.src[at:], '>')
			if end < 0 {
				p.lost(at)
				end = len(p.src) - at - 1
			}
			p.jump(at + end + 1)
			break
		}
		kids = append(kids, p.primary())
	}
	return p.other(start, kids...)
}

// markupHead reads the tag that opens an element; open is false if it closes it, too.
func (p *parser) markupHead() (kids []*node, open bool) {
	p.want("<")
	for p.tok.kind == nameToken || p.atAny(".", "-", ":") {
		p.next()
	}
	if p.typed && p.at("<") {
		p.skipAngles()
	}
	for p.tok.kind != endToken {
		switch {
		case p.at("{"):
			kids = append(kids, p.markupHole()...)
			p.next()
		case p.tok.kind == nameToken, p.at("-"), p.at(":"), p.at("."), p.at("--"):
			p.next()
		case p.at("="):
			p.next()
			switch {
			case p.at("{"):
				kids = append(kids, p.markupHole()...)
				p.next()
			case p.at("<"):
				kids = append(kids, p.primary())
			case p.tok.kind == stringToken: // over lines, and without escapes
				at := p.tok.start
				end := strings.IndexByte(p.src[at+1:], p.src[at])
				if end < 0 {
					end = len(p.src) - at - 2
				}
				p.jump(at + end + 2)
			default:
				p.next()
			}
		case strings.HasPrefix(p.src[p.tok.start:], "/>"):
			p.jump(p.tok.start + 2)
			return kids, false
		case strings.HasPrefix(p.src[p.tok.start:], ">"):
			p.jump(p.tok.start + 1)
			return kids, true
		default:
			p.lost(p.tok.start)
			p.next()
			return kids, false
		}
	}
	return kids, false
}

// markupHole reads { … }, also of {...a} and of a comment.
func (p *parser) markupHole() (kids []*node) {
	p.want("{")
	p.take("...")
	if !p.at("}") {
		kids = append(kids, p.expression())
	}
	for p.tok.kind != endToken && !p.at("}") {
		p.lost(p.tok.start)
		p.next()
	}
	p.last = p.tok.end
	if p.at("}") { // and no further: text follows
		p.tok = token{kind: markToken, start: p.tok.end, end: p.tok.end}
	}
	return kids
}
