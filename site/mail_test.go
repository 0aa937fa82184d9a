package site

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMail: what is wrong with the section is told where it stands.
func TestMail(t *testing.T) {
	for text, want := range map[string]string{
		"mail: {postmark: token}":                    "",
		"mail: {smart-host: 'smtp.example.com:587'}": "",
		"mail: {smart-host: {address: '[::1]:465', tls: implicit, user: u, password-file: p}, listen: ['[::1]:2525']}": "",
		"mail: {}": "1:7: mail: by whom is it sent? postmark or smart-host must say (postmark: /etc/pavise/postmark.token, or smart-host: {address: …, user: …, password-file: …})",
		"mail: {postmark: t, smart-host: 'a.test:25'}":         "1:33: mail: postmark and smart-host do not go together (delete one)",
		"mail: {postmark: {stream: x}}":                        "1:18: postmark: token-file is missing",
		"mail: {postmark: {token-file: t, url: 'http://a'}}":   `1:39: mail: postmark: url: want an https address, got "http://a" (such as https://api.postmarkapp.com/email)`,
		"mail: {postmark: t, listen: ['0.0.0.0:25']}":          `1:30: mail: listen: "0.0.0.0:25" is not loopback: the relay takes mail from this machine alone (write 127.0.0.1:25)`,
		"mail: {postmark: t, listen: ['[2001:db8::1]:25']}":    `1:30: mail: listen: "[2001:db8::1]:25" is not loopback: the relay takes mail from this machine alone (write 127.0.0.1:25)`,
		"mail: {postmark: t, listen: [':25']}":                 `1:30: mail: listen: want an address of loopback, got ":25" (such as 127.0.0.1:25 or [::1]:25)`,
		"mail: {postmark: t, listen: []}":                      "1:29: mail: listen must not be empty",
		"mail: {postmark: t, metrics: 127.0.0.1:9908}":         "",
		"mail: {postmark: t, metrics: 10.0.0.7:9908}":          "1:30: mail: metrics: listen: \"10.0.0.7:9908\" can be reached from other machines, and nobody is asked who they are (127.0.0.1:9908, or add allow-remote: true)",
		"mail: {smart-host: smtp.example.com}":                 `1:20: mail: smart-host: want host:port, got "smtp.example.com" (write smtp.example.com:587)`,
		"mail: {smart-host: {address: 'a.test:25', tls: off}}": `1:48: mail: smart-host: tls must be starttls or implicit, not "off": mail is not sent in the clear (known here: starttls, implicit)`,
		"mail: {smart-host: {address: 'a.test:25', user: u}}":  "1:20: mail: smart-host: user and password-file go together",
		"mail: {postmark: t, sender: www-data}":                `1:29: mail: sender: want a mail address, got "www-data" (such as noreply@example.com)`,
		"mail: {postmark: t, return-path: b@shop.test}":        `1:34: mail: return-path: Postmark sends by an address of its own domain, or by the one that is set there (delete it)`,
		"mail: {smart-host: 'a.test:25', return-path: b@c.d}":  "",
		"mail: {postmark: t, sender-domains: ['a@b.test']}":    `1:38: hosts: "a@b.test" is more than a host name`,
		"mail: {postmark: t, max-size: 10M}":                   `1:31: max-size: want a whole number, got "10M" (write 10485760)`,
		"mail: {postmark: t, per-hour: 0}":                     "1:31: mail: per-hour: must be positive",
		"mail: {postmark: t, give-up: 5d}":                     `1:30: give-up: want a duration such as 30s or 10m, got "5d" (write 120h)`,
		"mail: {postmark: t, give-up: 1s}":                     "1:30: mail: give-up: a message must be tried for an hour at least (RFC 5321 wants 120h)",
		"mail: {postmrak: t}":                                  `1:8: mail: unknown key "postmrak" (did you mean "postmark"?)`,
	} {
		file := filepath.Join(t.TempDir(), "pavise.yaml")
		os.WriteFile(file, []byte(text+"\nsites: broken\n"), 0o600)
		_, err := LoadMail(file)
		got := ""
		if err != nil {
			got = strings.ReplaceAll(err.Error(), file+":", "")
		}
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s:\n%s", text, got)
		}
	}
	if _, err := Parse("pavise.yaml", []byte("mail: {}\nsites: [{hosts: [a.test], to: 3000}]\n"), nil, nil); err == nil || !strings.Contains(err.Error(), "by whom") {
		t.Errorf("in the whole file: %v", err)
	}
}

// TestMailPaths: files lie beside the configuration, and the rest of it may be anything.
func TestMailPaths(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "pavise.yaml")
	os.WriteFile(file, []byte("mail: {postmark: token, queue: spool, give-up: 48h}\n"), 0o600)
	m, err := LoadMail(file)
	if err != nil || m.Postmark.TokenFile != filepath.Join(dir, "token") || m.Queue != filepath.Join(dir, "spool") || m.GiveUp != 48*time.Hour || m.Line != 1 {
		t.Errorf("%+v %v", m, err)
	}
	os.WriteFile(file, []byte("sites: []\n"), 0o600)
	if _, err := LoadMail(file); !errors.Is(err, ErrNoMail) {
		t.Error(err)
	}
}
