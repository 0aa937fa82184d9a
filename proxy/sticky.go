package proxy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"

	"pavise"
	"pavise/internal/backends"
)

const stickyRules = "; Path=/; Secure; HttpOnly; SameSite=Lax"

// stickyCookie is the name of the cookie of one route: those of a site have the same path.
func stickyCookie(begin string) string {
	if begin == "" {
		return pavise.BackendCookie
	}
	sum := sha256.Sum256([]byte(begin))
	return pavise.BackendCookie + "-" + hex.EncodeToString(sum[:4])
}

// stickyToken is what a browser brings back that shall stay with a backend. It names the
// backend to nobody without the secret, and nobody can make one of his own.
func stickyToken(secret []byte, host, begin, backend string) string {
	mac := hmac.New(sha256.New, secret)
	for _, part := range []string{"pavise sticky backend", host, begin, backend} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:18])
}

// stays takes our cookies out of a request, which no app is to see, and returns the
// backend that the one of this route names. What is not known is as if it were not there.
func (f *forwarder) stays(r *http.Request) (stay *backends.Member) {
	lines := r.Header["Cookie"]
	for _, line := range lines {
		if strings.Contains(line, pavise.BackendCookie) {
			return f.takeCookies(r.Header, lines)
		}
	}
	return nil
}

// isSticky knows the names that stickyCookie gives.
func isSticky(name string) bool {
	rest, ours := strings.CutPrefix(name, pavise.BackendCookie)
	return ours && (rest == "" || len(rest) == 9 && rest[0] == '-' && strings.Trim(rest[1:], "0123456789abcdef") == "")
}

func (f *forwarder) takeCookies(h http.Header, lines []string) (stay *backends.Member) {
	var kept []string
	for _, line := range lines {
		var pairs []string
		for pair := range strings.SplitSeq(line, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
			switch {
			case !isSticky(name):
				pairs = append(pairs, pair)
			case name == f.cookie && stay == nil:
				stay = f.group.Known(value)
			}
		}
		if line = strings.TrimSpace(strings.Join(pairs, ";")); line != "" {
			kept = append(kept, line)
		}
	}
	if delete(h, "Cookie"); kept != nil {
		h["Cookie"] = kept
	}
	return stay
}
