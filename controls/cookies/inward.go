package cookies

import (
	"slices"
	"strings"

	"pavise"
)

// maxArrivals is how many different renamed cookies one request can bear. More
// stay under their public names, which mean nothing to the app.
const maxArrivals = 16

// An arrival is a renamed cookie that came in.
type arrival struct {
	public, app string
	prefix      string // the better one, if it came under both
}

// A haul is what matters among the cookies of one request.
type haul struct {
	renamed   []arrival
	raw       bool // some came under the app's own names
	acceptRaw bool // and may stay
}

// inward gives the app its own names, and drops what others could have set.
func (r *renamer) inward(x *pavise.Exchange) {
	lines := x.Request.Header["Cookie"]
	if !x.Secure || len(lines) == 0 {
		return
	}
	var room [4]arrival
	found := r.survey(lines, room[:0])
	if len(found.renamed) == 0 && !found.raw {
		return
	}
	if found.raw && !found.acceptRaw {
		r.saidRaw.Do(func() {
			r.env.Note(x, "cookies.rename", "a session cookie came in under the app's own name and was dropped; it may be from before the names changed, or planted")
		})
	}
	found.tell(x)
	kept := make([]string, 0, len(lines))
	for _, line := range lines {
		if line = r.readdress(line, found); line != "" {
			kept = append(kept, line)
		}
	}
	if len(kept) == 0 {
		delete(x.Request.Header, "Cookie")
		return
	}
	x.Request.Header["Cookie"] = kept
}

// tell keeps, under our id, the app's names that came with the prefix for a Domain or
// a Path: these may be shared with another host, and a session vault leaves them.
func (h haul) tell(x *pavise.Exchange) {
	var shared []string
	for _, a := range h.renamed {
		if a.prefix == securePrefix {
			shared = append(shared, a.app)
		}
	}
	if shared != nil {
		x.Keep("cookies.rename", shared)
	}
}

// survey looks through all cookies before one is changed: which may stay
// depends on the others.
func (r *renamer) survey(lines []string, room []arrival) haul {
	found := haul{renamed: room}
	for _, line := range lines {
		for more := true; more; {
			var pair string
			pair, line, more = cut(line, ';')
			name, prefix, bare := takeApart(pair)
			if prefix == "" {
				found.raw = found.raw || r.protects(name)
				continue
			}
			i := slices.IndexFunc(found.renamed, func(a arrival) bool { return a.public == bare })
			if i >= 0 && prefix == hostPrefix {
				found.renamed[i].prefix = prefix
			} else if i < 0 && len(found.renamed) < maxArrivals {
				if app := r.appName(bare); app != "" && !r.planted(prefix, app) {
					found.renamed = append(found.renamed, arrival{bare, app, prefix})
				}
			}
		}
	}
	found.acceptRaw = found.raw && r.acceptsRaw()
	return found
}

// readdress rewrites one Cookie line; all that is not ours stays as it is.
func (r *renamer) readdress(line string, found haul) string {
	var b strings.Builder
	b.Grow(len(line))
	for i, kept, more := 0, 0, true; more; i++ {
		var pair string
		pair, line, more = cut(line, ';')
		name, prefix, bare := takeApart(pair)
		to, keep := r.fate(name, prefix, bare, found)
		if !keep {
			continue
		}
		if kept > 0 {
			b.WriteByte(';')
		} else if i > 0 {
			pair = strings.TrimLeft(pair, " ") // it is now the first
		}
		kept++
		before, after, _ := strings.Cut(pair, name)
		b.WriteString(before)
		b.WriteString(to)
		b.WriteString(after)
	}
	return b.String()
}

// fate returns the name under which the app sees a cookie, and whether it does.
func (r *renamer) fate(name, prefix, bare string, found haul) (to string, keep bool) {
	if prefix != "" {
		for _, a := range found.renamed {
			if a.public == bare {
				return a.app, a.prefix == prefix
			}
		}
		return name, true
	}
	if !found.raw || !r.protects(name) {
		return name, true
	}
	return name, found.acceptRaw && r.known(name) &&
		!slices.ContainsFunc(found.renamed, func(a arrival) bool { return strings.EqualFold(a.app, name) })
}

// protects reports whether the name is one of the app's that only we may give,
// or may be taken for one.
func (r *renamer) protects(name string) bool {
	if r.known(name) {
		return true
	}
	if ordinary(name) {
		return false
	}
	read := pavise.PlainCookieName(name)
	return r.known(read) || r.known(string(pavise.AppendFolded(nil, read)))
}

func (r *renamer) known(name string) bool {
	lower := strings.ToLower(name)
	return r.raw[lower] || pavise.DefaultSessionName(lower) != ""
}

// takeApart returns the name of one part of a Cookie header, and what a browser
// guards of it: nothing without =, for that is a value without name.
func takeApart(pair string) (name, prefix, bare string) {
	name, named := nameOf(pair)
	if named {
		prefix, bare = cutPrefix(name)
	}
	return name, prefix, bare
}

// nameOf returns the name after the blank that browsers put between the parts
// (RFC 6265 4.2.1). Nothing else is taken off: a guarded name that needs it did
// not come from a browser.
func nameOf(pair string) (name string, named bool) {
	name, _, named = cut(pair, '=')
	for name != "" && name[0] == ' ' {
		name = name[1:]
	}
	return name, named
}
