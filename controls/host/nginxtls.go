package host

import (
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// NginxTLS looks at the TLS that nginx is set up to speak.
type NginxTLS struct{}

const (
	nginxTLS          = "host.nginx-tls"
	ruleNginxVersions = nginxTLS + ".protocols"
	ruleNginxCiphers  = nginxTLS + ".ciphers"
	ruleNginxTickets  = nginxTLS + ".tickets"

	wantVersions = "ssl_protocols TLSv1.2 TLSv1.3;"
	wantCiphers  = "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;"
	wantTickets  = "ssl_session_tickets off;"

	// earlyTLS is the vector that scan vendors give early TLS.
	earlyTLS = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:L/A:N"
	pciTLS   = "PCI DSS 4.0.1 4.2.1"
)

// Doc describes the control.
func (NginxTLS) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       nginxTLS,
		Title:    "TLS in nginx",
		Why:      "Early TLS and weak ciphers let whoever sits on the line read along, and a scan for PCI fails by their mere offer. The nginx.conf of Debian 12 and older still allows TLS 1.0 and 1.1 for every site that does not say otherwise, and there OpenSSL alone keeps them out.",
		Verifies: "What counts for each server that speaks TLS: its own ssl_protocols, ssl_ciphers and ssl_session_tickets, else those of http, else what this version of nginx has of itself. Where no server speaks TLS yet, those of http. What the OpenSSL of the distribution refuses at its security level is not offered, and told by a rule of its own.",
		Rules: []pavise.Rule{
			{ID: ruleNginxVersions, Title: "nginx speaks TLS 1.2 and newer alone", Severity: pavise.Medium, CVSS: earlyTLS, Automatic: "SSL or early TLS is offered",
				References: []string{pciTLS, "PCI DSS 4.0.1 2.2.5", "ASVS 5.0 12.1.1", "RFC 8996", "CWE-326"}, Owner: true, Fix: nginxFix(wantVersions)},
			ruleAllowed(nginxTLS, "nginx", nginxFix(wantVersions)),
			{ID: ruleNginxCiphers, Title: "nginx offers no weak cipher", Severity: pavise.Medium, CVSS: earlyTLS,
				References: []string{pciTLS, "PCI DSS 4.0.1 12.3.3", "ASVS 5.0 12.1.2", "CWE-327"}, Owner: true,
				Fix: nginxFix(wantCiphers + "\nssl_prefer_server_ciphers off;")},
			{ID: ruleNginxTickets, Title: "The key of session tickets does not outlive its day", Severity: pavise.Info,
				References: []string{"ASVS 5.0 12.1.2", "RFC 9325 3.4", "CWE-320"}, Owner: true, Fix: nginxFix(wantTickets)},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (NginxTLS) Validate() error { return nil }

// Check looks at each server that speaks TLS.
func (c NginxTLS) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "nginx", c.Doc(), func(l *ledger) {
		servers := slices.DeleteFunc(nginxServers(l.config, "stream", "mail"), func(s nginxScope) bool { return !s.secure() })
		for _, s := range servers {
			nginxVersions(l, s)
			nginxCiphers(l, s)
			nginxTickets(l, s)
		}
		if http, ok := nginxHTTP(l.config); ok && len(servers) == 0 {
			if _, says := http.find("ssl_protocols"); says {
				nginxVersions(l, http)
			}
			if _, says := http.find("ssl_ciphers"); says {
				nginxCiphers(l, http)
			}
		}
	})
}

var oldVersions = []string{"SSLv2", "SSLv3", "TLSv1", "TLSv1.1"}

func nginxVersions(l *ledger, s nginxScope) {
	d, says := s.find("ssl_protocols")
	if !says {
		nginxOwnVersions(l, s)
		return
	}
	old := slices.DeleteFunc(slices.Clone(d.Args), func(v string) bool { return !slices.Contains(oldVersions, v) })
	l.versions(nginxTLS, len(old) > 0, d, written(d)+forWhom(s, d), wantVersions)
}

// nginxOwnVersions judges what nginx has of itself: TLS 1.0 and 1.1 are off since 1.27.3
// (https://nginx.org/en/CHANGES).
func nginxOwnVersions(l *ledger, s nginxScope) {
	version := l.config.Version
	if version == "" {
		l.unsure(ruleNginxVersions, s.here(), "no ssl_protocols counts here, and which nginx this is is not known: before 1.27.3 it has TLSv1 on of itself")
		return
	}
	var release [3]int
	_, _ = fmt.Sscanf(version, "%d.%d.%d", &release[0], &release[1], &release[2]) // what is not read is 0, and old
	if slices.Compare(release[:], []int{1, 27, 3}) < 0 {
		l.versions(nginxTLS, true, s.here(), "no ssl_protocols counts here, and nginx "+version+" has TLSv1 and TLSv1.1 on of itself", wantVersions)
		return
	}
	l.versions(nginxTLS, false, s.here(), "nginx "+version+" has TLSv1.2 and TLSv1.3 of itself", wantVersions)
}

// forWhom names the server that inherits a directive.
func forWhom(s nginxScope, d pavise.Directive) string {
	if len(s) < 2 || slices.ContainsFunc(s.here().Block, func(own pavise.Directive) bool { return own.Line == d.Line && own.File == d.File }) {
		return ""
	}
	return ", which the server of " + s.here().Where() + " has from there"
}

// weakCiphers are words of an OpenSSL cipher list that bring in what nobody may use.
var weakCiphers = []string{"RC4", "3DES", "DES", "NULL", "ENULL", "ANULL", "EXP", "EXPORT", "EXPORT40", "EXPORT56", "LOW", "ADH", "AECDH",
	"MD5", "RC2", "IDEA", "SEED", "SSLV2", "CBC3", "ALL", "COMPLEMENTOFALL", "COMPLEMENTOFDEFAULT"}

func nginxCiphers(l *ledger, s nginxScope) {
	d, says := s.find("ssl_ciphers")
	if !says {
		l.judge(ruleNginxCiphers, true, s.here(), "HIGH:!aNULL:!MD5, which nginx has of itself", wantCiphers)
		return
	}
	weak := weakOf(word(d, 0))
	saw := written(d)
	if len(weak) > 0 {
		saw = "it lets in " + strings.Join(weak, ", ") + forWhom(s, d) + ": " + saw
	}
	l.judge(ruleNginxCiphers, len(weak) == 0, d, saw, wantCiphers)
}

// weakOf are the words of a list of ciphers that bring in weak ones and are not shut out
// again.
func weakOf(list string) []string {
	words := strings.FieldsFunc(list, func(r rune) bool { return r == ':' || r == ',' || r == ' ' })
	out := map[string]bool{}
	for _, w := range words {
		if strings.HasPrefix(w, "!") {
			out[strings.ToUpper(w[1:])] = true
		}
	}
	var weak []string
	for _, w := range words {
		if strings.ContainsAny(w[:1], "!-@") {
			continue
		}
		parts := strings.FieldsFunc(strings.ToUpper(strings.TrimPrefix(w, "+")), func(r rune) bool { return r == '-' || r == '+' || r == '_' })
		for _, p := range parts {
			all := p == "ALL" && (out["ANULL"] || out["ADH"]) && (out["RC4"] || out["LOW"] || out["MEDIUM"])
			if slices.Contains(weakCiphers, p) && !out[p] && !all && !slices.Contains(weak, w) {
				weak = append(weak, w)
			}
		}
	}
	return weak
}

func nginxTickets(l *ledger, s nginxScope) {
	d, says := s.find("ssl_session_tickets")
	_, key := s.find("ssl_session_ticket_key")
	switch {
	case !says:
		l.judge(ruleNginxTickets, false, s.here(), "session tickets are on of themselves, and their key lives as long as nginx runs", wantTickets)
	case key:
		l.judge(ruleNginxTickets, word(d, 0) == "off", d, written(d)+", with the key in a file", wantTickets)
	default:
		l.judge(ruleNginxTickets, word(d, 0) == "off", d, written(d)+forWhom(s, d), wantTickets)
	}
}
