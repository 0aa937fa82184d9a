package smarthost

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"pavise/mail/letter"
	"pavise/test/servers"
)

// A backend takes mail as it is told.
type backend struct {
	mechanisms []string
	refuse     map[string]*smtp.SMTPError // by what is said: AUTH, an address, DATA
	mu         sync.Mutex
	texts      []string
	logins     int
}

func (b *backend) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{b: b}, nil }

type session struct{ b *backend }

func (s *session) Reset()                   {}
func (s *session) Logout() error            { return nil }
func (s *session) AuthMechanisms() []string { return s.b.mechanisms }

func (s *session) Auth(mech string) (sasl.Server, error) {
	check := func(user, password string) error {
		s.b.mu.Lock()
		defer s.b.mu.Unlock()
		if s.b.logins++; user != "shop" || password != "secret" {
			return smtp.ErrAuthFailed
		}
		return nil
	}
	if mech == sasl.Plain {
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	}
	return &loginServer{check: check}, nil
}

// A loginServer asks as Exchange does, in words of its own.
type loginServer struct {
	check func(user, password string) error
	user  string
	step  int
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("User Name"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Pass phrase?"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

func (s *session) told(what string) error {
	if err := s.b.refuse[what]; err != nil {
		return err
	}
	return nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error { return s.told(from) }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error   { return s.told(to) }

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.told("DATA"); err != nil {
		return err
	}
	s.b.mu.Lock()
	defer s.b.mu.Unlock()
	s.b.texts = append(s.b.texts, string(text))
	return nil
}

// serve starts a server with TLS, and returns a client of it.
func serve(t *testing.T, b *backend, implicit bool) *Host {
	t.Helper()
	pair := servers.SelfSigned(t, servers.ECDSA)
	s := smtp.NewServer(b)
	s.Domain, s.TLSConfig = "mx.test", &tls.Config{Certificates: []tls.Certificate{pair}}
	l := servers.Listen(t)
	if implicit {
		l = tls.NewListener(l, s.TLSConfig)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return &Host{Addr: "localhost:" + port, Implicit: implicit, TLS: &tls.Config{RootCAs: roots}, Hello: "web.test",
		Password: func() (string, error) { return "secret", nil }}
}

func message(text string, to ...string) *letter.Letter {
	return &letter.Letter{From: "hi@shop.test", To: to, Size: int64(len(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

const text = "Subject: x\r\n\r\n.dot\r\n..\r\nend\r\n"

// TestSend: a message comes as it was, within TLS of both kinds and by both logins.
func TestSend(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		for _, mechanism := range []string{"", sasl.Plain, sasl.Login} {
			b := &backend{mechanisms: []string{mechanism}}
			h := serve(t, b, implicit)
			if mechanism != "" {
				h.User = "shop"
			} else {
				b.mechanisms = nil
			}
			outcomes, err := h.Send(t.Context(), message(text, "jane@b.test", "joe@b.test"))
			if err != nil || len(outcomes) != 2 || outcomes[0].Fate != letter.Delivered || outcomes[1].Fate != letter.Delivered {
				t.Errorf("%v %s: %v %v", implicit, mechanism, outcomes, err)
			}
			if len(b.texts) != 1 || b.texts[0] != text {
				t.Errorf("%q", b.texts)
			}
		}
	}
}

// TestTrouble: what is no fault of the message is trouble, and not a word of it is said
// without TLS that is verified.
func TestTrouble(t *testing.T) {
	for name, change := range map[string]func(*backend, *Host){
		"another certificate":  func(_ *backend, h *Host) { h.TLS = nil },
		"another name":         func(_ *backend, h *Host) { h.Addr = strings.Replace(h.Addr, "localhost", "127.0.0.1", 1) },
		"a wrong password":     func(_ *backend, h *Host) { h.Password = func() (string, error) { return "wrong", nil } },
		"no password":          func(_ *backend, h *Host) { h.Password = func() (string, error) { return "", errors.New("no file") } },
		"no login by password": func(b *backend, _ *Host) { b.mechanisms = []string{"CRAM-MD5"} },
		"a login is wanted": func(b *backend, _ *Host) {
			b.refuse = map[string]*smtp.SMTPError{"hi@shop.test": {Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "log in"}}
		},
		"it goes away": func(b *backend, _ *Host) { b.refuse = map[string]*smtp.SMTPError{"DATA": {Code: 421, Message: "bye"}} },
		"nobody there": func(_ *backend, h *Host) { h.Addr = "127.0.0.1:1" },
	} {
		b := &backend{mechanisms: []string{sasl.Plain}}
		h := serve(t, b, false)
		h.User = "shop"
		change(b, h)
		outcomes, err := h.Send(t.Context(), message(text, "jane@b.test"))
		var trouble *letter.Trouble
		if !errors.As(err, &trouble) || len(outcomes) > 0 || len(b.texts) > 0 {
			t.Errorf("%s: %v %v %q", name, outcomes, err, b.texts)
		}
		if strings.HasPrefix(name, "another") && b.logins > 0 {
			t.Errorf("%s: a password was shown", name)
		}
	}
}

// TestNoTLS: a server without STARTTLS, or one whose offer somebody on the way has cut out,
// gets nothing.
func TestNoTLS(t *testing.T) {
	var mu sync.Mutex
	heard := ""
	addr := servers.Speak(t, func(c net.Conn) {
		io.WriteString(c, "220 mx.test\r\n")
		buffer := make([]byte, 1000)
		for {
			n, err := c.Read(buffer)
			mu.Lock()
			heard += string(buffer[:n])
			mu.Unlock()
			if err != nil {
				return
			}
			io.WriteString(c, "250-mx.test\r\n250 AUTH PLAIN\r\n")
		}
	})
	h := &Host{Addr: addr, Hello: "web.test", User: "shop", Password: func() (string, error) { return "secret", nil }}
	_, err := h.Send(t.Context(), message(text, "jane@b.test"))
	mu.Lock()
	defer mu.Unlock()
	if err == nil || strings.Contains(heard, "AUTH") || strings.Contains(heard, "MAIL") {
		t.Errorf("%v: it heard %q", err, heard)
	}
}

// TestHello: a server hears our name from the first word on, and what somebody on the way
// puts behind its answer to STARTTLS is none of its.
func TestHello(t *testing.T) {
	for name, c := range map[string]struct{ hello, start, want string }{
		"sent away":  {"421 4.7.0 Try again later", "", "421"},
		"no offer":   {"250-mx.test\r\n250 AUTH PLAIN", "", "STARTTLS: it is not offered"},
		"no TLS now": {"250-mx.test\r\n250 starttls", "454 4.7.0 not now", "454"},
		"slipped in": {"250-mx.test\r\n250 STARTTLS", "220 go\r\n250 mx.test", "more was said"},
		"for ever":   {strings.Repeat("250-X\r\n", maxPlain/7), "", "EOF"},
	} {
		heard := make(chan string, 1)
		addr := servers.Speak(t, func(conn net.Conn) {
			in := bufio.NewReader(conn)
			io.WriteString(conn, "220 mx.test\r\n")
			first, _ := in.ReadString('\n')
			heard <- first
			io.WriteString(conn, c.hello+"\r\n")
			if _, err := in.ReadString('\n'); err == nil {
				io.WriteString(conn, c.start+"\r\n")
			}
			io.Copy(io.Discard, conn)
		})
		_, err := (&Host{Addr: addr, Hello: "web.test"}).Send(t.Context(), message(text, "jane@b.test"))
		if first := <-heard; first != "EHLO web.test\r\n" || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: it heard %q first: %v", name, first, err)
		}
	}
}

// TestRecipients: each has its own fate.
func TestRecipients(t *testing.T) {
	b := &backend{refuse: map[string]*smtp.SMTPError{
		"no@b.test":    {Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such"},
		"later@b.test": {Code: 450, Message: "greylisted"},
	}}
	h := serve(t, b, false)
	outcomes, err := h.Send(t.Context(), message(text, "no@b.test", "yes@b.test", "later@b.test"))
	if err != nil || len(outcomes) != 3 {
		t.Fatal(outcomes, err)
	}
	for _, o := range outcomes {
		want := map[string]letter.Outcome{
			"no@b.test":    {Fate: letter.Failed, Status: "5.1.1", Said: "550 no such"},
			"later@b.test": {Fate: letter.Delayed, Status: "4.0.0", Said: "450 greylisted"},
			"yes@b.test":   {Fate: letter.Delivered, Status: "2.0.0", Said: o.Said},
		}[o.To]
		if want.To = o.To; o != want {
			t.Errorf("%+v, want %+v", o, want)
		}
	}
	for what, want := range map[string]letter.Fate{"hi@shop.test": letter.Failed, "DATA": letter.Failed} {
		b.refuse = map[string]*smtp.SMTPError{what: {Code: 554, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "spam"}}
		if outcomes, err := h.Send(t.Context(), message(text, "yes@b.test")); err != nil || len(outcomes) != 1 || outcomes[0].Fate != want {
			t.Errorf("%s: %v %v", what, outcomes, err)
		}
	}
}

// TestBrokenOff: a message that cannot be read to its end is no message at the other side.
func TestBrokenOff(t *testing.T) {
	b := &backend{}
	h := serve(t, b, false)
	l := message(text, "jane@b.test")
	l.Open = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(text), broken{})), nil
	}
	if _, err := h.Send(t.Context(), l); err == nil {
		t.Error("it is said to be sent")
	}
	time.Sleep(50 * time.Millisecond)
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.texts) > 0 {
		t.Errorf("half a message has arrived: %q", b.texts)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the disk is broken") }

// TestFold: no line is longer than a server must take, and nothing is lost but the breaks.
func TestFold(t *testing.T) {
	for _, line := range []string{"short", strings.Repeat("x", 998), strings.Repeat("x", 999), strings.Repeat("é", 5000),
		strings.Repeat("word ", 1000), strings.Repeat("<td>ü</td>", 800)} {
		var b bytes.Buffer
		f := &folder{w: &b}
		for part := line + "\r\n" + line + "\r\n"; part != ""; {
			n := min(len(part), 700)
			if _, err := f.Write([]byte(part[:n])); err != nil {
				t.Fatal(err)
			}
			part = part[n:]
		}
		if err := f.Flush(); err != nil {
			t.Fatal(err)
		}
		for _, out := range strings.Split(b.String(), "\r\n") {
			if len(out) > maxLine || strings.ToValidUTF8(out, "") != out {
				t.Errorf("a line of %d bytes: %.60q", len(out), out)
			}
		}
		plain := strings.NewReplacer("\r\n", "", " ", "")
		if plain.Replace(b.String()) != plain.Replace(line+line) {
			t.Errorf("%.60q is changed", line)
		}
	}
}
