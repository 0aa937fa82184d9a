package scan

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/test/mailserver"
)

// tlsOfTests is a configuration with a certificate for example.com.
func tlsOfTests(t *testing.T) *tls.Config {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	t.Cleanup(s.Close)
	return &tls.Config{Certificates: s.TLS.Certificates}
}

func hear(t *testing.T, m pavise.Mail) pavise.Answer {
	t.Helper()
	c := newClient(Options{})
	defer c.close()
	return c.answer(context.Background(), pavise.Probe{Mail: &m})
}

func TestMail(t *testing.T) {
	s := (&mailserver.Server{TLS: tlsOfTests(t), Extensions: []string{"SIZE 1000"}, Within: []string{"AUTH PLAIN"}}).Start(t)
	m := hear(t, pavise.Mail{Address: s.Addr, Name: "example.com", Relay: true}).Mailer
	if m == nil || m.Banner != "220 mail.test ESMTP" || !slices.Equal(m.Extensions, []string{"STARTTLS", "SIZE 1000"}) || !m.StartTLS ||
		!slices.Equal(m.Within, []string{"AUTH PLAIN"}) || m.Session == nil || len(m.Session.Chain) == 0 ||
		m.Relays == nil || m.Relays.Has || m.Relays.Unknown != "" {
		t.Errorf("%+v", m)
	}
	if s.Messages() != 0 {
		t.Error("a message was begun")
	}
}

func TestMailSecure(t *testing.T) {
	s := (&mailserver.Server{TLS: tlsOfTests(t), Secure: true, Within: []string{"AUTH PLAIN"}}).Start(t)
	m := hear(t, pavise.Mail{Address: s.Addr, Name: "example.com", Secure: true}).Mailer
	if m == nil || m.StartTLS || m.Extensions != nil || !slices.Equal(m.Within, []string{"AUTH PLAIN"}) || m.Session == nil || m.Relays != nil {
		t.Errorf("%+v", m)
	}
}

func TestOpenRelay(t *testing.T) {
	open := (&mailserver.Server{Relays: true}).Start(t)
	if m := hear(t, pavise.Mail{Address: open.Addr, Relay: true}).Mailer; m == nil || m.Relays == nil || !m.Relays.Has {
		t.Errorf("%+v", m)
	}
	if open.Messages() != 0 {
		t.Error("a message was begun")
	}
	later := (&mailserver.Server{Later: true}).Start(t)
	if m := hear(t, pavise.Mail{Address: later.Addr, Relay: true}).Mailer; m == nil || m.Relays == nil || m.Relays.Has || m.Relays.Unknown == "" {
		t.Errorf("%+v", m)
	}
}

func TestBrokenSTARTTLS(t *testing.T) {
	s := (&mailserver.Server{Broken: true}).Start(t)
	if m := hear(t, pavise.Mail{Address: s.Addr}).Mailer; m == nil || m.StartTLS || m.Session != nil {
		t.Errorf("%+v", m)
	}
	lies := serveTCP(t, func(c net.Conn) {
		c.Write([]byte("220 a\r\n250-a\r\n250 STARTTLS\r\n220 go\r\nnot TLS at all\r\n"))
		c.Read(make([]byte, 4096))
	})
	if m := hear(t, pavise.Mail{Address: addr(lies)}).Mailer; m == nil || m.StartTLS || m.Session == nil || m.Session.Refused == "" {
		t.Errorf("%+v", m)
	}
}

// TestHostileMail: what they say is bounded.
func TestHostileMail(t *testing.T) {
	for name, say := range map[string]string{
		"an endless line":  strings.Repeat("220", 1<<20),
		"an endless reply": strings.Repeat("220-more\r\n", 1<<16),
		"no reply at all":  "HTTP/1.1 200 OK\r\n\r\n",
		"an empty line":    "\r\n\r\n",
		"many extensions":  "220 a\r\n" + strings.Repeat("250-EXT "+strings.Repeat("x", 600)+"\r\n", 90) + "250 END\r\n",
	} {
		port := serveTCP(t, func(c net.Conn) { c.Write([]byte(say)) })
		a := hear(t, pavise.Mail{Address: addr(port), Relay: true})
		if a.Mailer != nil && (len(a.Mailer.Extensions) > maxExtensions || len(a.Mailer.Banner) > maxDialogue) {
			t.Errorf("%s: %d extensions", name, len(a.Mailer.Extensions))
		}
		if a.Mailer == nil && a.Error == "" {
			t.Errorf("%s: neither an answer nor an error", name)
		}
	}
	gone := serveTCP(t, func(net.Conn) {})
	if a := hear(t, pavise.Mail{Address: addr(gone)}); a.Mailer != nil || a.Error == "" {
		t.Errorf("%+v", a.Mailer)
	}
}
