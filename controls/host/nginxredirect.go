package host

import (
	"slices"
	"strings"

	"pavise"
)

// NginxRedirect looks whether what comes in the clear is led to https.
type NginxRedirect struct{}

const (
	nginxRedirect      = "host.nginx-redirect"
	ruleNginxRedirect  = nginxRedirect + ".https"
	ruleNginxPermanent = nginxRedirect + ".permanent"
	wantRedirect       = "return 308 https://$host$request_uri;"
)

// Doc describes the control.
func (NginxRedirect) Doc() pavise.Doc {
	fix := nginxFix("server {\n\tlisten 80 default_server;\n\tlisten [::]:80 default_server;\n\tlocation /.well-known/acme-challenge/ { root /var/www/acme; }\n\tlocation / { " + wantRedirect + " }\n}")
	return pavise.Doc{
		ID:       nginxRedirect,
		Title:    "From http to https in nginx",
		Why:      "A server that answers in the clear shows sessions and passwords to whoever sits on the line, and lets him put his own page in the place of yours.",
		Verifies: "Every server with an address without ssl that is not of loopback answers with a redirect to https, for the server as a whole or in location /; or it refuses everything.",
		Rules: []pavise.Rule{
			{ID: ruleNginxRedirect, Title: "Every server of nginx in the clear leads to https", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: []string{pciTLS, "ASVS 5.0 12.2.1", "CWE-319"}, Owner: true, Fix: fix},
			{ID: ruleNginxPermanent, Title: "Redirects of nginx to https are permanent", Severity: pavise.Info,
				References: []string{"ASVS 5.0 12.2.1", "RFC 9110 15.4.9", "CWE-319"}, Owner: true, Fix: fix},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (NginxRedirect) Validate() error { return nil }

// Check looks at each server that answers in the clear.
func (c NginxRedirect) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "nginx", c.Doc(), func(l *ledger) {
		for _, s := range nginxServers(l.config) {
			if s.clear() {
				nginxLeads(l, s)
			}
		}
	})
}

// nginxLeads judges one server.
func nginxLeads(l *ledger, s nginxScope) {
	d, status := nginxRoot(s)
	switch to := word(d, len(d.Args)-1); {
	case strings.HasPrefix(status, "4") || status == "503":
		l.judge(ruleNginxRedirect, true, d, "it refuses: "+written(d), wantRedirect)
	case status == "":
		l.judge(ruleNginxRedirect, false, s.here(), "the server "+nginxName(s)+" answers in the clear at "+nginxClear(s), wantRedirect)
	case d.Name == "rewrite" && strings.HasPrefix(word(d, 1), "https://"), d.Name == "return" && strings.HasPrefix(to, "https://"):
		l.judge(ruleNginxRedirect, true, d, written(d), wantRedirect)
		l.judge(ruleNginxPermanent, status == "301" || status == "308", d, written(d), wantRedirect)
	default:
		l.judge(ruleNginxRedirect, false, d, "it does not lead to https: "+written(d), wantRedirect)
	}
}

// nginxRoot is what a server answers at every path: of itself, in location /, or where
// the request is not secure.
func nginxRoot(s nginxScope) (pavise.Directive, string) {
	if d, status := s.answers(); status != "" {
		return d, status
	}
	for _, d := range within(s.here(), "location", "if") {
		all := d.Name == "location" && (slices.Equal(d.Args, []string{"/"}) || slices.Equal(d.Args, []string{"^~", "/"}))
		bare := strings.Map(func(r rune) rune {
			if strings.ContainsRune("()'\" ", r) {
				return -1
			}
			return r
		}, strings.Join(d.Args, ""))
		clear := d.Name == "if" && (slices.Contains([]string{"$scheme=http", "$scheme!=https", "$https=", "$https!=on"}, bare))
		if all || clear {
			if answer, status := append(s[:len(s):len(s)], d).answers(); status != "" {
				return answer, status
			}
		}
	}
	return pavise.Directive{}, ""
}

func nginxName(s nginxScope) string {
	names := within(s.here(), "server_name")
	if len(names) == 0 {
		return "without a name"
	}
	return pavise.Clip(strings.Join(names[0].Args, " "), 100)
}

func nginxClear(s nginxScope) string {
	var list []string
	for _, l := range s.listens() {
		if !l.secure && !l.local {
			list = append(list, l.address)
		}
	}
	return pavise.Clip(strings.Join(list, ", "), 100)
}
