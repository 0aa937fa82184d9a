package login

import (
	"crypto/rand"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pavise"
)

// tried is what was tried within the time of a block and not known to be wrong. The
// same again is no new guess: it tells nobody more than it did the first time. They are
// MACs under a key of this process, and never leave it. They are of bounded number; one
// that was dropped counts again.
type tried struct {
	now  func() time.Duration
	key  []byte
	mu   sync.Mutex
	ends map[[16]byte]int64 // steady time in nanoseconds
}

const maxTried = 1 << 14

func newTried(now func() time.Time) *tried {
	g := &tried{now: pavise.Steady(now), key: make([]byte, 32), ends: map[[16]byte]int64{}}
	rand.Read(g.key)
	return g
}

// A guess is one for accounts. The zero one is always new.
type guess struct {
	of   *tried
	id   [16]byte
	life time.Duration // for which it is known
}

func (g *tried) guess(accounts []string, secret string, life time.Duration) guess {
	if secret == "" || len(accounts) == 0 {
		return guess{}
	}
	return guess{g, [16]byte(keyed(g.key, append(slices.Clone(accounts), secret)...)), life}
}

// made reports whether the same was made before, and takes it down. It is then new once
// in the time of a block.
func (g guess) made() bool {
	if g.of == nil {
		return false
	}
	now := int64(g.of.now())
	g.of.mu.Lock()
	defer g.of.mu.Unlock()
	if ends, found := g.of.ends[g.id]; found && ends > now {
		return true
	}
	if len(g.of.ends) >= maxTried {
		g.of.makeRoom()
	}
	g.of.ends[g.id] = now + int64(g.life)
	return false
}

// makeRoom drops one of some, that which ends first.
func (g *tried) makeRoom() {
	var first [16]byte
	least, some := int64(0), bookSample
	for id, ends := range g.ends {
		if some--; some < 0 {
			break
		}
		if least == 0 || ends < least {
			first, least = id, ends
		}
	}
	delete(g.ends, first)
}

// What is another at each request, and no part of a guess: tokens against forgery, and
// what names or traces a request.
var (
	passingFields = []string{"_csrf", "csrf", "_csrf_token", "csrf_token", "csrf-token", "csrfmiddlewaretoken", "authenticity_token",
		"__requestverificationtoken", "_token", "_wpnonce", "form_build_id", "__viewstate", "__eventvalidation"}
	passingHeaders = []string{"X-Csrf-Token", "X-Csrftoken", "X-Xsrf-Token", "X-Request-Id", "X-Correlation-Id", "X-Amzn-Trace-Id",
		"X-Cloud-Trace-Context", "X-B3-Traceid", "X-B3-Spanid", "X-Real-Ip"}
)

// secretOf is all that an app may look at in a login, whatever of it is the password: two
// that are alike are one guess. It is "" where no password is to be seen.
func secretOf(r *http.Request, fields []field) string {
	authorization := r.Header["Authorization"]
	if !hasPassword(fields) && len(authorization) == 0 {
		return ""
	}
	parts := append([]string{r.Method, r.URL.Path}, authorization...)
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if strings.HasPrefix(name, "X-") && !strings.HasPrefix(name, "X-Forwarded-") && !slices.Contains(passingHeaders, name) {
			parts = append(append(parts, name), r.Header[name]...)
		}
	}
	for _, f := range fields {
		if !slices.Contains(passingFields, strings.ToLower(f.name)) {
			parts = append(parts, f.name, f.value, strconv.FormatBool(f.noText))
		}
	}
	return string(keyed(nil, parts...))
}
