package session

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pavise"
)

// A passage is one exchange on its way through the vault.
type passage struct {
	standing standing
	handle   string // as the browser bears it, "" where it bears none
	raw      bool   // it bears cookies that the vault may keep
	adopted  bool   // some of them were taken into the jar just now
	jar      jar    // as the app was told
	rec      *Record
	seal     seal
	local    bool // the store is away, and this is our copy
}

// A standing is what a handle is worth.
type standing byte

const (
	none       standing = iota // it opens nothing, or there is none
	live                       // it opens a session
	superseded                 // it has been replaced: nothing comes of it any more
	waning                     // it has been, without a login: what is on its way still reads
	blind                      // nobody can tell: the store is away
)

func passageOf(x *pavise.Exchange) *passage {
	p, _ := x.Kept(vaultID).(*passage)
	return p
}

// admit opens the session of a handle. Where nobody can tell what it opens, a request
// that may change something is asked to come again.
func (v *vault) admit(x *pavise.Exchange) error {
	lines := x.Request.Header["Cookie"]
	if !x.Secure || len(lines) == 0 {
		return nil
	}
	v.recallAgain(x)
	handle, raw := v.survey(lines)
	if handle == "" && !raw {
		return nil
	}
	p := &passage{handle: handle, raw: raw}
	x.Keep(vaultID, p)
	if handle == "" {
		return nil
	}
	v.open(x, p)
	if p.standing == blind && !safe(x.Request.Method) {
		return &pavise.Refusal{Status: http.StatusServiceUnavailable, Rule: vaultID, RetryAfter: 5 * time.Second,
			Reason: "Your session cannot be looked up at the moment. Please try again in a few seconds.", Saw: "the store is away",
			Mend: "it ends by itself, when the store is back: pavise status tells what for it is away"}
	}
	return nil
}

// survey looks for the handle, and for what may come in under the app's own names. Of
// two handles one is planted, and none is believed.
func (v *vault) survey(lines []string) (handle string, raw bool) {
	twice := false
	for _, line := range lines {
		for more := true; more; {
			var name, value string
			name, value, line, more = nextPair(line)
			switch {
			case name == v.handle:
				twice = twice || handle != "" && handle != value
				handle, raw = value, true
			case v.guards(name), v.smuggles(value):
				raw = true
			}
		}
	}
	if twice {
		return "", true
	}
	return handle, raw
}

// nextPair takes the next cookie off a Cookie line, as the most generous parser would:
// what is no more than a word is a name.
func nextPair(line string) (name, value, rest string, more bool) {
	pair := line
	if i := strings.IndexByte(line, ';'); i >= 0 {
		pair, rest, more = line[:i], line[i+1:], true
	}
	if i := strings.IndexByte(pair, '='); i >= 0 {
		pair, value = pair[:i], pair[i+1:]
	}
	return strings.Trim(pair, " \t"), value, rest, more
}

// guards reports whether a cookie of the name comes in from outside only where the
// vault says so: also where only a lenient app reads the name as that of another.
func (v *vault) guards(name string) bool {
	switch v.names.of(name) {
	case ours:
		return true
	case theirs:
		return false
	}
	if strings.HasPrefix(name, "__") { // no default name begins so, and to look costs
		return v.names.resembles(name)
	}
	return pavise.DefaultSessionName(name) != "" || v.names.resembles(name)
}

// smuggles reports whether an app that parts cookies at commas as well (RFC 2965 3.3.4)
// would find one in a value that the vault guards.
func (v *vault) smuggles(value string) bool {
	for n := 0; ; {
		i := strings.IndexByte(value, ',')
		if i < 0 {
			return false
		}
		value = value[i+1:]
		pair, _, _ := strings.Cut(value, ",")
		name, _, named := strings.Cut(pair, "=")
		if !named {
			continue
		}
		if n++; n > maxPairs || v.guards(strings.Trim(name, " \t")) {
			return true
		}
	}
}

// maxPairs is more than anybody writes into one value, and few enough to look at.
const maxPairs = 128

// inward gives the app its cookies, and neither the handle nor what claims to be its
// own from outside.
func (v *vault) inward(x *pavise.Exchange) {
	p := passageOf(x)
	if p == nil {
		return
	}
	adopts := p.handle == "" && !v.adoptUntil.IsZero() && v.env.Now().Before(v.adoptUntil)
	shared, _ := x.Kept(sharedID).([]string)
	var b strings.Builder
	b.Grow(p.room(x.Request.Header["Cookie"]))
	for _, line := range x.Request.Header["Cookie"] {
		for more := true; more; {
			before := line
			var name, value string
			name, value, line, more = nextPair(line)
			whole := before[:len(before)-len(line)]
			switch {
			case name == v.handle, v.mode != "rename" && v.smuggles(value):
				continue
			case !v.guards(name) && !p.jar.holds(name), p.jar.lets(name, value):
			case v.mode == "rename", v.names.of(name) == unknown && slices.Contains(shared, name):
			case adopts && len(p.jar.cookies) < maxJar:
				p.adopt(name, value)
				continue
			default:
				continue
			}
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(strings.Trim(whole, " ;"))
		}
	}
	if p.standing == live || p.standing == waning || p.adopted {
		p.jar.tell(&b, x.Request.URL.Path, originOf(x.Request), v.env.Now())
	}
	if b.Len() == 0 {
		delete(x.Request.Header, "Cookie")
		return
	}
	x.Request.Header["Cookie"] = x.Lines(b.String())
}

// room is how long the Cookie line will be at most.
func (p *passage) room(lines []string) int {
	n := 0
	for _, line := range lines {
		n += len(line) + 2
	}
	for i := range p.jar.cookies {
		n += len(p.jar.cookies[i].name) + len(p.jar.cookies[i].value) + 3
	}
	return n
}

// sharedID is under which cookies.Rename keeps the app's names that came with a prefix
// for cookies with a Domain or a Path: until the app sets them again, they may be
// shared with another host, and are let in.
const sharedID = "cookies.rename"

// adopt takes a cookie from before into the jar.
func (p *passage) adopt(name, value string) {
	p.adopted = true
	p.jar.cookies = append(p.jar.cookies, appCookie{name: strings.Clone(name), value: strings.Clone(value), path: "/"})
}

// lets reports whether a cookie is kept outside, and comes with the value that the app
// has set.
func (j jar) lets(name, value string) bool {
	for i := range j.cookies {
		if c := &j.cookies[i]; c.outside && c.name == name && c.value == digest(value) {
			return true
		}
	}
	return false
}
