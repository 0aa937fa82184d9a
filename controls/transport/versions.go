package transport

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

const (
	ruleHTTP2 = "transport.versions.http2"
	ruleHTTP3 = "transport.versions.http3"
	ruleAlike = "transport.versions.alike"
)

// Versions looks at the versions of HTTP that a site speaks.
type Versions struct{}

// Doc describes the control.
func (Versions) Doc() pavise.Doc {
	fix := pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   "listen 443 ssl;\nlisten 443 quic;\nhttp2 on;\nhttp3 on;\nadd_header Alt-Svc 'h3=\":443\"; ma=86400' always;",
		Apache:  "# with mod_http2; of HTTP/3 it speaks nothing\nProtocols h2 http/1.1",
		Express: "// not a matter of Express: what stands in front of it speaks TLS",
	}
	alike := fix
	alike.Nginx = "# add_header in a server, once, and in no location: there it takes the place of all above it\nadd_header Strict-Transport-Security \"max-age=63072000; includeSubDomains\" always;"
	return pavise.Doc{
		ID:       "transport.versions",
		Title:    "Versions of HTTP",
		Why:      "HTTP/2 and HTTP/3 frame a request so that no two readers disagree where it ends. Where each is served by another program, one of them may lack what protects the others; and an HTTP/3 that is announced and does not answer costs every visitor time.",
		Verifies: "The home page is asked for by HTTP/1.1, by HTTP/2, and by HTTP/3 where Alt-Svc announces it, and the answers are compared.",
		Rules: []pavise.Rule{
			{ID: ruleHTTP2, Title: "HTTP/2 is spoken", Severity: pavise.Info, References: []string{"RFC 9113 3.2"}, Fix: fix},
			{ID: ruleHTTP3, Title: "HTTP/3 answers where it is announced", Severity: pavise.Low, References: []string{"RFC 9114 3.1.1", "RFC 7838 2"}, Fix: fix},
			{ID: ruleAlike, Title: "Every version of HTTP is answered with the same protection", Severity: pavise.Low,
				References: []string{"ASVS 5.0 3.4.1", "CWE-693"}, Fix: alike},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Versions) Validate() error { return nil }

// over asks for the home page by one version of HTTP.
func over(e *pavise.Evidence, proto string) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: e.Target.URL + "/", Proto: proto})
}

// announced is where Alt-Svc says that HTTP/3 is spoken (RFC 7838 3).
func announced(e *pavise.Evidence) (p pavise.Probe, ok bool) {
	site, err := url.Parse(e.Target.URL)
	home := e.Answer(e.Target.Home())
	if err != nil || home == nil || home.Response == nil {
		return p, false
	}
	for _, item := range strings.Split(strings.Join(home.Response.Header["Alt-Svc"], ","), ",") {
		authority, isHTTP3 := strings.CutPrefix(strings.TrimSpace(item), `h3="`)
		authority, _, closed := strings.Cut(authority, `"`)
		host, port, err := net.SplitHostPort(authority)
		if !isHTTP3 || !closed || err != nil || host != "" && !strings.EqualFold(host, site.Hostname()) {
			continue // of another host nothing is asked
		}
		_, own, _ := net.SplitHostPort(e.Target.TLS)
		if port == own {
			return over(e, pavise.HTTP3), true
		}
		at := url.URL{Scheme: "https", Host: net.JoinHostPort(site.Hostname(), port), Path: "/"}
		return pavise.Ask(pavise.Request{URL: at.String(), Host: site.Host, Proto: pavise.HTTP3}), true
	}
	return p, false
}

// Probes asks by each version.
func (Versions) Probes(e *pavise.Evidence) []pavise.Probe {
	if !e.Target.Secure() {
		return nil
	}
	probes := []pavise.Probe{over(e, pavise.HTTP1), over(e, pavise.HTTP2)}
	if p, ok := announced(e); ok {
		probes = append(probes, p)
	}
	return probes
}

// Check compares the answers.
func (c Versions) Check(e *pavise.Evidence) []pavise.Finding {
	if !e.Target.Secure() {
		return c.Doc().All(pavise.Skipped, e.Target.URL, "browsers speak HTTP/1.1 alone in the clear")
	}
	if _, why := e.Heard(e.Target.Home()); why != "" {
		return c.Doc().All(pavise.Unlooked, e.Target.URL, "the home page: "+why)
	}
	three := pavise.Skipped(ruleHTTP3, e.Target.URL, "no Alt-Svc announces it")
	if p, ok := announced(e); ok {
		three = spoken(e, ruleHTTP3, p)
	}
	return []pavise.Finding{spoken(e, ruleHTTP2, over(e, pavise.HTTP2)), three, checkAlike(e)}
}

// spoken passes where a version was answered.
func spoken(e *pavise.Evidence, rule string, p pavise.Probe) pavise.Finding {
	f := pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: p.Request.URL, Want: "an answer over " + p.Request.Proto}
	switch a := e.Answer(p); {
	case a == nil:
		return pavise.Unlooked(rule, f.Where, "it was not asked")
	case a.Unasked:
		return pavise.Unlooked(rule, f.Where, a.Error)
	case a.Response == nil:
		f.Saw, f.Proof = "no answer over "+p.Request.Proto+": "+a.Error, a.Proof()
	default:
		f.Outcome, f.Saw, f.Proof = pavise.Pass, status(a.Response)+" over "+a.Response.Proto, a.Proof()
	}
	return f
}

// protective are headers that must not depend on the version.
var protective = []string{"Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options",
	"Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"}

// checkAlike compares the answers of all versions that were spoken: their status, and
// which protective headers there are.
func checkAlike(e *pavise.Evidence) pavise.Finding {
	var heard []pavise.Answer
	for _, proto := range []string{pavise.HTTP1, pavise.HTTP2, pavise.HTTP3} {
		if a, _ := e.Heard(over(e, proto)); a != nil {
			heard = append(heard, *a)
		}
	}
	if len(heard) < 2 {
		return pavise.Skipped(ruleAlike, e.Target.URL, "fewer than two versions of HTTP were answered")
	}
	f := pavise.Finding{Rule: ruleAlike, Outcome: pavise.Pass, Where: e.Target.URL + "/", Want: "the same status and the same protective headers",
		Saw: fmt.Sprintf("%d versions are answered alike", len(heard))}
	first := heard[0].Response
	for _, a := range heard[1:] {
		if saw := difference(first, a.Response); saw != "" {
			f.Outcome, f.Saw, f.Proof = pavise.Fail, saw, a.Proof()
			break
		}
	}
	return f
}

func difference(a, b *pavise.Response) string {
	if a.Status == http.StatusTooManyRequests || b.Status == http.StatusTooManyRequests {
		return ""
	}
	if a.Status != b.Status {
		return fmt.Sprintf("%s over %s, %s over %s", status(a), a.Proto, status(b), b.Proto)
	}
	i := slices.IndexFunc(protective, func(name string) bool { return (a.Header[name] == nil) != (b.Header[name] == nil) })
	if i < 0 {
		return ""
	}
	with, without := a, b
	if a.Header[protective[i]] == nil {
		with, without = b, a
	}
	return fmt.Sprintf("%s over %s, none over %s", protective[i], with.Proto, without.Proto)
}
