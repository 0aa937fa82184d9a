package javascript

import "slices"

// Types say nothing of what a program does: they are stepped over.

// skipType steps over one type.
func (p *parser) skipType() {
	before := p.inTypes
	p.inTypes = true
	p.typeOperands()
	p.inTypes = before
	if !before { // what follows is read as an operator again: >= behind a type
		p.jump(p.last)
	}
}

// typeWords stand before a type and belong to it.
var typeWords = []string{"keyof", "typeof", "readonly", "unique", "infer", "asserts", "new", "abstract"}

// typeOperands reads operands and what joins them. Open are the conditions that still
// want their other side.
func (p *parser) typeOperands() {
	for open := 0; p.typeOperand(); {
		switch {
		case p.take("|"), p.take("&"), p.take("=>"):
		case p.at("is") && !p.tok.line, p.at("extends"):
			p.next()
		case p.at("?") && open < maxDepth:
			p.next()
			open++
		case open > 0 && p.take(":"):
			open--
		default:
			return
		}
	}
}

// typeOperand reports whether there was one.
func (p *parser) typeOperand() bool {
	for p.take("|") || p.take("&") || p.take("-") {
	}
	for slices.Contains(typeWords, p.text()) && p.tok.kind == nameToken {
		if t := p.peek(); t.line || t.kind == markToken && !slices.Contains([]string{"(", "[", "{", "<", "`"}, p.src[t.start:t.end]) {
			break
		}
		p.next()
	}
	switch {
	case p.at("<"): // of a generic function
		p.skipAngles()
		return p.genericOperand()
	case p.atAny("(", "[", "{"), p.tok.kind == templateToken:
		p.jump(skip(p.src, p.tok.start, false))
	case p.tok.kind == nameToken, p.tok.kind == numberToken, p.tok.kind == stringToken:
		p.next()
	default:
		p.lost(p.tok.start)
		return false
	}
	for {
		switch {
		case p.at(".") && p.peek().kind == nameToken:
			p.next()
			p.next()
		case p.at("<"):
			p.skipAngles()
		case p.at("[") && !p.tok.line, p.at("("): // import("x"), a[] and a["b"]
			p.jump(skip(p.src, p.tok.start, false))
		default:
			return true
		}
	}
}

// genericOperand steps over the parameters of a generic function.
func (p *parser) genericOperand() bool {
	if !p.at("(") {
		return p.tok.kind != endToken && p.tok.kind != markToken
	}
	p.jump(skip(p.src, p.tok.start, false))
	return true
}

// skipAngles steps over < … >.
func (p *parser) skipAngles() {
	before := p.inTypes
	p.inTypes = true
	p.jump(skip(p.src, p.tok.start, true))
	p.inTypes = before
	if !before {
		p.jump(p.last)
	}
}

// typeArguments reads < … > of a call; ok is false where it is a comparison.
func (p *parser) typeArguments() bool {
	p.inTypes = true
	before := p.losses
	p.next()
	for {
		p.typeOperands()
		if !p.take(",") {
			break
		}
	}
	if p.losses != before || !p.at(">") {
		return false
	}
	p.inTypes = false
	p.next()
	return p.atAny("(", ")", "]", ":", ";", ",", ".", "?.", "==", "===", "!=", "!==", "&&", "||", "??", "}") ||
		p.tok.kind == templateToken || p.tok.kind == endToken || p.tok.line
}

// returnType reads the type that a function returns, and stands before its arrow.
func (p *parser) returnType() bool {
	before := p.losses
	p.next()
	p.skipReturn()
	return p.losses == before && p.at("=>")
}

// skipReturn is skipType without what an arrow of the function itself would end.
func (p *parser) skipReturn() {
	p.inTypes = true
	for p.typeOperand() {
		if !p.take("|") && !p.take("&") && !(p.at("is") && !p.tok.line) {
			break
		}
		p.take("is")
	}
	p.inTypes = false
	p.jump(p.last)
}

// indexSignature reads [key: string]: type.
func (p *parser) indexSignature() bool {
	p.next()
	if p.tok.kind != nameToken {
		return false
	}
	p.next()
	if !p.at(":") {
		return false
	}
	p.next()
	p.skipType()
	if !p.take("]") {
		return false
	}
	if p.take(":") {
		p.skipType()
	}
	p.semicolon()
	return true
}

// angled reads what begins with <: a generic function, an old cast, or markup.
func (p *parser) angled(start int) *node {
	t := p.peek()
	after := scan(p.src, t.end, true)
	word := p.src[after.start:after.end]
	if p.markup && word != "," && word != "extends" {
		return p.conditional(start)
	}
	p.skipAngles()
	if p.at("(") {
		n := p.parenthesised(start)
		return p.members(start, n, true)
	}
	return p.assignment()
}

// typedStatement reads the statements of TypeScript alone.
func (p *parser) typedStatement(start int, word string) (*node, bool) {
	t := p.peek()
	named := (t.kind == nameToken || t.kind == stringToken) && !t.line
	switch {
	case !named && !(word == "global" && p.src[t.start:t.end] == "{"):
		return nil, false
	case word == "type":
		p.next()
		p.next()
		if p.at("<") {
			p.skipAngles()
		}
		p.want("=")
		p.skipType()
		p.semicolon()
		return nil, true
	case word == "interface":
		for p.tok.kind != endToken && !p.at("{") {
			if p.at("<") {
				p.skipAngles()
			} else {
				p.next()
			}
		}
		p.jump(skip(p.src, p.tok.start, false))
		return nil, true
	case word == "enum":
		p.next()
		p.next()
		return p.object(p.tok.start), true
	case word == "declare":
		p.next()
		p.statement() // there is nothing behind it at run time
		return nil, true
	case word == "namespace", word == "module", word == "global":
		for p.tok.kind != endToken && !p.at("{") && !p.at(";") {
			p.next()
		}
		if p.take(";") {
			return nil, true
		}
		return p.block(), true
	case word == "abstract" && p.peekIs("class"):
		p.next()
		return p.class(start), true
	}
	return nil, false
}
