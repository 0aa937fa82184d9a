package javascript

// function reads one that begins with its keyword.
func (p *parser) function(start int) *node {
	p.take("async")
	p.want("function")
	p.take("*")
	name := ""
	if p.tok.kind == nameToken {
		name = p.text()
		p.next()
	}
	return p.functionRest(start, name)
}

// functionRest reads parameters and the body. One that TypeScript only declares has none.
func (p *parser) functionRest(start int, name string) *node {
	if p.typed && p.at("<") {
		p.skipAngles()
	}
	params, _ := p.list("(", ")")
	if p.typed && p.take(":") {
		p.skipType()
	}
	var body *node
	if p.at("{") {
		body = p.functionBody()
	} else {
		if !p.typed {
			p.lost(p.tok.start)
		}
		p.take(";")
		body = p.node(blockNode, p.last, p.last, "")
	}
	return p.node(functionNode, start, p.last, name, append(params, body)...)
}

func (p *parser) functionBody() *node {
	noIn, choice := p.noIn, p.choice
	p.noIn, p.choice = false, 0
	n := p.block()
	p.noIn, p.choice = noIn, choice
	return n
}

func (p *parser) object(start int) *node {
	noIn, choice := p.noIn, p.choice
	p.noIn, p.choice = false, 0
	p.want("{")
	var list []*node
	for p.tok.kind != endToken && !p.at("}") {
		begin := p.tok.start
		if p.take("...") {
			value := p.assignment()
			list = append(list, p.node(spreadNode, begin, p.last, "", value))
		} else {
			list = append(list, p.property(begin))
		}
		if !p.take(",") && !p.at("}") {
			p.lost(p.tok.start)
			if p.tok.start == begin || p.atAny(";", ")", "]") {
				break
			}
		}
	}
	p.noIn, p.choice = noIn, choice
	p.want("}")
	return p.node(objectNode, start, p.last, "", list...)
}

// property reads one of an object, also of a pattern: a shorthand may have a default.
func (p *parser) property(start int) *node {
	for p.atAny("async", "get", "set", "static") && !p.peekIs(",", ":", "(", "}", "=") || p.at("*") {
		p.next()
	}
	at, word := p.tok.start, p.tok.kind == nameToken
	key, computed := p.key()
	value := (*node)(nil)
	switch {
	case p.at("("), p.typed && p.at("<"):
		value = p.functionRest(start, "")
	case p.take(":"):
		value = p.assignment()
	default:
		if !word {
			p.lost(p.tok.start)
		}
		value = p.node(nameNode, at, at+len(key), key)
		if p.take("=") {
			def := p.assignment()
			value = p.node(assignNode, at, p.last, "=", value, def)
		}
	}
	return p.keyed(start, key, computed, value)
}

func (p *parser) keyed(start int, key string, computed, value *node) *node {
	if computed == nil {
		return p.node(propertyNode, start, p.last, key, value)
	}
	n := p.node(propertyNode, start, p.last, "", value, computed)
	n.flag = true
	return n
}

// key reads the name of a property; one that is computed is a node.
func (p *parser) key() (name string, computed *node) {
	switch {
	case p.tok.kind == nameToken, p.tok.kind == numberToken:
		name = p.text()
		p.next()
	case p.tok.kind == stringToken:
		name = unquote(p.text())
		p.next()
	case p.take("["):
		if computed = p.assignment(); computed.is(stringNode) {
			name, computed = computed.text, nil
		}
		p.want("]")
	default:
		p.lost(p.tok.start)
	}
	return name, computed
}

// class reads a class, its fields and methods as properties.
func (p *parser) class(start int) *node {
	p.want("class")
	name := ""
	if p.tok.kind == nameToken && !p.atAny("extends", "implements") {
		name = p.text()
		p.next()
	}
	if p.typed && p.at("<") {
		p.skipAngles()
	}
	var kids []*node
	extends := p.take("extends")
	if extends {
		kids = append(kids, p.postfix(true))
		if p.typed && p.at("<") {
			p.skipAngles()
		}
	}
	if p.typed && p.take("implements") {
		p.skipType()
		for p.take(",") {
			p.skipType()
		}
	}
	noIn, choice := p.noIn, p.choice
	p.noIn, p.choice = false, 0
	p.want("{")
	for p.tok.kind != endToken && !p.at("}") {
		begin := p.tok.start
		if n := p.classMember(begin); n != nil {
			kids = append(kids, n)
		}
		if p.tok.start == begin {
			p.lost(begin)
			p.next()
		}
	}
	p.noIn, p.choice = noIn, choice
	p.want("}")
	n := p.node(classNode, start, p.last, name, kids...)
	n.flag = extends && n.is(classNode)
	return n
}

func (p *parser) classMember(start int) *node {
	if p.take(";") {
		return nil
	}
	calls := p.decorators()
	for p.modifier() {
		p.next()
	}
	if p.at("{") { // static { … }
		return p.block()
	}
	if p.typed && p.at("[") && p.try(p.indexSignature) {
		return nil
	}
	key, computed := p.key()
	if p.typed && p.atAny("?", "!") {
		p.next()
	}
	var value *node
	switch {
	case p.at("("), p.typed && p.at("<"):
		value = p.functionRest(start, "")
	default:
		if p.typed && p.take(":") {
			p.skipType()
		}
		if p.take("=") {
			value = p.assignment()
		} else {
			value = p.node(nullNode, p.last, p.last, "")
		}
		p.semicolon()
	}
	n := p.keyed(start, key, computed, value)
	if len(calls) > 0 {
		n = p.node(blockNode, start, p.last, "group", append(calls, n)...)
	}
	return n
}

// modifier reports whether the next token says how a member is, and is not its name.
func (p *parser) modifier() bool {
	switch {
	case p.at("*"):
		return true
	case p.atAny("static", "async", "get", "set", "accessor"):
	case p.typed && p.atAny("public", "private", "protected", "readonly", "abstract", "override", "declare"):
	default:
		return false
	}
	t := p.peek()
	return !(t.kind == markToken && p.src[t.start] != '*' && p.src[t.start] != '[' && p.src[t.start] != '{' || t.kind == endToken) ||
		p.at("static") && p.src[t.start:t.end] == "{"
}
