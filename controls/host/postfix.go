package host

import (
	"slices"
	"strings"

	"pavise"
)

// Postfix looks at whose mail it takes, and how it sends its own.
type Postfix struct{}

const (
	postfix          = "host.postfix"
	ruleInterfaces   = postfix + ".interfaces"
	ruleRelay        = postfix + ".relay"
	ruleNetworks     = postfix + ".networks"
	ruleRelayTLS     = postfix + ".relayhost-tls"
	ruleRelaySASL    = postfix + ".relayhost-login"
	ruleMailTLS      = postfix + ".tls"
	ruleMailVersions = postfix + ".protocols"
	ruleMailLogin    = postfix + ".login"
	ruleMailBanner   = postfix + ".banner"
	ruleVRFY         = postfix + ".vrfy"
	relays           = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:L"
	decryptsMail     = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N"
)

// Doc describes the control.
func (Postfix) Doc() pavise.Doc {
	rule := func(id, title string, severity pavise.Severity, cvss, set string, references ...string) pavise.Rule {
		return pavise.Rule{ID: id, Title: title, Severity: severity, CVSS: cvss, References: references, Owner: true, Fix: pavise.Fix{Other: set}}
	}
	versions := rule(ruleMailVersions, "Postfix speaks TLS 1.2 and newer alone", pavise.Medium, earlyTLS,
		"postconf -e 'smtpd_tls_protocols = >=TLSv1.2' 'smtpd_tls_mandatory_protocols = >=TLSv1.2'\nsystemctl reload postfix", pciTLS, "RFC 8996", "CWE-326")
	versions.Automatic = "SSL or early TLS is offered"
	return pavise.Doc{
		ID:       postfix,
		Title:    "Postfix",
		Why:      "A web server that only sends mail needs no port 25 in the open: there it is tried as a relay for others, and a scan for PCI fails by its old TLS. Mail that leaves in the clear shows the links of password mails to everybody on the way.",
		Verifies: "main.cf and the -o of master.cf, with the parameters that they name put in; where nothing stands, what Postfix 3.7 has of itself.",
		Rules: []pavise.Rule{
			rule(ruleInterfaces, "Postfix takes mail from this machine alone, unless it has domains of its own", pavise.Low, "",
				"postconf -e 'inet_interfaces = loopback-only'\nsystemctl restart postfix\n# a server that only sends needs no Postfix: pavise mail serve (docs/operate/mail.md)", "PCI DSS 4.0.1 2.2.4", "PCI DSS 4.0.1 1.2.5", "CWE-668"),
			rule(ruleRelay, "Postfix carries no mail of strangers to strangers", pavise.Medium, relays,
				"postconf -e 'smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination'\nsystemctl reload postfix", "PCI DSS 4.0.1 2.2.6", "RFC 2505 2.1", "CWE-284"),
			rule(ruleNetworks, "Postfix trusts only networks of its own", pavise.Medium, relays,
				"postconf -e 'mynetworks = 127.0.0.0/8 [::1]/128'\nsystemctl reload postfix", "PCI DSS 4.0.1 2.2.6", "RFC 2505 2.1", "CWE-284"),
			rule(ruleRelayTLS, "Mail goes to the relay over TLS, or not at all", pavise.Medium, decryptsMail,
				"postconf -e 'smtp_tls_security_level = verify' 'smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt'\nsystemctl reload postfix", pciTLS, "ASVS 5.0 12.3.1", "RFC 8314 3", "CWE-319"),
			rule(ruleRelaySASL, "Mail leaves by a relay at which Postfix logs in", pavise.Info, "",
				"# relayhost = [smtp.postmarkapp.com]:587, and in /etc/postfix/sasl_passwd (mode 600): [smtp.postmarkapp.com]:587 TOKEN:TOKEN\npostmap /etc/postfix/sasl_passwd\npostconf -e 'smtp_sasl_auth_enable = yes' 'smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd' 'smtp_sasl_security_options = noanonymous'\nsystemctl reload postfix",
				"PCI DSS 4.0.1 8.6.2", "RFC 4954 4", "CWE-306"),
			rule(ruleMailTLS, "Postfix offers TLS to who brings mail", pavise.Low, "",
				"postconf -e 'smtpd_tls_security_level = may'\nsystemctl reload postfix", pciTLS, "RFC 3207 4", "CWE-319"),
			versions,
			rule(ruleMailLogin, "Postfix takes passwords over TLS alone", pavise.Medium, decryptsMail,
				"postconf -e 'smtpd_tls_auth_only = yes'\nsystemctl reload postfix", "PCI DSS 4.0.1 8.3.2", "RFC 8314 3.3", "CWE-523"),
			rule(ruleMailBanner, "Postfix does not tell its version", pavise.Low, "",
				"postconf -e 'smtpd_banner = $myhostname ESMTP'\nsystemctl reload postfix", "PCI DSS 4.0.1 2.2.6", "ASVS 5.0 13.4.6", "CWE-200"),
			rule(ruleVRFY, "Postfix does not tell strangers who has an account", pavise.Low, "",
				"postconf -e 'disable_vrfy_command = yes'\nsystemctl reload postfix", "PCI DSS 4.0.1 2.2.6", "RFC 5321 7.3", "CWE-204"),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Postfix) Validate() error { return nil }

// Check looks at what is sent, and at each service that takes mail from strangers.
func (c Postfix) Check(e *pavise.Evidence) []pavise.Finding {
	return inspect(e, "postfix", c.Doc(), func(l *ledger) {
		m := newMailer(l)
		takers := m.takers()
		m.interfaces(takers)
		m.networks()
		m.relayhost()
		for _, service := range takers {
			m.service = service.Block
			m.relays()
			m.incoming()
		}
	})
}

// interfaces judges whether port 25 need be in the open.
func (m mailer) interfaces(takers []pavise.Directive) {
	const want = "inet_interfaces = loopback-only"
	d := m.get("inet_interfaces")
	switch why := m.own(); {
	case local(word(d, 0)):
		m.judge(ruleInterfaces, true, d, set(d), want)
	case len(takers) == 0:
		m.judge(ruleInterfaces, true, d, "no service of master.cf takes mail from elsewhere", want)
	case why != "":
		m.judge(ruleInterfaces, true, d, set(d)+", and "+why, want)
	default:
		m.judge(ruleInterfaces, false, d, set(d)+", and there is no domain that mail is taken for", want)
	}
}

// own says by what Postfix is a mail server for others than this machine; "" if it is none.
func (m mailer) own() string {
	for _, name := range []string{"virtual_mailbox_domains", "virtual_alias_domains", "relay_domains"} {
		if d := m.get(name); !d.Usual && strings.Trim(word(d, 0), ", ") != "" {
			return "it takes mail for " + set(d)
		}
	}
	if d := m.get("smtpd_sasl_auth_enable"); word(d, 0) == "yes" {
		return "people log in to send: " + set(d)
	}
	return ""
}

// networks judges whom it carries mail for without a question.
func (m mailer) networks() {
	d := m.get("mynetworks")
	if d.Name == "" {
		style := m.get("mynetworks_style")
		m.judge(ruleNetworks, word(style, 0) != "class", style, set(style), "mynetworks = 127.0.0.0/8 [::1]/128")
		return
	}
	var wide []string
	for _, network := range items(word(d, 0)) {
		if isWide(network) {
			wide = append(wide, network)
		}
	}
	saw := set(d)
	if len(wide) > 0 {
		saw = "it trusts " + strings.Join(wide, ", ") + ": " + saw
	}
	m.judge(ruleNetworks, len(wide) == 0, d, saw, "mynetworks = 127.0.0.0/8 [::1]/128")
}

// relayhost judges how mail goes to the next server, where all of it goes to one.
func (m mailer) relayhost() {
	relay := m.get("relayhost")
	host := strings.Trim(strings.SplitN(word(relay, 0), "]", 2)[0], "[")
	switch {
	case host == "" && m.own() == "":
		m.judge(ruleRelaySASL, false, relay, set(relay)+": mail leaves from this machine's own address", "relayhost = [smtp.postmarkapp.com]:587, with a login and TLS")
		return
	case host == "", isLocal(host):
		return
	}
	level := m.get("smtp_tls_security_level")
	strict := slices.Contains([]string{"encrypt", "verify", "secure", "dane-only", "fingerprint"}, word(level, 0))
	m.judge(ruleRelayTLS, strict, level, set(relay)+", and "+set(level), "smtp_tls_security_level = verify")
	login, maps := m.get("smtp_sasl_auth_enable"), m.get("smtp_sasl_password_maps")
	at := login
	if word(login, 0) == "yes" {
		at = maps
	}
	m.judge(ruleRelaySASL, word(login, 0) == "yes" && word(maps, 0) != "", at, set(relay)+", and "+set(login)+", "+set(maps),
		"smtp_sasl_auth_enable = yes, smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd")
}
