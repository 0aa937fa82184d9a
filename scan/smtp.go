package scan

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"time"

	"pavise"
)

// Bounds of a dialogue with a mail server. Some let a stranger wait before they greet.
const (
	mailTime      = 20 * time.Second
	maxDialogue   = 64 << 10 // that the server says, before TLS and within it
	maxExtensions = 50
	maxLine       = 512 // of a reply that is kept (RFC 5321 4.5.3.1.5)
)

// Strangers to every server: the names are reserved, and no mail is taken for them
// (RFC 2606 3, RFC 7505).
const (
	relaySender    = "<pavise@example.com>"
	relayRecipient = "<pavise@example.net>"
)

// mail hears what a mail server says to a stranger. It never sends a message.
func (c client) mail(ctx context.Context, m pavise.Mail) (*pavise.Mailer, error) {
	conn, err := c.dial(ctx, "tcp", m.Address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	out := new(pavise.Mailer)
	if m.Secure {
		inner, err := c.within(ctx, conn, m.Name, out)
		if err != nil {
			return nil, err
		}
		conn = inner
	}
	d := dialogue(conn)
	code, text, err := d.reply()
	if err != nil {
		return nil, err
	}
	out.Banner = fmt.Sprintf("%d %s", code, text)
	if code != 220 {
		return out, nil // it speaks with nobody from here
	}
	said, err := d.hello(conn)
	if err != nil {
		return out, nil
	}
	if m.Secure {
		out.Within = said
	} else {
		out.Extensions = said
		if d, err = c.upgradeMail(ctx, conn, d, m.Name, out); err != nil {
			return out, nil // what it said stands, and TLS does not
		}
	}
	if m.Relay {
		out.Relays = d.relay()
	}
	d.ask("QUIT")
	return out, nil
}

// upgradeMail begins with TLS where it is offered, and goes on within it.
func (c client) upgradeMail(ctx context.Context, conn net.Conn, d lines, name string, out *pavise.Mailer) (lines, error) {
	if !has(out.Extensions, "STARTTLS") {
		return d, nil
	}
	if code, _, err := d.ask("STARTTLS"); err != nil || code != 220 {
		return d, err
	}
	inner, err := c.within(ctx, conn, name, out)
	if err != nil {
		return d, err
	}
	out.StartTLS = true
	d = dialogue(inner) // what the server said too early is not of TLS: it is let go
	out.Within, err = d.hello(inner)
	return d, err
}

// within begins with TLS.
func (c client) within(ctx context.Context, conn net.Conn, name string, out *pavise.Mailer) (net.Conn, error) {
	cfg := config(pavise.Handshake{Name: name})
	cfg.NextProtos = nil
	inner := tls.Client(conn, cfg)
	if err := inner.HandshakeContext(ctx); err != nil {
		out.Session = &pavise.Session{Refused: refusal(err)}
		return nil, err
	}
	out.Session = c.session(inner.ConnectionState())
	return inner, nil
}

func has(extensions []string, name string) bool {
	for _, e := range extensions {
		if word, _, _ := strings.Cut(e, " "); strings.EqualFold(word, name) {
			return true
		}
	}
	return false
}

// lines are the dialogue of SMTP.
type lines struct {
	from *textproto.Reader
	to   io.Writer
}

func dialogue(conn net.Conn) lines {
	c := textproto.NewConn(struct {
		io.Reader
		io.WriteCloser
	}{io.LimitReader(conn, maxDialogue), conn})
	return lines{&c.Reader, conn}
}

// reply reads one, with its lines as they came.
func (d lines) reply() (code int, text string, err error) {
	code, text, err = d.from.ReadResponse(0)
	if badly := new(textproto.Error); errors.As(err, &badly) {
		err = nil // a refusal is a reply
	}
	return code, pavise.Clip(text, maxExtensions*maxLine), err
}

func (d lines) ask(line string) (code int, text string, err error) {
	if _, err := io.WriteString(d.to, line+"\r\n"); err != nil {
		return 0, "", err
	}
	return d.reply()
}

// hello says who we are, by our address: we have no name (RFC 5321 4.1.3).
func (d lines) hello(conn net.Conn) ([]string, error) {
	name := "[127.0.0.1]"
	if at, err := netip.ParseAddrPort(conn.LocalAddr().String()); err == nil {
		if a := at.Addr().Unmap().WithZone(""); a.Is4() {
			name = "[" + a.String() + "]"
		} else {
			name = "[IPv6:" + a.String() + "]"
		}
	}
	code, text, err := d.ask("EHLO " + name)
	if err != nil || code != 250 {
		return nil, errors.Join(err, fmt.Errorf("EHLO is answered %d", code))
	}
	var list []string
	for i, line := range strings.Split(text, "\n") {
		if i > 0 && len(list) < maxExtensions { // the first names the server
			list = append(list, pavise.Clip(strings.TrimSpace(line), maxLine))
		}
	}
	return list, nil
}

// relay asks for a message of a stranger to a stranger, and ends before there is one.
func (d lines) relay() *pavise.Trait {
	for _, line := range []string{"MAIL FROM:" + relaySender, "RCPT TO:" + relayRecipient} {
		code, text, err := d.ask(line)
		switch saw := fmt.Sprintf("%s is answered %d %s", line, code, pavise.Clip(text, maxLine)); {
		case err != nil:
			return &pavise.Trait{Unknown: err.Error()}
		case code/100 == 4 && !strings.Contains(strings.ToLower(text), "relay"): // greylisting: who knows what it says later
			d.ask("RSET")
			return &pavise.Trait{Unknown: saw}
		case code/100 != 2:
			d.ask("RSET")
			return &pavise.Trait{Saw: saw}
		}
	}
	d.ask("RSET")
	return &pavise.Trait{Has: true, Saw: "it takes " + relayRecipient + " from " + relaySender}
}
