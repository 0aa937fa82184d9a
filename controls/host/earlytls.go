package host

import (
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// ruleAllowed is the rule beside the one about early TLS that is offered: of what is
// allowed, and only OpenSSL keeps out.
func ruleAllowed(control, service string, fix pavise.Fix) pavise.Rule {
	return pavise.Rule{ID: control + ".allowed", Title: service + " allows no early TLS that OpenSSL alone refuses", Severity: pavise.Low,
		References: []string{pciSecureDefault, "ASVS 5.0 12.1.1", "RFC 8996", "CWE-326"}, Owner: true, Fix: fix}
}

// versions judges a setting that lets early TLS in or does not. What the library refuses
// all the same is not offered, and a scan does not find it; but a line in openssl.cnf, or
// a list of ciphers, would change that.
func (l *ledger) versions(control string, old bool, d pavise.Directive, saw, want string) {
	refuser := ""
	if old {
		refuser = l.refuser()
	}
	if refuser != "" {
		saw += "; TLS 1.0 and 1.1 are refused by " + refuser + " alone"
	}
	l.judge(control+".protocols", !old || refuser != "", d, saw, want)
	if !old || refuser != "" {
		l.judge(control+".allowed", !old, d, saw, want)
	}
}

// refuser names the library that refuses early TLS whatever the service allows: OpenSSL 3
// as Debian and Ubuntu have it, at level 2, and OpenSSL 3.1 of others, above level 0
// (https://github.com/openssl/openssl/commit/7bf2e4d7f0c7). "" is that it is not known,
// or that the level is set to 0.
func (l *ledger) refuser() string {
	library, packaged := "", false
	for _, s := range l.machine.Software {
		switch {
		case s.Name == "openssl" && s.Package != "" && !keepsOut(s):
			return ""
		case s.Name == "openssl" && s.Package != "":
			library = "OpenSSL " + s.Version
		case s.Name == product(l.config.Service) && s.Package == "" && strings.HasPrefix(s.From, "/"):
			return "" // it may have a library of its own
		case s.Name == product(l.config.Service):
			packaged = true
		}
	}
	if !packaged || len(l.config.Unread) > 0 || loosened(l.config.Directives, 0) {
		return ""
	}
	if own := l.machine.OpenSSL; own != nil && (len(own.Unread) > 0 || loosened(own.Directives, 0)) {
		return ""
	}
	return library
}

// product is what a service is called among the software.
func product(service string) string {
	if service == "apache" {
		return "apache-http-server"
	}
	return service
}

// keepsOut reports whether a release of OpenSSL refuses early TLS at its own level.
func keepsOut(s pavise.Software) bool {
	major, rest, _ := strings.Cut(s.Version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, _ := strconv.Atoi(major)
	b, _ := strconv.Atoi(minor)
	return a > 3 || a == 3 && (b > 0 || strings.Contains(s.From, "dpkg"))
}

// loosened reports whether a directive sets the security level to 0, or takes another
// file for OpenSSL's own.
func loosened(block []pavise.Directive, depth int) bool {
	return slices.ContainsFunc(block, func(d pavise.Directive) bool {
		level := slices.ContainsFunc(d.Args, func(arg string) bool { return strings.Contains(strings.ToUpper(arg), "SECLEVEL=0") })
		return level || d.Name == "tls_config_file" && word(d, 0) != "default" || depth < maxBlocks && loosened(d.Block, depth+1)
	})
}
