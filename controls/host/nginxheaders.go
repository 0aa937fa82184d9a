package host

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// NginxHeaders looks for security headers that get lost in nginx.
type NginxHeaders struct{}

const (
	nginxHeaders       = "host.nginx-headers"
	ruleNginxInherited = nginxHeaders + ".inherited"
	ruleNginxAlways    = nginxHeaders + ".always"
	ruleNginxHSTS      = nginxHeaders + ".hsts"
	wantHSTS           = `add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;`
)

// Doc describes the control.
func (NginxHeaders) Doc() pavise.Doc {
	repeat := nginxFix("# /etc/nginx/snippets/headers.conf, included in the server and in each location with an add_header of its own\n" +
		wantHSTS + "\nadd_header X-Content-Type-Options nosniff always;")
	return pavise.Doc{
		ID:       nginxHeaders,
		Title:    "Security headers in nginx",
		Why:      "A location with one add_header of its own has none of those of the server around it: whoever adds a Cache-Control there takes HSTS and the CSP away without a word. Without always they are missing on error pages.",
		Verifies: "Which add_header lines count in each block. HSTS is looked for in servers with TLS that answer of themselves; where an app stands behind, it may set it, and only a scan can tell.",
		Rules: []pavise.Rule{
			{ID: ruleNginxInherited, Title: "No block of nginx drops the security headers around it", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 2.2.6", "ASVS 5.0 3.4.1", "CWE-693"}, Owner: true, Fix: repeat},
			{ID: ruleNginxAlways, Title: "Security headers of nginx are on error pages, too", Severity: pavise.Info,
				References: []string{"ASVS 5.0 3.4.1", "CWE-693"}, Owner: true, Fix: repeat},
			{ID: ruleNginxHSTS, Title: "Servers of nginx with TLS send HSTS for a year or longer", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 3.4.1", "RFC 6797 6.1", "CWE-319"}, Owner: true, Fix: nginxFix(wantHSTS)},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (NginxHeaders) Validate() error { return nil }

// securityHeaders are those whose loss opens something.
var securityHeaders = []string{"strict-transport-security", "content-security-policy", "x-frame-options", "x-content-type-options",
	"referrer-policy", "permissions-policy", "cross-origin-opener-policy", "cross-origin-embedder-policy", "cross-origin-resource-policy"}

// Check looks at every block of each server.
func (c NginxHeaders) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "nginx", c.Doc(), func(l *ledger) {
		for _, s := range nginxServers(l.config) {
			for _, block := range s.all() {
				nginxDrops(l, block)
				for _, d := range within(block.here(), "add_header") {
					if isSecurity(d) {
						l.judge(ruleNginxAlways, word(d, 2) == "always", d, written(d), written(d)+" always;")
					}
				}
			}
			if s.secure() && s.text("ssl_reject_handshake", "off") != "on" {
				nginxHSTS(l, s)
			}
		}
	})
}

func isSecurity(d pavise.Directive) bool {
	return slices.Contains(securityHeaders, strings.ToLower(word(d, 0)))
}

// nginxDrops judges a block with an add_header of its own by what is lost.
func nginxDrops(l *ledger, block nginxScope) {
	own := within(block.here(), "add_header")
	if len(own) == 0 {
		return
	}
	var lost []string
	for _, d := range block[:len(block)-1].list("add_header") {
		same := func(o pavise.Directive) bool { return strings.EqualFold(word(o, 0), word(d, 0)) }
		if isSecurity(d) && !slices.ContainsFunc(own, same) {
			lost = append(lost, word(d, 0))
		}
	}
	saw := written(own[0]) + ": nothing around it is lost"
	if len(lost) > 0 {
		saw = written(own[0]) + ": with it this block has no " + strings.Join(lost, ", ")
	}
	l.judge(ruleNginxInherited, len(lost) == 0, own[0], saw, "the same lines here as around it, by an include")
}

var maxAge = regexp.MustCompile(`(?i)max-age\s*=\s*"?([0-9]{1,12})`)

// nginxHSTS judges a server with TLS.
func nginxHSTS(l *ledger, s nginxScope) {
	for _, d := range s.list("add_header") {
		if !strings.EqualFold(word(d, 0), "Strict-Transport-Security") {
			continue
		}
		age := 0
		if m := maxAge.FindStringSubmatch(word(d, 1)); m != nil {
			age, _ = strconv.Atoi(m[1])
		}
		variable := strings.HasPrefix(word(d, 1), "$") // of a map; a scan sees what it comes to
		l.judge(ruleNginxHSTS, age >= 31536000 || variable, d, written(d), wantHSTS)
		return
	}
	if _, status := nginxRoot(s); status != "" {
		return // it only leads elsewhere, or refuses
	}
	for _, block := range s.all() {
		if len(within(block.here(), nginxPasses...)) > 0 {
			return
		}
	}
	l.judge(ruleNginxHSTS, false, s.here(), "the server "+nginxName(s)+" has no Strict-Transport-Security", wantHSTS)
}
