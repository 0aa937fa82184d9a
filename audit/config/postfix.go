package config

import (
	"path"
	"slices"
	"strings"

	"pavise"
)

// usualPostfix is what Postfix 3.7 has where main.cf does not say it, as postconf -d
// shows it at compatibility_level 3.6.
var usualPostfix = []struct{ name, value string }{
	{"inet_interfaces", "all"}, {"inet_protocols", "all"}, {"mynetworks_style", "host"}, {"relayhost", ""},
	{"mail_name", "Postfix"}, {"smtpd_banner", "$myhostname ESMTP $mail_name"}, {"disable_vrfy_command", "no"},
	{"smtpd_relay_restrictions", "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination"},
	{"smtpd_recipient_restrictions", ""}, {"relay_domains", ""},
	{"smtp_tls_security_level", ""}, {"smtp_sasl_auth_enable", "no"}, {"smtp_sasl_password_maps", ""},
	{"smtpd_tls_security_level", ""}, {"smtpd_tls_auth_only", "no"}, {"smtpd_sasl_auth_enable", "no"},
	{"smtpd_tls_protocols", ">=TLSv1"}, {"smtpd_tls_mandatory_protocols", ">=TLSv1"},
}

// readPostfix reads main.cf and the master.cf beside it. Each parameter has one value,
// with the others that it names put in; a service is named "master:smtp/inet" and has the
// parameters that it overrides as its block.
func readPostfix(r *reader, file string) []pavise.Directive {
	var p parameters
	r.enter(file, func(text string) {
		for line := range indented(text) {
			name, value, ok := strings.Cut(line.text, "=")
			if !ok {
				r.miss(at(file, line.number), "there is no \"=\"")
				continue
			}
			if !r.more(file) {
				return
			}
			p.set(pavise.Directive{File: file, Line: line.number, Name: strings.TrimSpace(name), Args: []string{strings.TrimSpace(value)}})
		}
	})
	for _, usual := range usualPostfix {
		if _, set := p.place[usual.name]; !set {
			p.set(pavise.Directive{File: file, Name: usual.name, Args: []string{usual.value}, Usual: true})
		}
	}
	list := make([]pavise.Directive, len(p.list))
	for i, d := range p.list {
		d.Args = []string{p.expand(d.Args[0])}
		list[i] = masked(d)
	}
	list = append(list, masterFile(r, path.Join(path.Dir(file), "master.cf"), &p)...)
	if p.work >= maxWork {
		r.stop(file, "what its parameters name becomes too long")
	}
	return list
}

// masterFile reads the services of Postfix.
func masterFile(r *reader, file string, p *parameters) []pavise.Directive {
	var list []pavise.Directive
	r.enter(file, func(text string) {
		for line := range indented(text) {
			words := strings.Fields(line.text)
			if len(words) < 8 {
				r.miss(at(file, line.number), "it has less than the eight words of a service")
				continue
			}
			if !r.more(file) {
				return
			}
			d := pavise.Directive{File: file, Line: line.number, Name: "master:" + words[0] + "/" + words[1], Args: words[2:8]}
			for _, o := range overrides(words[8:]) {
				name, value, _ := strings.Cut(o, "=")
				d.Block = append(d.Block, pavise.Directive{File: file, Line: line.number, Name: strings.TrimSpace(name),
					Args: []string{p.expand(strings.TrimSpace(value))}})
			}
			list = append(list, d)
		}
	})
	return list
}

// overrides are what stands behind each -o: "name=value", or "{ name = value }".
func overrides(words []string) []string {
	var list []string
	for len(words) > 1 {
		flag := words[0]
		if words = words[1:]; flag != "-o" {
			continue
		}
		n := 1
		if strings.HasPrefix(words[0], "{") {
			n = 1 + max(0, slices.IndexFunc(words, func(w string) bool { return strings.HasSuffix(w, "}") }))
		}
		list = append(list, strings.Trim(strings.Join(words[:n], " "), "{} "))
		words = words[n:]
	}
	return list
}

// indented are the lines of a file of Postfix: one that begins with white space continues
// the one before, also over comments and empty lines.
func indented(text string) func(func(logical) bool) {
	return func(yield func(logical) bool) {
		var open logical
		var parts []string
		flush := func() bool {
			open.text = strings.Join(parts, " ")
			return len(parts) == 0 || yield(open)
		}
		number := 0
		for line := range strings.Lines(text) {
			number++
			bare := strings.TrimSpace(line)
			switch {
			case bare == "" || bare[0] == '#':
			case line[0] == ' ' || line[0] == '\t':
				if parts != nil { // else it continues nothing
					parts = append(parts, bare)
				}
			default:
				if !flush() {
					return
				}
				open.number, parts = number, []string{bare}
			}
		}
		flush()
	}
}
