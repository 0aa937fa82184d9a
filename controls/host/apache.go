package host

import (
	"strings"

	"pavise"
)

// Apache looks at the settings of Apache httpd.
type Apache struct{}

const (
	apache            = "host.apache"
	ruleApacheTLS     = apache + ".protocols"
	ruleApacheCiphers = apache + ".ciphers"
	ruleApacheTokens  = apache + ".tokens"
	ruleApacheSign    = apache + ".signature"
	ruleApacheTrace   = apache + ".trace"
	ruleApacheIndexes = apache + ".indexes"
	ruleApacheClear   = apache + ".redirect"
	ruleApacheAllow   = apache + ".override"
	wantSSLProtocol   = "SSLProtocol -all +TLSv1.2 +TLSv1.3"
	wantApacheLeads   = "Redirect permanent / https://shop.example.com/"
)

// Doc describes the control.
func (Apache) Doc() pavise.Doc {
	rule := func(id, title string, severity pavise.Severity, cvss, lines string, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, References: references, Owner: true, Fix: pavise.Fix{Apache: lines}}
	}
	versions := rule(ruleApacheTLS, "Apache speaks TLS 1.2 and newer alone", pavise.Medium, earlyTLS, wantSSLProtocol, pciTLS, "PCI DSS 4.0.1 2.2.5", "ASVS 5.0 12.1.1", "RFC 8996", "CWE-326")
	versions.Automatic = "SSL or early TLS is offered"
	indexes := rule(ruleApacheIndexes, "Apache lists no folder", pavise.Medium, readsSome, "Options -Indexes", pciSecureDefault, "ASVS 5.0 13.4.3", "CWE-548")
	indexes.Declare = "directory browsing is on"
	return pavise.Doc{
		ID:       apache,
		Title:    "Apache httpd",
		Why:      "As it comes, Apache speaks early TLS, tells its version and its system, answers TRACE, and lists every folder without an index page.",
		Verifies: "The configuration with what it includes, for the modules that it loads, and for each virtual host: what it says itself, else what the server does, else what Apache 2.4 has of itself. Files .htaccess are not read; whether they count is told.",
		Rules: []pavise.Rule{
			versions,
			ruleAllowed(apache, "Apache", pavise.Fix{Apache: wantSSLProtocol}),
			rule(ruleApacheCiphers, "Apache offers no weak cipher", pavise.Medium, earlyTLS,
				"SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305", pciTLS, "ASVS 5.0 12.1.2", "CWE-327"),
			rule(ruleApacheTokens, "Apache does not tell its version", pavise.Low, "", "ServerTokens Prod", pciSecureDefault, "ASVS 5.0 13.4.6", "CWE-200"),
			rule(ruleApacheSign, "Error pages of Apache do not tell its version", pavise.Low, "", "ServerSignature Off", pciSecureDefault, "ASVS 5.0 13.4.6", "CWE-200"),
			rule(ruleApacheTrace, "Apache does not answer TRACE", pavise.Low, "", "TraceEnable Off", "PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.4", "CWE-693"),
			indexes,
			rule(ruleApacheClear, "Every virtual host of Apache in the clear leads to https", pavise.Medium, "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
				"<VirtualHost *:80>\n\tServerName shop.example.com\n\t"+wantApacheLeads+"\n</VirtualHost>", pciTLS, "ASVS 5.0 12.2.1", "CWE-319"),
			rule(ruleApacheAllow, "No file in a folder of the site overrides the settings of Apache", pavise.Info, "", "AllowOverride None", pciSecureDefault, "CWE-732"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Apache) Validate() error { return nil }

// Check looks at the server and at each virtual host.
func (c Apache) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "apache", c.Doc(), func(l *ledger) {
		w := newWebserver(l)
		w.says(ruleApacheTokens, "ServerTokens", "Full", "ServerTokens Prod", func(v string) bool { return strings.HasPrefix(strings.ToLower(v), "prod") })
		w.says(ruleApacheSign, "ServerSignature", "Off", "ServerSignature Off", func(v string) bool { return strings.EqualFold(v, "off") })
		w.says(ruleApacheTrace, "TraceEnable", "On", "TraceEnable Off", func(v string) bool { return strings.EqualFold(v, "off") })
		w.tls()
		w.redirects()
		w.folders()
	})
}
