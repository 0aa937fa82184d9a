package requests

import "strings"

// parameters is every parameter of one request, as one kind of parser sees it.
type parameters struct {
	names    names
	few      [aFew]parameter // the first
	n        int             // of these
	more     map[string]*parameter
	conflict string // what came twice and must not, without its values
	name     string // by which the owner could call it a list
	repeated string // what came twice and may
}

// aFew is how many parameters are found as fast by looking at each; for so many
// there is room on the stack.
const aFew = 24

type parameter struct {
	key       string // of the spelling
	value     string // as it came
	place     string
	escaped   bool // the value is still to be decoded
	nested    bool // it has subkeys, and no value of its own
	list      bool // every spelling so far says that it is one of many
	protected bool
	differs   bool
	said      string // else by which it may be protected
}

func (p *parameter) text() string {
	if p.escaped {
		return unescape(p.value)
	}
	return p.value
}

// protects reports whether a parameter must be one. It is asked of those alone that
// come twice: most do not.
func (a *parameters) protects(p *parameter) bool {
	return p.protected || p.said != "" && a.names.protects(p.said)
}

// find returns the parameter that was taken down under the key, or nil.
func (a *parameters) find(key string) *parameter {
	for i := range a.few[:a.n] {
		// Names in a row differ at their ends: filter_a, filter_b.
		if k := a.few[i].key; len(k) == len(key) && k[len(k)-1] == key[len(key)-1] && k == key {
			return &a.few[i]
		}
	}
	return a.more[key]
}

// add takes down a parameter by its decoded name.
func (a *parameters) add(place, name, value string, escaped bool) {
	s, after := a.names.spell(name)
	if s.key == "" {
		return
	}
	a.put(parameter{key: s.key, value: value, escaped: escaped, place: place, said: s.said, protected: s.protected, list: s.list})
	if s.root != "" && a.names.protects(s.root) { // id and id[x] are one to PHP
		a.put(parameter{key: s.root, place: place, nested: true, protected: true})
	}
	if path := strings.Trim(after, ".[]"); path != "" { // items[0].id is a path to Java and .NET
		leaf := path[strings.LastIndexByte(path, '.')+1:]
		a.put(parameter{key: strings.ToLower(name), value: value, escaped: escaped, place: place, protected: a.names.protects(leaf)})
	}
}

func (a *parameters) put(p parameter) {
	before := a.find(p.key)
	if before == nil {
		a.append(p)
		return
	}
	if a.names.lists[p.key] || p.nested && before.nested || p.list && before.list && p.place == before.place {
		return
	}
	before.list = before.list && p.list
	before.protected = before.protected || p.protected || p.said != before.said && a.protects(&p)
	before.differs = before.differs || before.nested != p.nested || before.text() != p.text()
	where := "twice in the " + p.place
	if before.place != p.place {
		where = "in the " + before.place + " and in the " + p.place
	}
	switch {
	case before.differs && a.protects(before):
		a.conflict, a.name = clip(p.key)+" comes "+where+", with differing values", innermost(p.key)
	case before.differs:
		a.repeated = clip(p.key) + " comes " + where + ", with differing values; protect it, or call it a list"
	default:
		a.repeated = clip(p.key) + " comes " + where + ", with one value"
	}
}

func (a *parameters) append(p parameter) {
	if a.n < aFew {
		a.few[a.n] = p
		a.n++
		return
	}
	if a.more == nil {
		a.more = map[string]*parameter{}
	}
	one := new(parameter)
	*one = p
	a.more[p.key] = one
}

// innermost is what stands in the last bracket of a key, or all of it.
func innermost(key string) string {
	if i := strings.LastIndexByte(key, '['); i >= 0 {
		return strings.TrimSuffix(key[i+1:], "]")
	}
	return key
}

// query takes a query or a form apart.
func (a *parameters) query(text, place, separators string) {
	for text != "" && a.conflict == "" {
		pair := text
		if i := indexAny(text, separators); i >= 0 {
			pair, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		a.add(place, unescape(name), value, true)
	}
}

func indexAny(text, separators string) int {
	if len(separators) == 1 { // the usual reading
		return strings.IndexByte(text, separators[0])
	}
	return strings.IndexAny(text, separators)
}

// unescape decodes what is well formed, and leaves alone what is not, as most
// parsers do.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '+':
			b = append(b, ' ')
		case c == '%' && i+2 < len(s) && hexDigit(s[i+1]) >= 0 && hexDigit(s[i+2]) >= 0:
			b = append(b, byte(hexDigit(s[i+1])<<4|hexDigit(s[i+2])))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// inCookies returns a protected parameter that a cookie has with another value:
// PHP's $_REQUEST can hold either.
func (a *parameters) inCookies(lines []string) string {
	for _, line := range lines {
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			s, _ := a.names.spell(name)
			if p := a.find(s.key); p != nil && a.protects(p) && p.text() != value {
				return clip(s.key)
			}
		}
	}
	return ""
}
