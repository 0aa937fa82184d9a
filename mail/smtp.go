package mail

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"pavise/mail/letter"
	"pavise/mail/queue"
)

// Bounds of a conversation.
const (
	maxLine  = 1 << 20 // of a command, and of a message, also of one in the drop
	talkTime = 5 * time.Minute
)

func (r *Relay) newServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{relay: r, conn: c}, nil
	}))
	s.Domain = r.Maker.Host
	s.MaxRecipients = r.MaxRecipients
	s.MaxMessageBytes = r.MaxSize
	s.MaxLineLength = maxLine
	s.ReadTimeout, s.WriteTimeout = talkTime, talkTime
	s.ErrorLog = slog.NewLogLogger(r.Log.Handler(), slog.LevelDebug) // of clients that go away
	return s
}

// A session is one program's conversation.
type session struct {
	relay *Relay
	conn  *smtp.Conn

	mu   sync.Mutex // the chunks of BDAT are taken while the conversation goes on
	from string
	to   []string
}

func (s *session) Logout() error { return nil }

// Reset forgets the message.
func (s *session) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from, s.to = "", nil
}

// Mail begins a message.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if err := s.relay.admit(incoming{from: from}); err != nil {
		return s.refuse(from, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from = from
	return nil
}

// Rcpt names a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	address, err := s.relay.recipient(to)
	if err != nil {
		return s.refuse(s.from, err)
	}
	s.to = append(s.to, address)
	return nil
}

// Data takes the message. When it says 250 the message is on the disk. Between the chunks
// of BDAT stand commands, so that what the connection has held to its lines is held to them
// once more.
func (s *session) Data(text io.Reader) error {
	s.mu.Lock()
	from, to := s.from, s.to
	s.mu.Unlock()
	hello := strings.Map(func(c rune) rune {
		if c <= ' ' || c >= 0x7f || strings.ContainsRune("()<>\\;", c) {
			return -1
		}
		return c
	}, s.conn.Hostname())
	record, err := s.relay.takeCounted(incoming{id: queue.NewID(), from: from, to: to, trace: "from " + hello}, &letter.Strict{R: text, MaxLine: maxLine})
	if err != nil {
		return s.refuse(from, err)
	}
	s.relay.send(record)
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "queued as " + record.ID}
}

// refuse says why in the numbers of SMTP.
func (s *session) refuse(from string, err error) error {
	s.relay.counts.refused.Add(1)
	code, status, said := reply(err)
	s.relay.Log.Warn("refused", "from", clip(from), "code", code, "why", err)
	return &smtp.SMTPError{Code: code, EnhancedCode: status, Message: said}
}

func reply(err error) (int, smtp.EnhancedCode, string) {
	var own *refusal
	var known *smtp.SMTPError
	switch {
	case errors.As(err, &own):
		return own.code, own.status, own.said
	case errors.As(err, &known):
		return known.Code, known.EnhancedCode, known.Message
	case errors.Is(err, queue.ErrFull):
		return 452, smtp.EnhancedCode{4, 3, 1}, "there is no room for it now"
	case errors.Is(err, letter.ErrLoop):
		return 554, smtp.EnhancedCode{5, 4, 6}, err.Error()
	case errors.Is(err, letter.ErrBareLF), errors.Is(err, letter.ErrBareCR), errors.Is(err, letter.ErrNUL),
		errors.Is(err, letter.ErrHeader), errors.Is(err, letter.ErrHeaderSize), errors.Is(err, letter.ErrTwice):
		return 550, smtp.EnhancedCode{5, 6, 0}, err.Error()
	case errors.Is(err, smtp.ErrTooLongLine), errors.Is(err, letter.ErrLongLine):
		return 550, smtp.EnhancedCode{5, 6, 0}, fmt.Sprintf("it has a line of more than %d bytes", maxLine)
	}
	return 451, smtp.EnhancedCode{4, 3, 0}, "it cannot be kept now: the log says why"
}

// A refusal is what is said to a program whose message we do not want.
type refusal struct {
	code   int
	status smtp.EnhancedCode
	said   string
}

func (e *refusal) Error() string { return e.said }

func no(code int, subject, detail int, format string, args ...any) error {
	return &refusal{code, smtp.EnhancedCode{code / 100, subject, detail}, fmt.Sprintf(format, args...)}
}
