package javascript

// expression reads what commas may part.
func (p *parser) expression() *node {
	n := p.assignment()
	if !p.at(",") {
		return n
	}
	list := []*node{n}
	for p.take(",") {
		list = append(list, p.assignment())
	}
	return p.node(sequenceNode, int(n.start), p.last, "", list...)
}

// assignment reads what stands between commas.
func (p *parser) assignment() *node {
	defer p.leave()
	if !p.enter() {
		return p.other(p.tok.start)
	}
	start := p.tok.start
	switch {
	case p.at("yield"):
		return p.yield(start)
	case p.at("async") && p.peek().kind == nameToken && !p.peek().line && !p.peekIs("function"):
		p.next()
		return p.arrow(start, []*node{p.name()})
	case p.tok.kind == nameToken && p.peekIs("=>"):
		return p.arrow(start, []*node{p.name()})
	case p.typed && p.at("<"):
		return p.angled(start)
	}
	n := p.conditional(start)
	switch word := p.text(); {
	case p.tok.kind == markToken && (word == "=" || len(word) > 1 && word[len(word)-1] == '=' &&
		word != "==" && word != "===" && word != "!=" && word != "!==" && word != "<=" && word != ">="):
		p.next()
		value := p.assignment()
		return p.node(assignNode, start, p.last, word, n, value)
	}
	return n
}

func (p *parser) yield(start int) *node {
	p.next()
	p.take("*")
	if p.tok.line || p.atAny(")", "]", "}", ",", ";", ":", "in", "of") || p.tok.kind == endToken {
		return p.other(start)
	}
	n := p.assignment()
	return p.other(start, n)
}

func (p *parser) conditional(start int) *node {
	n := p.binary(start, 0)
	if !p.at("?") || p.typed && p.peekIs(":", ",", ")", "=") { // a? of a parameter
		return n
	}
	p.next()
	noIn := p.noIn
	p.noIn = false
	p.choice++
	yes := p.assignment()
	p.choice--
	p.noIn = noIn
	p.want(":")
	no := p.assignment()
	return p.node(conditionNode, start, p.last, "", n, yes, no)
}

// strength is how strongly an operator binds; 0 is not one.
func (p *parser) strength() int {
	switch word := p.text(); p.tok.kind {
	case nameToken:
		switch {
		case word == "instanceof", word == "in" && !p.noIn, p.typed && (word == "as" || word == "satisfies") && !p.tok.line:
			return 7
		}
	case markToken:
		switch word {
		case "??", "||":
			return 1
		case "&&":
			return 2
		case "|":
			return 3
		case "^":
			return 4
		case "&":
			return 5
		case "==", "!=", "===", "!==":
			return 6
		case "<", ">", "<=", ">=":
			return 7
		case "<<", ">>", ">>>":
			return 8
		case "+", "-":
			return 9
		case "*", "/", "%":
			return 10
		case "**":
			return 11
		}
	}
	return 0
}

// binary reads operators that bind stronger than a bound. What stands in a row becomes
// one node, however long it is.
func (p *parser) binary(start, weaker int) *node {
	defer p.leave()
	if !p.enter() {
		return p.other(start)
	}
	n := p.unary()
	for {
		s := p.strength()
		if s <= weaker {
			return n
		}
		word := p.text()
		p.next()
		if word == "as" || word == "satisfies" {
			if !p.take("const") {
				p.skipType()
			}
			continue
		}
		if word == "**" {
			s--
		}
		right := p.binary(p.tok.start, s)
		k := binaryNode
		if word == "||" || word == "&&" || word == "??" {
			k = logicalNode
		}
		if n.kind == k && n.text == word && int(n.start) == start && word != "**" {
			n.kids, n.end = append(n.kids, right), int32(p.last)
			n.depth = max(n.depth, right.depth+1)
			continue
		}
		n = p.node(k, start, p.last, word, n, right)
	}
}

func (p *parser) unary() *node {
	start, word := p.tok.start, p.text()
	switch {
	case p.tok.kind == markToken && (word == "!" || word == "~" || word == "+" || word == "-" || word == "++" || word == "--"),
		p.tok.kind == nameToken && (word == "typeof" || word == "void" || word == "delete"),
		word == "await" && !p.peekIs(")", ",", ";", "=", ".", "=>", "]", "}", ":"):
		defer p.leave()
		if !p.enter() {
			return p.other(start)
		}
		p.next()
		n := p.unary()
		return p.node(unaryNode, start, p.last, word, n)
	}
	n := p.postfix(true)
	if p.atAny("++", "--") && !p.tok.line {
		p.next()
		return p.node(unaryNode, start, p.last, "++", n)
	}
	return n
}

// postfix reads what is called, and members of it.
func (p *parser) postfix(template bool) *node {
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

func (p *parser) primary() *node {
	defer p.leave()
	start := p.tok.start
	if !p.enter() {
		return p.other(start)
	}
	switch p.tok.kind {
	case nameToken:
		return p.named(start)
	case numberToken:
		return p.literal(numberNode, p.text())
	case stringToken:
		return p.literal(stringNode, unquote(p.text()))
	case templateToken:
		return p.template()
	case markToken:
		switch p.text() {
		case "(":
			return p.parenthesised(start)
		case "[":
			list, _ := p.list("[", "]")
			return p.node(arrayNode, start, p.last, "", list...)
		case "{":
			return p.object(start)
		case "/", "/=":
			if end, ok := regexEnd(p.src, start); ok {
				p.jump(end)
				return p.node(otherNode, start, end, "")
			}
		case "<":
			if p.markup {
				return p.markupElement(start)
			}
		case "@":
			kids := p.decorators()
			return p.other(start, append(kids, p.primary())...)
		}
	}
	p.lost(start)
	if p.tok.kind == markToken && !p.atAny(")", "]", "}", ",", ";", ":") {
		p.next()
	}
	return p.other(start)
}

func (p *parser) literal(k kind, text string) *node {
	n := p.node(k, p.tok.start, p.tok.end, text)
	p.next()
	return n
}

func (p *parser) named(start int) *node {
	switch word := p.text(); word {
	case "function":
		return p.function(start)
	case "async":
		if t := p.peek(); p.src[t.start:t.end] == "function" && !t.line {
			return p.function(start)
		}
	case "class":
		return p.class(start)
	case "true", "false":
		return p.literal(boolNode, word)
	case "null":
		return p.literal(nullNode, word)
	case "this":
		return p.literal(thisNode, word)
	}
	return p.literal(nameNode, p.text())
}

// parenthesised reads an expression, or the parameters of a function.
func (p *parser) parenthesised(start int) *node {
	list, annotated := p.list("(", ")")
	if p.at("=>") && !p.tok.line {
		return p.arrow(start, list)
	}
	if p.typed && p.at(":") && (p.choice == 0 || annotated) && p.try(p.returnType) {
		return p.arrow(start, list)
	}
	switch len(list) {
	case 0:
		p.lost(start)
		return p.other(start)
	case 1:
		return list[0]
	}
	return p.node(sequenceNode, start, p.last, "", list...)
}

// arrow reads the body of a function behind its parameters.
func (p *parser) arrow(start int, params []*node) *node {
	defer p.leave()
	if !p.enter() {
		return p.other(start)
	}
	p.want("=>")
	var body *node
	block := p.at("{")
	if block {
		body = p.functionBody()
	} else {
		body = p.assignment()
	}
	p.arrowEnd = p.last
	n := p.node(functionNode, start, p.last, "", append(params, body)...)
	if n.is(functionNode) {
		n.flag = !block
	}
	return n
}

// template reads from ` to `, its strings and what stands in its holes.
func (p *parser) template() *node {
	start, at := p.tok.start, p.tok.end
	var parts []*node
	for {
		end, hole := templatePart(p.src, at)
		text := p.src[at:end]
		if hole {
			text = text[:len(text)-2]
		} else if len(text) > 0 && text[len(text)-1] == '`' {
			text = text[:len(text)-1]
		}
		parts = append(parts, p.node(stringNode, at, at+len(text), unescape(text)))
		if !hole {
			p.jump(end)
			break
		}
		p.jump(end)
		noIn := p.noIn
		p.noIn = false
		parts = append(parts, p.expression())
		p.noIn = noIn
		if !p.at("}") {
			p.lost(p.tok.start)
			p.jump(skipTo(p.src, p.tok.start))
			break
		}
		at = p.tok.end
	}
	return p.node(templateNode, start, p.last, "", parts...)
}

// skipTo is behind the template in a hole of which an offset stands.
func skipTo(src string, at int) int {
	for {
		end, hole := templatePart(src, at)
		if !hole {
			return end
		}
		at = skip(src, end-1, false)
	}
}
