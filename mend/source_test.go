package mend

import (
	"strings"
	"testing"

	"pavise"
)

func TestPostfixEdits(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"in its line":           {"# inet_interfaces = x\ninet_interfaces=all\nmyhostname = a\n", "# inet_interfaces = x\ninet_interfaces=loopback-only\nmyhostname = a\n"},
		"with what goes on":     {"inet_interfaces = 10.0.0.1,\n  # why\n  all\n\nx = y\n", "inet_interfaces = loopback-only\n\nx = y\n"},
		"where nothing stands":  {"inet_interfaces =\nx = y\n", "inet_interfaces = loopback-only\nx = y\n"},
		"on the next line":      {"inet_interfaces =\n  all\nx = y\n", "inet_interfaces = loopback-only\nx = y\n"},
		"the last of two":       {"inet_interfaces = a\ninet_interfaces = b\n", "inet_interfaces = a\ninet_interfaces = loopback-only\n"},
		"where there is none":   {"x = y", "x = y\ninet_interfaces = loopback-only\n"},
		"with the file's lines": {"x = y\r\n", "x = y\r\ninet_interfaces = loopback-only\r\n"},
	} {
		got, err := apply([]byte(c.text), postfixEdits([]byte(c.text), postfixRules["host.postfix.interfaces"]))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestRelayByPostmark(t *testing.T) {
	read := func(string) ([]byte, error) { return []byte("myhostname = a\n"), nil }
	m := &pavise.Machine{Configs: []pavise.Config{{Service: "postfix", File: "/etc/postfix/main.cf",
		Directives: []pavise.Directive{{Name: "relayhost", Args: []string{""}}}}}}
	file, edits, err := hostEdits(m, "host.postfix.relayhost-login", "/etc/postfix/main.cf", read)
	if err != nil || file != "etc/postfix/main.cf" || len(edits) != 1 || !strings.HasPrefix(edits[0].text, "relayhost = [smtp.postmarkapp.com]:587\nsmtp_sasl_auth_enable = yes\n") || !strings.Contains(edits[0].text, "smtp_tls_security_level = verify\n") {
		t.Errorf("%s, %v, %v", file, edits, err)
	}
	if note := RelayNote(m); !strings.Contains(note, Postmark+" TOKEN:TOKEN") {
		t.Error(note)
	}
	if !OwnersChoice(m, "host.postfix.relayhost-login") || OwnersChoice(m, "host.postfix.banner") {
		t.Error("by whom mail goes is not the owner's to choose")
	}
	m.Configs[0].Directives[0].Args = []string{"[mx.example]:587"}
	if OwnersChoice(m, "host.postfix.relayhost-login") {
		t.Error("the owner has chosen, and is asked again")
	}
	if note := RelayNote(m); !strings.Contains(note, "\n  [mx.example]:587 USER:PASSWORD\n") || strings.Contains(note, "postmark") {
		t.Errorf("of a relay that stands there it says %s", note)
	}
	if _, edits, _ := hostEdits(m, "host.postfix.relayhost-login", "/etc/postfix/main.cf", read); strings.Contains(edits[0].text, "relayhost =") {
		t.Errorf("a relay that stands there becomes %v", edits)
	}
}

func TestNginxEdits(t *testing.T) {
	const text = "http {\r\n\tssl_protocols TLSv1 TLSv1.2; # old\r\n\t# server_tokens off;\r\n}\r\n"
	for _, c := range []struct {
		line              int
		name, value, want string
	}{
		{2, "ssl_protocols", "TLSv1.2 TLSv1.3", "http {\r\n\tssl_protocols TLSv1.2 TLSv1.3; # old\r\n\t# server_tokens off;\r\n}\r\n"},
		{1, "server_tokens", "off", "http {\r\n\tserver_tokens off;\r\n\tssl_protocols TLSv1 TLSv1.2; # old\r\n\t# server_tokens off;\r\n}\r\n"},
		{4, "server_tokens", "off", text},
		{99, "server_tokens", "off", text},
	} {
		got, err := apply([]byte(text), nginxEdits([]byte(text), c.line, c.name, c.value))
		if err != nil || string(got) != c.want {
			t.Errorf("line %d: %q, %v", c.line, got, err)
		}
	}
}

func TestNginxEditsTakeTheIndentOfTheBlock(t *testing.T) {
	const text = "http {\n\n\t# first\n}\n"
	got, err := apply([]byte(text), nginxEdits([]byte(text), 1, "server_tokens", "off"))
	if err != nil || string(got) != "http {\n\tserver_tokens off;\n\n\t# first\n}\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestApplyRefusesWhatLiesOutside(t *testing.T) {
	for _, edits := range [][]edit{{{0, 9, ""}}, {{2, 1, ""}}, {{0, 2, "a"}, {1, 3, "b"}}} {
		if got, err := apply([]byte("text"), edits); err == nil {
			t.Errorf("%v made %q", edits, got)
		}
	}
}

func TestShownMasksSecrets(t *testing.T) {
	got := Shown(File{"app.js", []byte("session({ secret: 'keyboard cat', name: 'x' })\npasswordHash = \"abc\"\n"), []byte{}})
	if strings.Contains(got, "keyboard") || strings.Contains(got, "abc") || !strings.Contains(got, "name: 'x'") {
		t.Errorf("it shows %s", got)
	}
}
