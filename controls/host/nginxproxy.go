package host

import (
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

// NginxProxy looks at what nginx tells the app behind it, and how it asks it.
type NginxProxy struct{}

const (
	nginxProxy        = "host.nginx-proxy"
	ruleProxyHost     = nginxProxy + ".host"
	ruleProxyScheme   = nginxProxy + ".scheme"
	ruleProxyClient   = nginxProxy + ".client"
	ruleProxyAppended = nginxProxy + ".appended"
	ruleProxyDropped  = nginxProxy + ".inherited"
	ruleProxyClear    = nginxProxy + ".upstream"

	wantHost   = "proxy_set_header Host $host;"
	wantScheme = "proxy_set_header X-Forwarded-Proto $scheme;"
	wantClient = "proxy_set_header X-Forwarded-For $remote_addr;"
)

// Doc describes the control.
func (NginxProxy) Doc() pavise.Doc {
	all := nginxFix(wantHost + "\n" + wantScheme + "\n" + wantClient)
	rule := func(id, title string, severity pavise.Severity, cvss string, fix pavise.Fix, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, References: references, Owner: true, Fix: fix}
	}
	const believed = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N"
	return pavise.Doc{
		ID:       nginxProxy,
		Title:    "What nginx hands to the app",
		Why:      "The app believes its proxy. What nginx passes on as the client sent it, the client decides: his address for the login guard, the host in the link of a password mail, whether the connection was secure.",
		Verifies: "The proxy_set_header lines that count at each proxy_pass over http, and where it goes. An upstream by name is taken to be near; one at a public address is not.",
		Rules: []pavise.Rule{
			rule(ruleProxyHost, "The app is told the host that nginx has checked", pavise.Low, "", all, "ASVS 5.0 4.1.3", "CWE-20", "CWE-644"),
			rule(ruleProxyScheme, "The app is told by nginx whether the connection is secure", pavise.Low, "", all, "ASVS 5.0 4.1.3", "CWE-614"),
			rule(ruleProxyClient, "The app is told the client's address by nginx, not by the client", pavise.Medium, believed, all, "PCI DSS 4.0.1 8.3.4", "ASVS 5.0 4.1.3", "CWE-348"),
			rule(ruleProxyAppended, "What the client says of its address is replaced, not appended to", pavise.Info, "", all, "ASVS 5.0 4.1.3", "CWE-348"),
			rule(ruleProxyDropped, "No block of nginx drops the proxy_set_header lines around it", pavise.Low, "", all, "CWE-693"),
			rule(ruleProxyClear, "nginx asks no app in the clear over the internet", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
				nginxFix("proxy_pass https://app.example.com;\nproxy_ssl_verify on;\nproxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;\nproxy_ssl_server_name on;"),
				pciTLS, "ASVS 5.0 12.3.1", "CWE-319"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (NginxProxy) Validate() error { return nil }

// Check looks at every block that hands on.
func (c NginxProxy) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "nginx", c.Doc(), func(l *ledger) {
		for _, s := range nginxServers(l.config) {
			for _, block := range s.all() {
				nginxForgets(l, block)
				for _, d := range within(block.here(), "proxy_pass") {
					nginxTells(l, block, d)
					nginxAsks(l, block, d)
				}
			}
		}
	})
}

// passed is what a header is set to where a block hands on.
func passed(block nginxScope, name string) (pavise.Directive, string) {
	for _, d := range block.list("proxy_set_header") {
		if strings.EqualFold(word(d, 0), name) {
			return d, word(d, 1)
		}
	}
	return pavise.Directive{}, ""
}

// nginxTells judges the headers that go to the app.
func nginxTells(l *ledger, block nginxScope, pass pavise.Directive) {
	tell := func(rule, name, usual, want string, good func(value string) bool) {
		d, value := passed(block, name)
		saw := written(d)
		if d.Name == "" {
			d, saw = pass, usual+": "+written(pass)
		}
		l.judge(rule, good(value), d, saw, want)
	}
	tell(ruleProxyHost, "Host", "no Host is set, and the app is told the name in proxy_pass", wantHost, func(v string) bool {
		return v != "" && v != "$proxy_host" && !strings.Contains(v, "$http_host")
	})
	tell(ruleProxyScheme, "X-Forwarded-Proto", "no X-Forwarded-Proto is set, and the client's own is passed on", wantScheme, func(v string) bool {
		return v != "" && !strings.Contains(v, "$http_")
	})
	tell(ruleProxyClient, "X-Forwarded-For", "no X-Forwarded-For is set, and the client's own is passed on", wantClient, func(v string) bool {
		return v != "" && !strings.Contains(v, "$http_")
	})
	if d, value := passed(block, "X-Forwarded-For"); value != "" {
		l.judge(ruleProxyAppended, !strings.Contains(value, "$proxy_add_x_forwarded_for"), d, written(d), wantClient)
	}
}

// nginxForgets judges a block with a proxy_set_header of its own by what is lost. What
// hands nothing on is not judged.
func nginxForgets(l *ledger, block nginxScope) {
	own := within(block.here(), "proxy_set_header")
	hands := slices.ContainsFunc(block.all(), func(b nginxScope) bool { return len(within(b.here(), "proxy_pass")) > 0 })
	if len(own) == 0 || !hands {
		return
	}
	var lost []string
	for _, d := range block[:len(block)-1].list("proxy_set_header") {
		same := func(o pavise.Directive) bool { return strings.EqualFold(word(o, 0), word(d, 0)) }
		if !slices.ContainsFunc(own, same) {
			lost = append(lost, word(d, 0))
		}
	}
	saw := written(own[0]) + ": nothing around it is lost"
	if len(lost) > 0 {
		saw = written(own[0]) + ": with it this block no more sets " + strings.Join(lost, ", ")
	}
	l.judge(ruleProxyDropped, len(lost) == 0, own[0], saw, "the same lines here as around it, by an include")
}

// nginxAsks judges where a request goes in the clear.
func nginxAsks(l *ledger, block nginxScope, pass pavise.Directive) {
	rest, plain := strings.CutPrefix(word(pass, 0), "http://")
	if !plain {
		return
	}
	host, _, _ := strings.Cut(rest, "/")
	saw := written(pass)
	far := isPublic(host)
	for _, server := range upstream(block[0], host) {
		if isPublic(server) {
			far, saw = true, saw+", with server "+server
		}
	}
	l.judge(ruleProxyClear, !far, pass, saw, "https:// with proxy_ssl_verify on;, or a tunnel")
}

// upstream are the servers of the block of that name.
func upstream(http pavise.Directive, name string) []string {
	var list []string
	for _, u := range within(http, "upstream") {
		if word(u, 0) == name {
			for _, s := range within(u, "server") {
				list = append(list, word(s, 0))
			}
		}
	}
	return list
}

// isPublic reports whether an address is one of the internet.
func isPublic(hostport string) bool {
	ip, err := netip.ParseAddr(strings.Trim(hostport, "[]"))
	if err != nil {
		at, bad := netip.ParseAddrPort(hostport)
		if bad != nil {
			return false
		}
		ip = at.Addr()
	}
	ip = ip.Unmap()
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !netip.MustParsePrefix("100.64.0.0/10").Contains(ip)
}
