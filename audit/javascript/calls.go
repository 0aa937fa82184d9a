package javascript

// postfix reads what is called, and members of it.
func (p *parser) postfix() *node {
	start := p.tok.start
	if p.at("new") && !p.peekIs(".") {
		return p.members(start, p.construction(start), true)
	}
	return p.members(start, p.primary(), true)
}

func (p *parser) members(start int, n *node, calls bool) *node {
	for {
		switch {
		case p.arrowEnd > 0 && p.last == p.arrowEnd: // nothing is called behind () => {}
			return n
		case p.at("."), p.at("?."):
			p.next()
			switch {
			case p.at("("), p.at("["), p.tok.kind == templateToken:
				continue
			case p.tok.kind != nameToken:
				p.lost(p.tok.start)
				return n
			}
			name := p.text()
			p.next()
			n = p.node(memberNode, start, p.last, name, n)
		case p.at("["):
			p.next()
			noIn := p.noIn
			p.noIn = false
			index := p.expression()
			p.noIn = noIn
			p.want("]")
			n = p.node(indexNode, start, p.last, "", n, index)
		case p.at("(") && calls:
			args, _ := p.list("(", ")")
			if n.is(nameNode) && n.text == "async" && (p.at("=>") || p.typed && p.at(":") && p.try(p.returnType)) {
				return p.arrow(start, args)
			}
			n = p.node(callNode, start, p.last, "", append([]*node{n}, args...)...)
			if n.kids != nil && n.kids[0].is(nameNode) && n.kids[0].text == "import" {
				n.kind, n.kids = dynamicNode, args
			}
		case p.tok.kind == templateToken && calls:
			n = p.node(callNode, start, p.tok.start, "", n, p.template())
			n.flag, n.end = true, int32(p.last)
		case p.typed && p.at("!") && !p.tok.line:
			p.next()
		case p.typed && p.at("<") && p.try(p.typeArguments):
		default:
			return n
		}
	}
}

// construction reads new X.Y(…).
func (p *parser) construction(start int) *node {
	defer p.leave()
	if !p.enter() {
		return p.other(start)
	}
	p.next()
	at := p.tok.start
	var n *node
	if p.at("new") && !p.peekIs(".") {
		n = p.construction(at)
	} else {
		n = p.members(at, p.primary(), false)
	}
	var args []*node
	if p.at("(") {
		args, _ = p.list("(", ")")
	}
	return p.node(newNode, start, p.last, "", append([]*node{n}, args...)...)
}

// list reads arguments, parameters or the items of an array, with the types of
// parameters stepped over. Annotated is whether there were any.
func (p *parser) list(open, end string) (list []*node, annotated bool) {
	p.want(open)
	noIn, choice := p.noIn, p.choice
	p.noIn, p.choice = false, 0
	for p.tok.kind != endToken && !p.at(end) {
		if p.at(",") { // a hole
			list = append(list, p.node(nullNode, p.tok.start, p.tok.start, ""))
			p.next()
			continue
		}
		before := p.tok.start
		n, typed := p.element()
		annotated = annotated || typed
		list = append(list, n)
		if !p.take(",") && !p.at(end) {
			p.lost(p.tok.start)
			if p.tok.start == before || p.atAny(")", "]", "}", ";") {
				break
			}
		}
	}
	p.noIn, p.choice = noIn, choice
	p.want(end)
	return list, annotated
}

func (p *parser) element() (n *node, annotated bool) {
	start := p.tok.start
	kids := p.decorators()
	if p.typed {
		for p.atAny("public", "private", "protected", "readonly", "override") && p.peek().kind != markToken {
			p.next()
		}
	}
	if p.take("...") {
		n = p.assignment()
		n = p.node(spreadNode, start, p.last, "", n)
	} else {
		n = p.assignment()
	}
	if p.typed {
		p.take("?")
		if p.take(":") {
			annotated = true
			p.skipType()
			if p.take("=") {
				value := p.assignment()
				n = p.node(assignNode, start, p.last, "=", n, value)
			}
		}
	}
	if len(kids) > 0 && !n.is(nameNode) {
		n = p.other(start, append(kids, n)...)
	}
	return n, annotated
}
