package acme

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"go.uber.org/zap"

	"pavise"
)

// ServeClear answers in the clear what the policy of a site would only send to
// https: an authority's http-01 question while it is open, and whoever asks for a
// host that has no certificate yet. It reports whether it did.
func (m *Manager) ServeClear(w http.ResponseWriter, r *http.Request) bool {
	name, _ := pavise.SplitHost(r.Host)
	h := m.host(name)
	if h == nil {
		return false
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if strings.HasPrefix(r.URL.Path, "/.well-known/acme-challenge/") && m.solve(w, r, name) {
		return true
	}
	if h.serving() {
		w.Header().Del("X-Content-Type-Options")
		return false
	}
	h.explain(w)
	return true
}

// solve answers http-01, if the name is being asked about just now.
func (m *Manager) solve(w http.ResponseWriter, r *http.Request, name string) bool {
	open, ok := m.issuer.opened(r.Context(), name)
	return ok && open.Type == HTTP01 && certmagic.SolveHTTPChallenge(zap.NewNop(), w, r, open)
}

// ChallengeCertificate answers a handshake by which an authority asks whether a host
// is ours (tls-alpn-01), if it is being asked about just now.
func (m *Manager) ChallengeCertificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	if m.host(hello.ServerName) != nil && slices.Equal(hello.SupportedProtos, []string{acmez.ACMETLS1Protocol}) {
		if open, ok := m.issuer.opened(hello.Context(), hello.ServerName); ok && open.Type == TLSALPN01 {
			return acmez.TLSALPN01ChallengeCert(open)
		}
	}
	return nil, errors.New("no challenge is open for this name")
}

// explain tells whoever looks at port 80 why there is no https yet. What the
// authority said word for word stays in the log.
func (h *Host) explain(w http.ResponseWriter) {
	h.mu.Lock()
	why, tried, next := h.problem, h.tried, h.next
	h.mu.Unlock()
	now := h.cfg.Now()
	wait := max(next.Sub(now), 5*time.Second)
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	w.WriteHeader(http.StatusServiceUnavailable)
	fmt.Fprintf(w, "A certificate for %s is being obtained.\n\n", h.name)
	if why.what == "" {
		fmt.Fprint(w, "This takes some seconds; ask again then.\n")
		return
	}
	fmt.Fprintf(w, "The last try, at %s, failed: %s.\nWhat helps: %s.\n", stamp(tried), why.what, why.todo)
	if wait := next.Sub(now); wait > 0 {
		fmt.Fprintf(w, "The next try is at %s, in %s.\n", stamp(next), wait.Round(time.Second))
	} else {
		fmt.Fprint(w, "The next try is under way.\n")
	}
	fmt.Fprintf(w, "\nUntil then https://%s shows a certificate of this machine's own, which browsers do not trust.\n", h.name)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }
