package session

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"pavise"
)

// An appCookie is a cookie of the app's that the browser never sees.
type appCookie struct {
	name, value, path string
	end               int64 // Unix time in seconds; 0 is until the browser is closed
	reach             reach // which requests it goes along with
	// outside says that the browser keeps it itself, because it does not fit in here;
	// the value is then the digest of the one that the app has set.
	outside bool
}

// A reach says which requests a cookie goes along with (SameSite); the farthest comes
// last.
type reach byte

const (
	unsaid reach = iota
	strictly
	laxly
	anywhere
)

func reachOf(c pavise.SetCookie) reach {
	return reach(slices.Index([]string{"", "Strict", "Lax", "None"}, c.SameSite))
}

func (r reach) String() string { return [...]string{"Lax", "Strict", "Lax", "None"}[r] }

// A jar holds the cookies of one session. It is small, and copied before it changes:
// another exchange may be reading it.
type jar struct {
	level   level
	ends    int64 // Unix time: however busy it is
	shown   int64 // until when the browser keeps the handle, Unix time; 0 until it is closed
	deeds   int64 // how often it got a new handle for what somebody did: a login, or a form
	cookies []appCookie
}

const (
	maxJar      = 64      // cookies of one session
	maxJarBytes = MaxData // of them all
	maxPath     = 1024    // of one that the app sets it is the most, too
)

var errNoJar = errors.New("no jar")

// append writes the jar behind b.
func (j jar) append(b []byte) []byte {
	b = append(b, 1, byte(j.level))
	b = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(b, j.ends), j.shown), j.deeds)
	for _, c := range j.cookies {
		b = append(b, byte(c.reach), flag(c.outside))
		b = binary.AppendVarint(b, c.end)
		for _, s := range [...]string{c.name, c.value, c.path} {
			b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
		}
	}
	return b
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// readJar reads what append wrote. The strings are parts of one copy of b.
func readJar(b []byte) (j jar, err error) {
	if len(b) < 2 || b[0] != 1 || b[1] >= levels {
		return j, errNoJar
	}
	r := jarReader{string(b), 2}
	j.level, j.ends, j.shown, j.deeds = level(b[1]), r.varint(), r.varint(), r.varint()
	for r.at >= 0 && r.at < len(r.s) {
		if len(j.cookies) == maxJar || r.at+2 > len(r.s) || r.s[r.at] > byte(anywhere) {
			return jar{}, errNoJar
		}
		c := appCookie{reach: reach(r.s[r.at]), outside: r.s[r.at+1] == 1}
		r.at += 2
		c.end, c.name, c.value, c.path = r.varint(), r.text(), r.text(), r.text()
		if !strings.HasPrefix(c.path, "/") {
			return jar{}, errNoJar
		}
		if j.cookies == nil {
			j.cookies = make([]appCookie, 0, 2)
		}
		j.cookies = append(j.cookies, c)
	}
	if r.at < 0 {
		return jar{}, errNoJar
	}
	return j, nil
}

// A jarReader is at -1 from the first mistake on.
type jarReader struct {
	s  string
	at int
}

func (r *jarReader) varint() int64 {
	n, shift := uint64(0), 0
	for r.at >= 0 && r.at < len(r.s) && shift < 64 {
		b := r.s[r.at]
		r.at++
		n |= uint64(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			return int64(n>>1) ^ -int64(n&1)
		}
	}
	r.at = -1
	return 0
}

func (r *jarReader) text() string {
	n, shift := uint64(0), 0
	for r.at >= 0 && r.at < len(r.s) && shift < 28 {
		b := r.s[r.at]
		r.at++
		n |= uint64(b&0x7f) << shift
		if shift += 7; b < 0x80 {
			if from := r.at; n <= uint64(len(r.s)-from) {
				r.at += int(n)
				return r.s[from:r.at]
			}
			break
		}
	}
	r.at = -1
	return ""
}

// A change is what one response makes of one cookie.
type change struct {
	appCookie
	deleted bool
	line    string // as the app wrote it
}

// changed is what a browser would make of a Set-Cookie line (RFC 6265bis 5.7).
func changed(c pavise.SetCookie, requestPath string, now time.Time) change {
	path := c.Path
	if path == "" {
		path = directory(requestPath[:min(len(requestPath), maxPath)]) // which a stranger chooses
	}
	ch := change{appCookie: appCookie{name: c.Name, value: c.Value, path: path, reach: reachOf(c)}}
	if end, ends := c.Ends(now); ends {
		ch.end, ch.deleted = end.Unix(), !end.After(now)
	}
	return ch
}

// directory is the path of a cookie that is set without one (RFC 6265bis 5.1.4).
func directory(path string) string {
	if i := strings.LastIndexByte(path, '/'); i > 0 && path[0] == '/' {
		return path[:i]
	}
	return "/"
}

// covers reports whether a cookie goes along with a request for a path
// (RFC 6265bis 5.1.4).
func covers(cookie, path string) bool {
	return cookie == "/" || path == cookie ||
		strings.HasPrefix(path, cookie) && (cookie[len(cookie)-1] == '/' || path[len(cookie)] == '/')
}

func (j jar) find(name, path string) int {
	return slices.IndexFunc(j.cookies, func(c appCookie) bool { return c.name == name && c.path == path })
}

// holds reports whether there is a cookie of the name, kept here.
func (j jar) holds(name string) bool {
	return slices.ContainsFunc(j.cookies, func(c appCookie) bool { return c.name == name && !c.outside })
}

// with returns a jar with the changes, in order, and without what has ended.
func (j jar) with(changes []change, now time.Time) jar {
	if j.has(changes, now) {
		return j
	}
	next := j
	next.cookies = slices.DeleteFunc(slices.Clone(j.cookies), func(c appCookie) bool { return c.ended(now) })
	for _, ch := range changes {
		switch i := next.find(ch.name, ch.path); {
		case i >= 0 && ch.deleted:
			next.cookies = slices.Delete(next.cookies, i, i+1)
		case i >= 0:
			next.cookies[i] = ch.appCookie
		case !ch.deleted:
			next.cookies = append(next.cookies, ch.appCookie)
		}
	}
	return next
}

// has reports whether the changes change nothing, and nothing has ended.
func (j jar) has(changes []change, now time.Time) bool {
	for i := range j.cookies {
		if j.cookies[i].ended(now) {
			return false
		}
	}
	for k := range changes {
		i := j.find(changes[k].name, changes[k].path)
		if i < 0 != changes[k].deleted || i >= 0 && j.cookies[i] != changes[k].appCookie {
			return false
		}
	}
	return true
}

func (c *appCookie) ended(now time.Time) bool { return c.end != 0 && c.end <= now.Unix() }

// fits reports whether the jar is not too big for what bounds it.
func (j jar) fits(most int) bool {
	size := 16
	for _, c := range j.cookies {
		size += len(c.name) + len(c.value) + len(c.path) + 20
	}
	return len(j.cookies) <= maxJar && size <= most
}

// reach is the farthest of the cookies': the handle goes along where any of them
// would, and what is stricter then stays behind.
func (j jar) reach() reach {
	far := unsaid
	for _, c := range j.cookies {
		if c.reach == unsaid {
			c.reach = laxly
		}
		far = max(far, c.reach)
	}
	return far
}

// end is when the last of the cookies does; 0 is when the browser is closed.
func (j jar) end() int64 {
	var last int64
	for _, c := range j.cookies {
		if c.end == 0 {
			return 0
		}
		last = max(last, c.end)
	}
	return last
}

// digest stands for a value that is kept outside: so no other comes back for it.
func digest(value string) string {
	sum := sha256.Sum256([]byte(value))
	return string(sum[:16])
}

// tell writes what the app is to be told of the jar, behind what is left of the
// browser's own cookies; of two with one name that with the longer path comes first
// (RFC 6265bis 5.8.3).
func (j jar) tell(b *strings.Builder, path string, from origin, now time.Time) {
	for longest := len(path) + 1; ; {
		next := 0
		for i := range j.cookies {
			if n := len(j.cookies[i].path); n < longest && n > next && covers(j.cookies[i].path, path) {
				next = n
			}
		}
		if longest = next; next == 0 {
			return
		}
		for i := range j.cookies {
			c := &j.cookies[i]
			if len(c.path) != longest || c.outside || c.ended(now) || !covers(c.path, path) || !c.goes(from) {
				continue
			}
			if b.Len() > 0 {
				b.WriteString("; ")
			}
			b.WriteString(c.name)
			b.WriteByte('=')
			b.WriteString(c.value)
		}
	}
}

// An origin is where a request comes from.
type origin byte

const (
	ownSite   origin = iota // or a browser that does not say
	otherLink               // another site has led here
	otherSite
)

// originOf tells where a request comes from (Fetch Metadata).
func originOf(r *http.Request) origin {
	switch {
	case r.Header.Get("Sec-Fetch-Site") != "cross-site":
		return ownSite
	case safe(r.Method) && navigates(r) && !embedded(r):
		return otherLink
	}
	return otherSite
}

// embedded reports whether a page is asked for to stand within another.
func embedded(r *http.Request) bool {
	dest := r.Header.Get("Sec-Fetch-Dest")
	return dest != "" && dest != "document"
}

// goes reports whether a cookie goes along, where the handle comes from other sites for
// the sake of a laxer one.
func (c *appCookie) goes(from origin) bool {
	return from == ownSite || c.reach == anywhere || c.reach != strictly && from == otherLink
}

// A level is how far somebody has come.
type level byte

const (
	fresh   level = iota // the handle has never come back
	visitor              // it has
	member               // somebody has logged in
	levels  = iota
)

func (j jar) at(l level) jar {
	j.level = l
	return j
}

// differs reports whether the app would see that it got the other jar. A life that is
// only longer by little is the same.
func (j jar) differs(other jar, now time.Time) bool {
	return j.level != other.level || j.reach() != other.reach() ||
		!slices.EqualFunc(j.cookies, other.cookies, func(a, b appCookie) bool {
			return a.name == b.name && a.path == b.path && a.value == b.value && a.outside == b.outside && near(a.end, b.end, now)
		})
}

// near reports whether two ends are about the same, seen from now.
func near(a, b int64, now time.Time) bool {
	return a == b || a != 0 && b != 0 && 10*max(a-b, b-a) < max(a, b)-now.Unix()
}

// line is how the app would set the cookie.
func (c appCookie) line(now time.Time) string {
	line := c.name + "=" + c.value + "; Path=" + c.path
	if c.end != 0 {
		line += "; Max-Age=" + strconv.FormatInt(c.end-now.Unix(), 10)
	}
	if line += "; Secure; HttpOnly"; c.reach != unsaid {
		line += "; SameSite=" + c.reach.String()
	}
	return line
}
