package host

import (
	"regexp"
	"strings"

	"pavise"
)

// NginxRequests looks at what nginx makes of requests.
type NginxRequests struct{}

const (
	nginxRequests   = "host.nginx-requests"
	ruleSplitting   = nginxRequests + ".splitting"
	ruleBody        = nginxRequests + ".body"
	ruleSlashes     = nginxRequests + ".slashes"
	ruleCatchAll    = nginxRequests + ".default"
	wantBody        = "client_max_body_size 10m;"
	wantCatchAll    = "server { listen 443 ssl default_server; ssl_reject_handshake on; }"
	wantCatchAll80  = "server { listen 80 default_server; return 444; }"
	splitsResponses = "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"
)

// Doc describes the control.
func (NginxRequests) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       nginxRequests,
		Title:    "What nginx makes of requests",
		Why:      "$uri is the path after its escapes are undone: with a line feed in it, whoever made the link writes headers into the answer or into the request to the app. A body without a limit fills the disk, and a site that answers to any name answers to the attacker's.",
		Verifies: "return, rewrite, proxy_pass and headers that hold $uri or $document_uri, client_max_body_size 0, merge_slashes off, and whether each address has a default server that refuses names that are not yours.",
		Rules: []pavise.Rule{
			{ID: ruleSplitting, Title: "nginx writes no decoded path into headers", Severity: pavise.Medium, CVSS: splitsResponses, Automatic: "it is response splitting",
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 4.2.4", "CWE-93", "CWE-113"}, Owner: true,
				Fix: nginxFix("return 308 https://$host$request_uri;  # not $uri")},
			{ID: ruleBody, Title: "nginx takes no request body without a limit", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 5.2.1", "CWE-770"}, Owner: true, Fix: nginxFix(wantBody)},
			{ID: ruleSlashes, Title: "nginx takes slashes that follow one another as one", Severity: pavise.Low,
				References: []string{"ASVS 5.0 4.2.1", "CWE-436"}, Owner: true, Fix: nginxFix("merge_slashes on;")},
			{ID: ruleCatchAll, Title: "nginx refuses names that are not the site's", Severity: pavise.Low,
				References: []string{pciSecureDefault, "ASVS 5.0 4.1.3", "CWE-644"}, Owner: true,
				Fix: nginxFix(wantCatchAll80 + "\n" + wantCatchAll)},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (NginxRequests) Validate() error { return nil }

// Check looks at every block.
func (c NginxRequests) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "nginx", c.Doc(), func(l *ledger) {
		http, ok := nginxHTTP(l.config)
		if !ok {
			return
		}
		servers := nginxServers(l.config)
		blocks := []nginxScope{http}
		for _, s := range servers {
			blocks = append(blocks, s.all()...)
		}
		nginxSplits(l, blocks)
		nginxSays(l, blocks, ruleBody, "client_max_body_size", wantBody, "1m", func(v string) bool { return strings.TrimRight(v, "kKmMgG") != "0" })
		nginxSays(l, blocks, ruleSlashes, "merge_slashes", "merge_slashes on;", "on", func(v string) bool { return v != "off" })
		nginxCatches(l, servers)
	})
}

// nginxSays judges a setting wherever it stands, or what nginx has of itself.
func nginxSays(l *ledger, blocks []nginxScope, rule, name, want, usual string, good func(string) bool) {
	said := false
	for _, block := range blocks {
		for _, d := range within(block.here(), name) {
			said = true
			l.judge(rule, good(word(d, 0)), d, written(d), want)
		}
	}
	if !said {
		l.judge(rule, true, blocks[0].here(), "no "+name+": it is "+usual+" of itself", want)
	}
}

var decoded = regexp.MustCompile(`\$\{?(document_)?uri\b`)

// nginxSplits judges what goes into a header, or into the line of a request.
func nginxSplits(l *ledger, blocks []nginxScope) {
	for _, block := range blocks {
		for _, d := range within(block.here(), "return", "rewrite", "proxy_pass", "proxy_set_header", "add_header") {
			header := d.Name != "return" && d.Name != "rewrite" || redirects(d)
			if len(d.Args) > 0 && header {
				l.judge(ruleSplitting, !decoded.MatchString(strings.Join(d.Args, " ")), d, written(d),
					decoded.ReplaceAllString(written(d), "$$request_uri")+";")
			}
		}
	}
}

// redirects reports whether a return or a rewrite writes a Location.
func redirects(d pavise.Directive) bool {
	if d.Name == "return" {
		return strings.HasPrefix(word(d, 0), "30") || len(d.Args) == 1 && strings.ContainsAny(word(d, 0), ":/$")
	}
	last := word(d, len(d.Args)-1)
	return last == "permanent" || last == "redirect" || strings.Contains(word(d, 1), "://")
}

// nginxCatches judges the server that answers for other names, at each address that
// strangers reach: the one that says so, else the first.
func nginxCatches(l *ledger, servers []nginxScope) {
	type answer struct {
		server nginxScope
		listen listen
	}
	var order []string
	first := map[string]answer{}
	for _, s := range servers {
		for _, at := range s.listens() {
			old, has := first[at.address]
			if at.local {
				continue
			}
			if !has {
				order = append(order, at.address)
			}
			if !has || at.first && !old.listen.first {
				first[at.address] = answer{s, at}
			}
		}
	}
	for _, address := range order {
		a := first[address]
		d, status := nginxRoot(a.server)
		rejects := a.server.text("ssl_reject_handshake", "off") == "on"
		own := strings.Contains(word(d, len(d.Args)-1), "://") && !strings.Contains(word(d, len(d.Args)-1), "$host") &&
			!strings.Contains(word(d, len(d.Args)-1), "$http_host")
		leads := !a.listen.secure && strings.Contains(word(d, len(d.Args)-1), "https://") // and what it leads to is judged there
		holds := rejects || strings.HasPrefix(status, "4") || own || leads
		want := wantCatchAll80
		if a.listen.secure {
			want = wantCatchAll
		}
		saw := "at " + address + " the server " + nginxName(a.server) + " answers for every name"
		if holds {
			saw = "at " + address + " other names are refused, or led to one that is the site's"
		}
		l.judge(ruleCatchAll, holds, a.listen.at, saw, want)
	}
}
