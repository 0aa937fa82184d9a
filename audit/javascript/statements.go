package javascript

import "strings"

// step reads one statement, and at least one token.
func (p *parser) step(list []*node) []*node {
	begin := p.tok.start
	if n := p.statement(); n != nil {
		list = append(list, n)
	}
	if p.tok.start == begin && p.tok.kind != endToken {
		p.lost(begin)
		p.next()
	}
	return list
}

// statement returns nil for one in which nothing can be.
func (p *parser) statement() *node {
	defer p.leave()
	if !p.enter() {
		return nil
	}
	start := p.tok.start
	switch {
	case p.take(";"):
		return nil
	case p.at("{"):
		return p.block()
	case p.at("@"):
		return p.decorated()
	case p.tok.kind == nameToken:
		if n, ok := p.keyword(start); ok {
			return n
		}
	}
	n := p.expression()
	if n.is(nameNode) && p.take(":") { // a label
		return p.statement()
	}
	p.semicolon()
	return n
}

// semicolon ends a statement: by itself, by a new line, or by the end of the block.
func (p *parser) semicolon() {
	if !p.take(";") && !p.tok.line && !p.at("}") && p.tok.kind != endToken {
		p.lost(p.tok.start)
	}
}

func (p *parser) block() *node {
	start := p.tok.start
	p.want("{")
	var list []*node
	for p.tok.kind != endToken && !p.at("}") {
		list = p.step(list)
	}
	p.want("}")
	return p.node(blockNode, start, p.last, "", list...)
}

// decorated steps over decorators, which are read as what they call.
func (p *parser) decorated() *node {
	kids := p.decorators()
	if n := p.statement(); n != nil {
		kids = append(kids, n)
	}
	return p.node(blockNode, int(p.tok.start), p.last, "group", kids...)
}

func (p *parser) decorators() (kids []*node) {
	for p.take("@") {
		kids = append(kids, p.postfix(false))
	}
	return kids
}

// keyword reads a statement that begins with one; ok is false if it is an expression.
func (p *parser) keyword(start int) (n *node, ok bool) {
	word := p.text()
	switch word {
	case "var", "const", "let":
		return p.variablesOrEnum(start, word)
	case "function":
		return p.function(start), true
	case "async":
		if t := p.peek(); p.src[t.start:t.end] == "function" && !t.line {
			return p.function(start), true
		}
	case "class":
		return p.class(start), true
	case "import":
		if !p.peekIs("(", ".") {
			return p.importing(start), true
		}
	case "export":
		return p.exporting(start), true
	case "if", "while", "with", "switch", "for", "do", "try":
		return p.control(start, word), true
	case "return", "throw":
		return p.returning(start, word), true
	case "break", "continue", "debugger":
		p.next()
		if p.tok.kind == nameToken && !p.tok.line {
			p.next()
		}
		p.semicolon()
		return nil, true
	}
	if p.typed {
		return p.typedStatement(start, word)
	}
	return nil, false
}

func (p *parser) variablesOrEnum(start int, word string) (*node, bool) {
	if word == "let" {
		if t := p.peek(); t.kind != nameToken && !strings.ContainsAny(p.src[t.start:t.end], "[{") {
			return nil, false
		}
	}
	if p.typed && word == "const" && p.peekIs("enum") {
		p.next()
		return p.typedStatement(start, "enum")
	}
	n := p.variables(start, word)
	p.semicolon()
	return n, true
}

func (p *parser) variables(start int, word string) *node {
	p.next()
	var list []*node
	for {
		at := p.tok.start
		kids := []*node{p.pattern()}
		if p.take("=") {
			kids = append(kids, p.assignment())
		}
		list = append(list, p.node(declareNode, at, p.last, "", kids...))
		if !p.take(",") {
			return p.node(variablesNode, start, p.last, word, list...)
		}
	}
}

// pattern reads what a declaration declares, and steps over its type.
func (p *parser) pattern() *node {
	n := p.primary()
	if p.typed {
		if p.at("!") {
			p.next()
		}
		if p.take(":") {
			p.skipType()
		}
	}
	return n
}

// control reads a statement with statements in it. Of how it runs nothing is kept.
func (p *parser) control(start int, word string) *node {
	p.next()
	var kids []*node
	statement := func() {
		if n := p.statement(); n != nil {
			kids = append(kids, n)
		}
	}
	switch word {
	case "for":
		p.take("await")
		kids = append(kids, p.forHead()...)
		statement()
	case "do":
		statement()
		p.want("while")
		kids = append(kids, p.condition())
		p.take(";")
	case "switch":
		kids = append(kids, p.condition(), p.cases())
	case "try":
		kids = append(kids, p.block())
		if p.take("catch") {
			if p.take("(") {
				kids = append(kids, p.node(declareNode, p.tok.start, p.tok.end, "", p.pattern()))
				p.want(")")
			}
			kids = append(kids, p.block())
		}
		if p.take("finally") {
			kids = append(kids, p.block())
		}
	case "if":
		return p.branches(start)
	default:
		kids = append(kids, p.condition())
		statement()
	}
	return p.node(blockNode, start, p.last, "", kids...)
}

// branches reads an if: conditions and statements in turn, and what else stands last.
func (p *parser) branches(start int) *node {
	var kids []*node
	statement := func() {
		n := p.statement()
		if n == nil {
			n = p.node(blockNode, p.last, p.last, "")
		}
		kids = append(kids, n)
	}
	kids = append(kids, p.condition())
	statement()
	for p.take("else") {
		if !p.take("if") {
			statement()
			break
		}
		kids = append(kids, p.condition())
		statement()
	}
	return p.node(blockNode, start, p.last, "if", kids...)
}

func (p *parser) condition() *node {
	p.want("(")
	n := p.expression()
	p.want(")")
	return n
}

func (p *parser) forHead() (kids []*node) {
	p.want("(")
	start, noIn := p.tok.start, p.noIn
	p.noIn = true
	switch {
	case p.at(";"):
	case p.atAny("var", "const", "let") && !p.peekIs("of", "in", ";", "="):
		kids = append(kids, p.variables(start, p.text()))
	default:
		kids = append(kids, p.expression())
	}
	p.noIn = noIn
	if p.take("of") || p.take("in") {
		from := p.expression()
		if v := kids[0]; v.is(variablesNode) && len(v.kids) == 1 && len(v.kids[0].kids) == 1 { // each is a part of it
			each := p.node(indexNode, int(from.start), int(from.end), "", from, p.other(int(from.end)))
			v.kids[0] = p.node(declareNode, start, p.last, "", v.kids[0].kids[0], each)
		} else {
			kids = append(kids, from)
		}
	}
	for p.take(";") {
		if !p.atAny(";", ")") {
			kids = append(kids, p.expression())
		}
	}
	p.want(")")
	return kids
}

func (p *parser) cases() *node {
	start := p.tok.start
	p.want("{")
	var list []*node
	for p.tok.kind != endToken && !p.at("}") {
		switch {
		case p.at("default") && p.peekIs(":"):
			p.next()
			p.next()
		case p.take("case"):
			list = append(list, p.expression())
			p.want(":")
		default:
			list = p.step(list)
		}
	}
	p.want("}")
	return p.node(blockNode, start, p.last, "", list...)
}

func (p *parser) returning(start int, word string) *node {
	p.next()
	var kids []*node
	if !p.tok.line && !p.atAny(";", "}") && p.tok.kind != endToken {
		kids = append(kids, p.expression())
	}
	p.semicolon()
	if word == "throw" {
		return p.other(start, kids...)
	}
	return p.node(returnNode, start, p.last, "", kids...)
}
