package requests

import "strings"

// names knows which parameters must be one.
type names struct{ further, lists map[string]bool } // in lower case

func newNames(c Parameters) names {
	n := names{map[string]bool{}, map[string]bool{}}
	for _, name := range c.Protect {
		n.further[fold(name)] = true
	}
	for _, name := range c.Lists {
		n.lists[fold(name)] = true
	}
	return n
}

// protected are the names by which apps know the object and the person that a
// request is about, what that person may do, and what it costs; _method is what it
// does. Names that honest forms repeat are not among them: admin and its kin are
// checkboxes behind a hidden 0, quantity comes once a line of a cart.
var protected = map[string]bool{"id": true, "uid": true, "uuid": true, "guid": true, "user": true, "username": true,
	"email": true, "account": true, "owner": true, "customer": true, "tenant": true, "role": true, "amount": true,
	"price": true, "total": true, "currency": true, "discount": true, "balance": true, "iban": true, "recipient": true,
	"payee": true, "_method": true}

// protects reports whether the name is one of them, or ends in an id: order_id,
// order-id, orderId, orderID.
func (n names) protects(name string) bool {
	lower := fold(name)
	if n.lists[lower] || strings.HasPrefix(lower, "utm_") { // what advertisements add is no app's
		return false
	}
	if protected[lower] || n.further[lower] || strings.HasSuffix(lower, "_id") || strings.HasSuffix(lower, "-id") {
		return true
	}
	before, ok := strings.CutSuffix(name, "Id")
	if !ok {
		before, ok = strings.CutSuffix(name, "ID")
	}
	return ok && before != "" && before[len(before)-1] >= 'a' && before[len(before)-1] <= 'z'
}

// A spelling is what a name means to an app, whatever its language.
type spelling struct {
	key       string // one for all spellings of a parameter
	root      string // what stands before the brackets, if there are subkeys, else ""
	said      string // by which it may be protected: that is asked where it matters
	protected bool   // whatever said says
	list      bool   // says by its spelling that it is one of many: a[] or a[0]
}

// spell reads a decoded name as PHP, Rails and Express do: blanks before it and
// what follows a NUL are no part of it, dots and blanks become _, a[], a[0] and a
// are one, and letter case does not count. After is what stands behind the last
// bracket: PHP drops it, and others read a path.
func (n names) spell(name string) (s spelling, after string) {
	if plain(name) {
		return spelling{key: name, said: name}, ""
	}
	name, _, _ = strings.Cut(name, "\x00")
	name = strings.TrimLeft(name, " ")
	if !strings.ContainsAny(name, ". []") {
		return spelling{key: fold(name), said: name}, ""
	}
	root, subkeys, after := brackets(name)
	leaf := root[strings.LastIndexByte(root, '.')+1:]
	root = underscored.Replace(root)
	last := len(subkeys)
	for last > 0 && strings.Trim(subkeys[last-1], "0123456789") == "" {
		last-- // a[] and a[0] are elements of a
	}
	list := last < len(subkeys)
	subkeys = subkeys[:last]
	if last == 0 {
		protected := n.protects(root) || n.protects(leaf) && !n.lists[fold(root)]
		return spelling{key: fold(root), protected: protected, list: list}, after
	}
	s = spelling{list: list, key: fold(root + "[" + strings.Join(subkeys, "][") + "]"), root: fold(root)}
	s.protected = n.protects(subkeys[last-1])
	for _, key := range subkeys {
		if key == "" { // items[][id]: one id an item
			s.protected = false
		}
	}
	return s, after
}

// fold takes letter case away as encoding/json does, to which the long s is one, too.
func fold(name string) string { return strings.ReplaceAll(strings.ToLower(name), "\u017f", "s") }

// plain reports whether a name has one spelling alone.
func plain(name string) bool {
	for i := range len(name) {
		if c := name[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

var underscored = strings.NewReplacer(".", "_", " ", "_", "[", "_")

// maxSubkeys bounds the depth that is told apart.
const maxSubkeys = 32

// brackets takes a[b][c]d apart. A bracket that is never closed is part of the
// name; a name that begins with one is what stands in it.
func brackets(name string) (root string, subkeys []string, after string) {
	if inner, rest, ok := cutBrackets(name); ok {
		name = inner + rest
	}
	open := strings.IndexByte(name, '[')
	if open < 0 || !strings.Contains(name[open:], "]") {
		return name, nil, ""
	}
	root, after = name[:open], name[open:]
	for len(subkeys) < maxSubkeys {
		inner, rest, ok := cutBrackets(after)
		if !ok {
			break
		}
		subkeys, after = append(subkeys, inner), rest
	}
	return root, subkeys, after
}

func cutBrackets(s string) (inner, rest string, ok bool) {
	if !strings.HasPrefix(s, "[") {
		return "", s, false
	}
	inner, rest, ok = strings.Cut(s[1:], "]")
	return inner, rest, ok
}
