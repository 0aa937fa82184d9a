package mend

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// hostRules are the rules of a host that can be mended.
var hostRules = map[string]bool{"host.nginx-tls.protocols": true, "host.nginx-tls.allowed": true, "host.nginx-tokens.version": true}

// A parameter is one of Postfix, and what it is set to.
type parameter struct{ name, value string }

// postfixRules are what mends Postfix, in main.cf. The file with the password of the relay
// is left to its owner: see [RelayNote].
var postfixRules = map[string][]parameter{
	"host.postfix.interfaces":    {{"inet_interfaces", "loopback-only"}},
	"host.postfix.networks":      {{"mynetworks", "127.0.0.0/8 [::1]/128"}},
	"host.postfix.relay":         {{"smtpd_relay_restrictions", "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"}},
	"host.postfix.relayhost-tls": {{"smtp_tls_security_level", "verify"}, {"smtp_tls_CAfile", "/etc/ssl/certs/ca-certificates.crt"}},
	"host.postfix.relayhost-login": {{"smtp_sasl_auth_enable", "yes"},
		{"smtp_sasl_password_maps", "hash:/etc/postfix/sasl_passwd"}, {"smtp_sasl_security_options", "noanonymous"}},
	"host.postfix.tls":       {{"smtpd_tls_security_level", "may"}},
	"host.postfix.protocols": {{"smtpd_tls_protocols", ">=TLSv1.2"}, {"smtpd_tls_mandatory_protocols", ">=TLSv1.2"}},
	"host.postfix.login":     {{"smtpd_tls_auth_only", "yes"}},
	"host.postfix.banner":    {{"smtpd_banner", "$myhostname ESMTP"}},
	"host.postfix.vrfy":      {{"disable_vrfy_command", "yes"}},
}

// Postmark is the relay that is offered where none is set.
const Postmark = "[smtp.postmarkapp.com]:587"

// RelayNote says what a patch leaves to the owner, whose secret it is: for the relay that
// is set, or the one that is offered.
func RelayNote(m *pavise.Machine) string {
	relay, login := Postmark, "TOKEN:TOKEN"
	if own := value(m, "relayhost"); own != "" && own != Postmark {
		relay, login = own, "USER:PASSWORD"
	}
	return "Left to you, for it is a secret: /etc/postfix/sasl_passwd, mode 600, with the line\n" +
		"  " + relay + " " + login + "\nand then: postmap /etc/postfix/sasl_passwd && systemctl reload postfix"
}

// OwnersChoice reports whether what mends a rule is for the owner to choose: by whom the
// mail goes.
func OwnersChoice(m *pavise.Machine, rule string) bool {
	return rule == "host.postfix.relayhost-login" && value(m, "relayhost") == ""
}

// hostEdits are those that mend a rule at a place, /etc/nginx/nginx.conf:33.
func hostEdits(m *pavise.Machine, rule, where string, read func(string) ([]byte, error)) (file string, edits []edit, err error) {
	if m == nil {
		return "", nil, nil
	}
	file, line, _ := strings.Cut(where, ":")
	file = strings.TrimPrefix(file, "/")
	if parameters := postfixRules[rule]; parameters != nil {
		file = mainCF(m, file)
		text, err := read(file)
		if err != nil || text == nil {
			return "", nil, err
		}
		if OwnersChoice(m, rule) {
			parameters = slices.Concat([]parameter{{"relayhost", Postmark}}, parameters, postfixRules["host.postfix.relayhost-tls"])
		}
		return file, postfixEdits(text, parameters), nil
	}
	number, _ := strconv.Atoi(line)
	text, err := read(file)
	if err != nil || text == nil {
		return "", nil, err
	}
	name, value := "ssl_protocols", "TLSv1.2 TLSv1.3"
	if rule == "host.nginx-tokens.version" {
		name, value = "server_tokens", "off"
	}
	return file, nginxEdits(text, number, name, value), nil
}

// mainCF is the file of parameters, also where the place is another.
func mainCF(m *pavise.Machine, file string) string {
	for _, c := range m.Configs {
		if c.Service == "postfix" && path.Base(file) != "main.cf" {
			return path.Join(path.Dir(strings.TrimPrefix(c.File, "/")), "main.cf")
		}
	}
	return file
}

// value is what Postfix is told of a parameter, "" if nothing.
func value(m *pavise.Machine, name string) string {
	for _, c := range m.Configs {
		for _, d := range c.Directives {
			if c.Service == "postfix" && d.Name == name && !d.Usual {
				return strings.Join(d.Args, " ")
			}
		}
	}
	return ""
}

// postfixEdits sets parameters: in the last line that does, else in new ones at the end.
func postfixEdits(text []byte, parameters []parameter) []edit {
	var edits []edit
	added := ""
	for _, p := range parameters {
		start, end, found := parameterAt(text, p.name)
		if found {
			set := p.value
			if text[start-1] == '=' && (start == len(text) || text[start] <= ' ') { // nothing stood there
				set = " " + set
			}
			edits = append(edits, edit{start, end, set})
			continue
		}
		added += p.name + " = " + p.value + lineEnd(text)
	}
	if added != "" {
		if len(text) > 0 && text[len(text)-1] != '\n' {
			added = lineEnd(text) + added
		}
		edits = append(edits, edit{len(text), len(text), added})
	}
	return edits
}

func lineEnd(text []byte) string {
	if bytes.Contains(text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// parameterAt is where the value of a parameter stands, with the lines that continue it
// (postconf(5): those that begin with space).
func parameterAt(text []byte, name string) (start, end int, found bool) {
	at, inside := 0, false
	for line := range bytes.Lines(text) {
		next := at + len(line)
		body := bytes.TrimRight(line, "\r\n")
		key, _, assigns := bytes.Cut(body, []byte("="))
		switch {
		case len(bytes.TrimSpace(body)) == 0 || body[0] == '#':
		case body[0] == ' ' || body[0] == '\t':
			if inside {
				end = at + len(body)
			}
		default:
			inside = assigns && string(bytes.TrimSpace(key)) == name
			if inside {
				rest := body[len(key)+1:]
				start, end, found = at+len(body)-len(bytes.TrimLeft(rest, " \t")), at+len(body), true
			}
		}
		at = next
	}
	return start, end, found
}

// nginxEdits sets a directive on its line, or opens the block that stands there with it.
func nginxEdits(text []byte, number int, name, value string) []edit {
	start, line := lineAt(text, number)
	if line == nil {
		return nil
	}
	stands := regexp.MustCompile(`(?:^|[\s{;])` + name + `\s+([^;#{}"']*);`)
	if m := stands.FindSubmatchIndex(line); m != nil {
		return []edit{{start + m[2], start + m[3], value}}
	}
	if block := regexp.MustCompile(`^(\s*)(?:http|server)\s*\{\s*$`).FindSubmatchIndex(line); block != nil {
		at := start + len(bytes.TrimRight(line, "\r\n"))
		indent := string(line[block[2]:block[3]])
		step := "    "
		for next := range bytes.Lines(text[at:]) { // as the first line within
			if len(bytes.TrimSpace(next)) > 0 {
				if bytes.HasPrefix(next, []byte(indent+"\t")) {
					step = "\t"
				}
				break
			}
		}
		return []edit{{at, at, lineEnd(text) + indent + step + name + " " + value + ";"}}
	}
	return nil
}

// lineAt is where a line stands, counted from 1.
func lineAt(text []byte, number int) (start int, line []byte) {
	for line := range bytes.Lines(text) {
		if number--; number == 0 {
			return start, line
		}
		start += len(line)
	}
	return 0, nil
}
