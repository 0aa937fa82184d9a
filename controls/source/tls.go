package source

import (
	"slices"
	"strings"

	"pavise"
)

// TLS judges how the program itself speaks TLS.
type TLS struct{}

const (
	ruleMinVersion = "source.tls.min-version"
	ruleVerify     = "source.tls.verify"
	ruleSuites     = "source.tls.suites"
)

// Doc describes the control.
func (TLS) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "source.tls",
		Title:    "TLS as the source sets it up",
		Why:      "Who does not check the certificate speaks with whoever is on the way, and old versions and ciphers are broken.",
		Verifies: "Go's tls.Config, and the options of Node's tls and https.",
		Rules: []pavise.Rule{
			{ID: ruleMinVersion, Title: "No version before TLS 1.2 is allowed", Severity: pavise.Medium, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "PCI DSS 4.0.1 2.2.5", "ASVS 5.0 12.1.1", "CWE-327", "RFC 8996"},
				Fix:        pavise.Fix{Express: `https.createServer({ minVersion: "TLSv1.2", … }, app)`, Other: "Go: tls.Config{MinVersion: tls.VersionTLS12}"}},
			{ID: ruleVerify, Title: "Certificates of others are checked", Severity: pavise.High, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 12.3.2", "CWE-295"},
				Fix:        pavise.Fix{Express: `new https.Agent({ ca: fs.readFileSync("own-ca.pem") })  // in place of rejectUnauthorized: false`, Other: "Go: tls.Config{RootCAs: pool}  // in place of InsecureSkipVerify"}},
			{ID: ruleSuites, Title: "No weak cipher is chosen", Severity: pavise.Medium, Owner: true,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 4.2.1", "ASVS 5.0 12.1.2", "CWE-326", "CWE-327"},
				Fix:        pavise.Fix{Other: "Go: leave CipherSuites out: the defaults are good"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (TLS) Validate() error { return nil }

// Check judges every place where TLS is set up.
func (c TLS) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleMinVersion: "TLS 1.2 or later, or not set",
		ruleVerify:     "no InsecureSkipVerify, no rejectUnauthorized: false",
		ruleSuites:     "no CipherSuites, or those of TLS 1.2 with AEAD and forward secrecy",
	}, func(p program, v *verdicts) {
		for _, u := range p.of("crypto/tls.Config") {
			judgeMinVersion(v, u, "MinVersion")
			judgeSkipVerify(v, u)
			judgeSuites(v, u)
		}
		for _, u := range p.uses {
			if strings.HasSuffix(u.File, ".go") {
				continue
			}
			for _, a := range u.Args {
				judgeNode(v, u, a)
			}
		}
	})
}

// oldVersions are those before TLS 1.2, as Go and Node name them.
var oldVersions = []string{"VersionSSL30", "VersionTLS10", "VersionTLS11", "SSLv3_method", "SSLv23_method_", "TLSv1_method", "TLSv1_1_method", "TLSv1", "TLSv1.1",
	"769", "770", "768"}

func judgeMinVersion(v *verdicts, u pavise.Use, name string) {
	value, told := option(u.Arg(0), name)
	last := value.Text[strings.LastIndexByte(value.Text, '.')+1:]
	switch where := at(u, value); {
	case told == unset:
		v.pass(ruleMinVersion, where, "%s is not set: Go begins at TLS 1.2", name)
	case told == untold:
		v.unknown(ruleMinVersion, where, "%s is known only when it runs", name)
	case slices.Contains(oldVersions, value.Text), slices.Contains(oldVersions, last):
		v.fail(ruleMinVersion, where, "%s is %s", name, last)
	case strings.HasPrefix(last, "VersionTLS"), value.Kind == pavise.NumberValue:
		v.pass(ruleMinVersion, where, "%s is %s", name, last)
	default:
		v.unknown(ruleMinVersion, where, "%s is known only when it runs: %s", name, shown(value))
	}
}

// judgeSkipVerify looks whether certificates are checked, if by a function of its own.
func judgeSkipVerify(v *verdicts, u pavise.Use) {
	value, told := flag(u.Arg(0), "InsecureSkipVerify")
	_, own := option(u.Arg(0), "VerifyPeerCertificate")
	_, connection := option(u.Arg(0), "VerifyConnection")
	switch where := at(u, value); {
	case told == yes && (own == yes || connection == yes):
		v.pass(ruleVerify, where, "a function of its own checks certificates")
	case told == yes && conditional(u, switched) == "":
		v.fail(ruleVerify, where, "InsecureSkipVerify is %s", shown(value))
	case told == yes, told == untold:
		v.unknown(ruleVerify, where, "InsecureSkipVerify is known only when it runs: %s", shown(value))
	default:
		v.pass(ruleVerify, where, "certificates are checked")
	}
}

// weakSuites are parts of the names of suites that are weak in Go's own list: RC4, 3DES,
// CBC, and those without forward secrecy.
var weakSuites = []string{"RC4", "3DES", "_CBC_", "TLS_RSA_"}

func judgeSuites(v *verdicts, u pavise.Use) {
	value, told := option(u.Arg(0), "CipherSuites")
	where := at(u, value)
	if told == unset {
		v.pass(ruleSuites, where, "CipherSuites is not set")
		return
	}
	if told == untold || value.Kind != pavise.ListValue {
		v.unknown(ruleSuites, where, "CipherSuites is known only when it runs: %s", shown(value))
		return
	}
	for _, suite := range value.Items {
		if slices.ContainsFunc(weakSuites, func(weak string) bool { return strings.Contains(suite.Text, weak) }) {
			v.fail(ruleSuites, at(u, suite), "%s is allowed", suite.Text[strings.LastIndexByte(suite.Text, '.')+1:])
			return
		}
	}
	v.pass(ruleSuites, where, "%d suites are allowed, none of them weak", len(value.Items))
}

// judgeNode looks at an object of options for Node's tls, whoever is given it.
func judgeNode(v *verdicts, u pavise.Use, options pavise.Value) {
	if options.Kind != pavise.ObjectValue {
		return
	}
	for _, name := range []string{"rejectUnauthorized", "strictSSL"} { // the second is of request
		if value, told := flag(options, name); told == no && value.Kind == pavise.BoolValue {
			switch {
			case serves(u): // it is about certificates of clients, which it only asks for
			case conditional(u, switched) != "":
				v.unknown(ruleVerify, at(u, value), "%s is false where %s", name, conditional(u, switched))
			default:
				v.fail(ruleVerify, at(u, value), "%s is false", name)
			}
		} else if told == yes {
			v.pass(ruleVerify, at(u, value), "%s is true", name)
		}
	}
	for _, name := range []string{"minVersion", "secureProtocol"} {
		value, _ := option(options, name)
		if value.Kind != pavise.StringValue || !strings.Contains(value.Text, "LSv1") && !strings.HasPrefix(value.Text, "SSL") {
			continue
		}
		if slices.Contains(oldVersions, value.Text) {
			v.fail(ruleMinVersion, at(u, value), "%s is %s", name, value.Text)
		} else {
			v.pass(ruleMinVersion, at(u, value), "%s is %s", name, value.Text)
		}
	}
}

// serves reports whether a call makes a server.
func serves(u pavise.Use) bool {
	return strings.HasSuffix(u.Of, ".createServer") || strings.HasSuffix(u.Of, ".createSecureServer") || strings.HasSuffix(u.Of, "Server")
}
