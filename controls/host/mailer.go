package host

import (
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

// A mailer looks up the parameters of Postfix, as one service of master.cf has them.
type mailer struct {
	*ledger
	parameters map[string]pavise.Directive
	service    []pavise.Directive // what it overrides
}

func newMailer(l *ledger) mailer {
	m := mailer{ledger: l, parameters: map[string]pavise.Directive{}}
	for _, d := range l.config.Directives {
		m.parameters[d.Name] = d
	}
	return m
}

// get returns a parameter; without a name where neither a file nor we know it.
func (m mailer) get(name string) pavise.Directive {
	if i := slices.IndexFunc(m.service, func(d pavise.Directive) bool { return d.Name == name }); i >= 0 {
		return m.service[i]
	}
	return m.parameters[name]
}

// set writes a parameter as main.cf has it.
func set(d pavise.Directive) string {
	s := d.Name + " = " + pavise.Clip(word(d, 0), 200)
	if d.Usual {
		s += " (no line says it: Postfix has that of itself)"
	}
	return s
}

// takers are the services that take mail from other machines.
func (m mailer) takers() []pavise.Directive {
	var list []pavise.Directive
	for _, d := range m.config.Directives {
		name, service := strings.CutPrefix(d.Name, "master:")
		address, kind, _ := strings.Cut(name, "/")
		program := word(d, 5)
		everywhere := !strings.Contains(address, ":") && !local(word(m.get("inet_interfaces"), 0))
		elsewhere := strings.Contains(address, ":") && !isLocal(address)
		if service && kind == "inet" && (program == "smtpd" || program == "postscreen") && (everywhere || elsewhere) {
			list = append(list, d)
		}
	}
	return list
}

// local reports whether inet_interfaces are those of loopback alone.
func local(interfaces string) bool {
	list := items(interfaces)
	return len(list) > 0 && !slices.ContainsFunc(list, func(i string) bool { return i != "loopback-only" && !isLocal(i) })
}

// items are those of a list, which commas or spaces part.
func items(value string) []string {
	return strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// isWide reports whether a network is more than a company has: of IPv4 wider than /8, or
// than /16 where it is public.
func isWide(network string) bool {
	p, err := netip.ParsePrefix(strings.NewReplacer("[", "", "]", "").Replace(network))
	if err != nil || strings.HasPrefix(network, "!") {
		return false // a table, or a name
	}
	if p.Addr().Is4In6() {
		p = netip.PrefixFrom(p.Addr().Unmap(), max(0, p.Bits()-96))
	}
	private := p.Addr().IsPrivate() || p.Addr().IsLoopback() || p.Addr().IsLinkLocalUnicast()
	if p.Addr().Is4() {
		return p.Bits() < 8 || !private && p.Bits() < 16
	}
	return p.Bits() < 7 || !private && p.Bits() < 32
}

// relays judges whether strangers are refused that send to strangers.
func (m mailer) relays() {
	const want = "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"
	own, later := m.get("smtpd_relay_restrictions"), m.get("smtpd_recipient_restrictions")
	holds := refuses(word(own, 0)) || refuses(word(later, 0))
	saw := set(own)
	if word(later, 0) != "" {
		saw += ", " + set(later)
	}
	m.judge(ruleRelay, holds, own, saw, want)
}

// refuses reports whether restrictions come to a refusal of strangers before they permit
// everybody.
func refuses(restrictions string) bool {
	for _, r := range items(restrictions) {
		switch r {
		case "reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit":
			return true
		case "permit":
			return false
		}
	}
	return false
}

// incoming judges what a service says to strangers.
func (m mailer) incoming() {
	level := m.get("smtpd_tls_security_level")
	old := m.get("smtpd_use_tls")
	tls := word(level, 0) == "may" || word(level, 0) == "encrypt" || word(level, 0) == "" && word(old, 0) == "yes"
	m.judge(ruleMailTLS, tls, level, set(level), "smtpd_tls_security_level = may")
	if tls {
		name := "smtpd_tls_protocols"
		if word(level, 0) == "encrypt" {
			name = "smtpd_tls_mandatory_protocols"
		}
		d := m.get(name)
		m.versions(postfix, oldMail(word(d, 0)), d, set(d), name+" = >=TLSv1.2")
	}
	if login := m.get("smtpd_sasl_auth_enable"); word(login, 0) == "yes" {
		only := m.get("smtpd_tls_auth_only")
		holds := word(only, 0) == "yes" || word(level, 0) == "encrypt"
		m.judge(ruleMailLogin, holds, only, set(login)+", and "+set(only), "smtpd_tls_auth_only = yes")
	}
	banner := m.get("smtpd_banner")
	m.judge(ruleMailBanner, !strings.Contains(word(banner, 0), "mail_version"), banner, set(banner), "smtpd_banner = $myhostname ESMTP")
	vrfy := m.get("disable_vrfy_command")
	m.judge(ruleVRFY, word(vrfy, 0) == "yes", vrfy, set(vrfy), "disable_vrfy_command = yes")
}

// oldMail reports whether a list of protocols of Postfix lets TLS 1.0 or 1.1 in: by
// ">=TLSv1.2", by those that it names, or by all but those it shuts out.
func oldMail(protocols string) bool {
	shut, named, least := map[string]bool{}, []string{}, ""
	for _, p := range items(strings.ReplaceAll(protocols, ":", " ")) {
		switch {
		case strings.HasPrefix(p, "!"):
			shut[strings.ToUpper(p[1:])] = true
		case strings.HasPrefix(p, ">="):
			least = strings.ToUpper(strings.TrimSpace(p[2:]))
		case !strings.HasPrefix(p, "<="):
			named = append(named, strings.ToUpper(p))
		}
	}
	for _, old := range []string{"TLSV1", "TLSV1.1"} {
		reached := least == "" || least <= old
		if least == "" && len(named) > 0 {
			reached = slices.Contains(named, old)
		}
		if reached && !shut[old] {
			return true
		}
	}
	return false
}
