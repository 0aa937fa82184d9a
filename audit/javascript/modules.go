package javascript

// importing reads an import declaration. What is only a type is no import.
func (p *parser) importing(start int) *node {
	p.next()
	types := false
	if p.typed && p.at("type") && !p.peekIs("from", ",", "=") {
		p.next()
		types = true
	}
	if p.tok.kind == stringToken {
		return p.importFrom(start, types, nil)
	}
	var names []*node
	if p.tok.kind == nameToken {
		local := p.name()
		if p.typed && p.take("=") { // import a = require("b"), or a name of a namespace
			n := p.node(variablesNode, start, p.last, "const", p.node(declareNode, start, p.last, "", local, p.assignment()))
			p.semicolon()
			return n
		}
		names = append(names, p.node(propertyNode, int(local.start), int(local.end), "default", local))
		p.take(",")
	}
	if p.take("*") {
		p.want("as")
		local := p.name()
		names = append(names, p.node(propertyNode, int(local.start), int(local.end), "*", local))
	}
	if p.at("{") {
		names = append(names, p.names()...)
	}
	p.want("from")
	return p.importFrom(start, types, names)
}

func (p *parser) importFrom(start int, types bool, names []*node) *node {
	module := p.moduleName()
	p.semicolon()
	if types {
		return nil
	}
	return p.node(importNode, start, p.last, module, names...)
}

// moduleName reads the name of a module, and what is asserted of it.
func (p *parser) moduleName() (name string) {
	if p.tok.kind != stringToken {
		p.lost(p.tok.start)
		return ""
	}
	name = unquote(p.text())
	p.next()
	if p.atAny("with", "assert") && p.peekIs("{") {
		p.next()
		p.jump(skip(p.src, p.tok.start, false))
	}
	return name
}

// names reads { a, b as c } into properties, each with the first name as its key.
func (p *parser) names() (list []*node) {
	p.want("{")
	for p.tok.kind != endToken && !p.at("}") {
		at, types := p.tok.start, false
		if p.typed && p.at("type") && !p.peekIs(",", "}", "as") {
			p.next()
			types = true
		}
		name := p.name()
		local := name
		if p.take("as") {
			local = p.name()
		}
		if !types {
			list = append(list, p.node(propertyNode, at, p.last, name.text, local))
		}
		if !p.take(",") {
			break
		}
	}
	p.want("}")
	return list
}

// name reads a name, also one that stands as a string.
func (p *parser) name() *node {
	n := p.node(nameNode, p.tok.start, p.tok.end, p.text())
	switch p.tok.kind {
	case nameToken:
		p.next()
	case stringToken:
		n.text = unquote(n.text)
		p.next()
	default:
		p.lost(p.tok.start)
		n.text, n.end = "", n.start
	}
	return n
}

func (p *parser) exporting(start int) *node {
	p.next()
	switch {
	case p.take("default"):
		n := p.node(defaultNode, start, p.tok.start, "", p.declarationOrValue())
		n.end = int32(p.last)
		return n
	case p.typed && p.take("="):
		value := p.expression()
		p.semicolon()
		return p.node(defaultNode, start, p.last, "", value)
	case p.typed && p.at("type") && p.peekIs("{", "*"):
		p.next()
		p.exportNames(start)
		return nil
	case p.at("{"), p.at("*"):
		return p.exportNames(start)
	}
	if n := p.statement(); n != nil {
		return p.node(exportNode, start, p.last, "", n)
	}
	return nil
}

func (p *parser) declarationOrValue() *node {
	at := p.tok.start
	switch {
	case p.at("function"), p.at("async") && p.peekIs("function"):
		return p.function(at)
	case p.at("class"):
		return p.class(at)
	case p.typed && p.atAny("abstract", "interface"):
		if n := p.statement(); n != nil {
			return n
		}
		return p.other(at)
	}
	n := p.assignment()
	p.semicolon()
	return n
}

// exportNames reads what stands behind export: names, with or without a module.
func (p *parser) exportNames(start int) *node {
	var names []*node
	if p.take("*") {
		name := "*"
		local := p.node(nameNode, p.last, p.last, "*")
		if p.take("as") {
			local = p.name()
		}
		names = append(names, p.node(propertyNode, start, p.last, name, local))
	} else {
		names = p.names()
	}
	n := p.node(exportListNode, start, p.last, "", names...)
	if p.take("from") {
		n.text, n.flag = p.moduleName(), true
	}
	p.semicolon()
	n.end = int32(p.last)
	return n
}
