package javascript

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
