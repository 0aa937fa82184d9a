package requests

import "strings"

// parameters is every parameter of one request, as one kind of parser sees it.
type parameters struct {
	names    names
	by       map[string]parameter // key of the spelling
	conflict string               // what came twice and must not, without its values
	name     string               // by which the owner could call it a list
	repeated string               // what came twice and may
}

type parameter struct {
	value     string
	place     string
	nested    bool // it has subkeys, and no value of its own
	list      bool // every spelling so far says that it is one of many
	protected bool
	differs   bool
}

// add takes down a parameter by its decoded name and value.
func (a *parameters) add(place, name, value string) {
	s, after := a.names.spell(name)
	if s.key == "" {
		return
	}
	a.put(s.key, parameter{value: value, place: place, protected: s.protected, list: s.list})
	if s.root != "" && a.names.protects(s.root) { // id and id[x] are one to PHP
		a.put(s.root, parameter{place: place, nested: true, protected: true})
	}
	if path := strings.Trim(after, ".[]"); path != "" { // items[0].id is a path to Java and .NET
		leaf := path[strings.LastIndexByte(path, '.')+1:]
		a.put(strings.ToLower(name), parameter{value: value, place: place, protected: a.names.protects(leaf)})
	}
}

func (a *parameters) put(key string, p parameter) {
	before, twice := a.by[key]
	if !twice {
		a.by[key] = p
		return
	}
	if a.names.lists[key] || p.nested && before.nested || p.list && before.list && p.place == before.place {
		return
	}
	before.list = before.list && p.list
	before.protected = before.protected || p.protected
	before.differs = before.differs || before.value != p.value || before.nested != p.nested
	a.by[key] = before
	where := "twice in the " + p.place
	if before.place != p.place {
		where = "in the " + before.place + " and in the " + p.place
	}
	switch {
	case before.protected && before.differs:
		a.conflict, a.name = clip(key)+" comes "+where+", with differing values", innermost(key)
	case before.differs:
		a.repeated = clip(key) + " comes " + where + ", with differing values; protect it, or call it a list"
	default:
		a.repeated = clip(key) + " comes " + where + ", with one value"
	}
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
		if i := strings.IndexAny(text, separators); i >= 0 {
			pair, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		a.add(place, unescape(name), unescape(value))
	}
}

// unescape decodes what is well formed, and leaves alone what is not, as most
// parsers do.
func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
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
			if p, ok := a.by[s.key]; ok && p.protected && p.value != value {
				return clip(s.key)
			}
		}
	}
	return ""
}
