// Package smarthost sends letters by another mail server, over TLS that is verified, or
// not at all.
package smarthost

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"pavise/mail/letter"
)

// Times of one conversation.
const (
	dialTime    = 30 * time.Second
	commandTime = 2 * time.Minute
	submitTime  = 10 * time.Minute // RFC 5321 4.5.3.2.6
)

// A Host is the server that takes our mail.
type Host struct {
	Addr     string // host:port
	Implicit bool   // TLS from the first byte (RFC 8314); else by STARTTLS, which must succeed
	TLS      *tls.Config
	Hello    string // our own name
	User     string // "" where there is no login
	Password func() (string, error)
}

// Name is how the log calls it.
func (h *Host) Name() string { return h.Addr }

// Send hands the letter over. The error is a [letter.Trouble], also where it is because of
// a [letter.Unreadable]; outcomes that were known before it hold.
func (h *Host) Send(ctx context.Context, l *letter.Letter) ([]letter.Outcome, error) {
	c, err := h.connect(ctx)
	if err != nil {
		return nil, trouble(err)
	}
	defer context.AfterFunc(ctx, func() { c.Close() })()
	outcomes, err := send(c, l)
	if err != nil {
		c.Close()
		return outcomes, trouble(err)
	}
	c.CommandTimeout = dialTime
	go func() { // it has what we had: what we know of that is written down before its goodbye
		c.Quit()
		c.Close()
	}()
	return outcomes, nil
}

// trouble says that an error has nothing to do with the letter.
func trouble(err error) error { return &letter.Trouble{Err: err} }

// connect comes to where mail may be sent: within TLS, and logged in.
func (h *Host) connect(ctx context.Context) (*smtp.Client, error) {
	host, _, err := net.SplitHostPort(h.Addr)
	if err != nil {
		return nil, err
	}
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", h.Addr)
	if err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	settings := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if h.TLS != nil {
		settings.RootCAs = h.TLS.RootCAs
	}
	conn.SetDeadline(time.Now().Add(dialTime))
	c, err := h.secure(conn, settings)
	if err != nil {
		conn.Close()
		return nil, err
	}
	if err := h.login(c); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// secure begins TLS. Without it not a word of a message or a password is said.
func (h *Host) secure(conn net.Conn, settings *tls.Config) (*smtp.Client, error) {
	if !h.Implicit {
		if err := startTLS(conn, h.Hello); err != nil {
			return nil, fmt.Errorf("STARTTLS: %w", err)
		}
	}
	secured := tls.Client(conn, settings)
	if err := secured.Handshake(); err != nil {
		return nil, err
	}
	if len(secured.ConnectionState().VerifiedChains) == 0 {
		return nil, errors.New("its certificate was not verified")
	}
	c := smtp.NewClient(secured)
	if !h.Implicit {
		c = smtp.NewClient(greeted(secured))
	}
	c.CommandTimeout, c.SubmissionTimeout = commandTime, submitTime
	if err := c.Hello(h.Hello); err != nil {
		return nil, err
	}
	return c, nil
}

// login shows the password, which is read for each connection: it may change.
func (h *Host) login(c *smtp.Client) error {
	if h.User == "" {
		return nil
	}
	password, err := h.Password()
	if err != nil {
		return err
	}
	var by sasl.Client
	switch {
	case c.SupportsAuth(sasl.Plain):
		by = sasl.NewPlainClient("", h.User, password)
	case c.SupportsAuth(sasl.Login):
		by = &login{h.User, password, 0}
	default:
		return errors.New("it offers no login by PLAIN or LOGIN")
	}
	if err := c.Auth(by); err != nil {
		return fmt.Errorf("it refuses the login of %s: %w", h.User, err)
	}
	return nil
}

// A login answers LOGIN, whatever the server calls what it asks for: first the user, then
// the password.
type login struct {
	user, password string
	asked          int
}

func (l *login) Start() (mech string, first []byte, err error) { return sasl.Login, nil, nil }

func (l *login) Next([]byte) ([]byte, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password), nil
	}
	return nil, sasl.ErrUnexpectedServerChallenge
}

// send is one transaction.
func send(c *smtp.Client, l *letter.Letter) ([]letter.Outcome, error) {
	if err := c.Mail(l.From, &smtp.MailOptions{Size: l.Size}); err != nil {
		return refused(l.To, err)
	}
	var outcomes []letter.Outcome
	var taken []string
	for _, to := range l.To {
		if err := c.Rcpt(to, nil); err != nil {
			one, err := refused([]string{to}, err)
			if err != nil {
				return outcomes, err
			}
			outcomes = append(outcomes, one...)
			continue
		}
		taken = append(taken, to)
	}
	if len(taken) == 0 {
		return outcomes, nil
	}
	said, err := data(c, l)
	if err != nil {
		rest, err := refused(taken, err)
		return append(outcomes, rest...), err
	}
	return append(outcomes, letter.All(taken, letter.Delivered, "2.0.0", said)...), nil
}

// data sends the message, and says what the server said to it.
func data(c *smtp.Client, l *letter.Letter) (said string, err error) {
	message, err := l.Open()
	if err != nil {
		return "", err
	}
	defer message.Close()
	w, err := c.Data()
	if err != nil {
		return "", err
	}
	folded := &folder{w: w}
	if _, err := io.Copy(folded, message); err != nil {
		return "", err // the connection is closed without the dot that would make it a message
	}
	if err := folded.Flush(); err != nil {
		return "", err
	}
	response, err := w.CloseWithResponse()
	if err != nil {
		return "", err
	}
	return response.StatusText, nil
}

// refused is what a refusal means for recipients: the server's own trouble, or theirs.
func refused(to []string, err error) ([]letter.Outcome, error) {
	var said *smtp.SMTPError
	if !errors.As(err, &said) {
		return nil, err
	}
	switch said.Code {
	case 421, 530, 534, 535, 538: // it goes, or does not know us (RFC 4954 6)
		return nil, err
	}
	fate, class := letter.Failed, 5
	if said.Temporary() {
		fate, class = letter.Delayed, 4
	}
	status := fmt.Sprintf("%d.%d.%d", said.EnhancedCode[0], said.EnhancedCode[1], said.EnhancedCode[2])
	if said.EnhancedCode[0] != class {
		status = fmt.Sprintf("%d.0.0", class)
	}
	return letter.All(to, fate, status, fmt.Sprintf("%d %s", said.Code, said.Message)), nil
}
