package postmark

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"

	"golang.org/x/net/html/charset"

	"pavise/mail/letter"
)

// Bounds of what is taken apart.
const (
	maxParts = 200
	maxDepth = 10
)

var (
	errParts  = fmt.Errorf("it has more than %d parts, or parts in parts in more than %d steps", maxParts, maxDepth)
	errSealed = errors.New("it is signed or encrypted, which Postmark's API would destroy: send it by smtp.postmarkapp.com as a smart host")
)

// A message is one as Postmark takes it.
type message struct {
	From, To, Cc, Bcc string
	ReplyTo           string `json:",omitempty"`
	Subject           string
	TextBody          string       `json:",omitempty"`
	HtmlBody          string       `json:",omitempty"` // its name there
	Headers           []field      `json:",omitempty"`
	Attachments       []attachment `json:",omitempty"`
	MessageStream     string       `json:",omitempty"`

	to, cc []*mail.Address // as the header has them
	parts  int
}

type field struct{ Name, Value string }

type attachment struct {
	Name, Content, ContentType string
	ContentID                  string `json:",omitempty"`
}

// ours are the fields that have places of their own, or that Postmark writes itself.
var ours = []string{"From", "To", "Cc", "Bcc", "Reply-To", "Subject", "Date", "Sender", "Return-Path", "Received", "MIME-Version",
	"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "Content-ID", "Message-ID", "DKIM-Signature", "X-PM-KeepID"}

// compose takes a message apart.
func compose(r io.Reader) (*message, error) {
	b := bufio.NewReader(r)
	h, err := letter.Read(b)
	if err != nil {
		return nil, err
	}
	m := &message{Subject: decoded(h.Get("Subject"))}
	if err := m.people(h); err != nil {
		return nil, err
	}
	// Postmark keeps a Message-ID where it is told so: two copies are told by it to be one.
	m.Headers = []field{{"Message-ID", h.Get("Message-ID")}, {"X-PM-KeepID", "true"}}
	for _, f := range h {
		if !slices.ContainsFunc(ours, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
			m.Headers = append(m.Headers, field{f.Name, decoded(letter.Header{f}.Get(f.Name))})
		}
	}
	if err := m.body(textproto.MIMEHeader{
		"Content-Type":              {h.Get("Content-Type")},
		"Content-Transfer-Encoding": {h.Get("Content-Transfer-Encoding")},
		"Content-Disposition":       {h.Get("Content-Disposition")},
	}, b, 0); err != nil {
		return nil, err
	}
	if m.TextBody == "" && m.HtmlBody == "" {
		m.TextBody = " " // it wants one
	}
	return m, nil
}

// people reads who it is from and to.
func (m *message) people(h letter.Header) error {
	from, err := h.Addresses("From")
	if err != nil {
		return err
	}
	if m.to, err = h.Addresses("To"); err != nil {
		return err
	}
	if m.cc, err = h.Addresses("Cc"); err != nil {
		return err
	}
	answers, err := h.Addresses("Reply-To")
	m.From, m.ReplyTo = joined(from), joined(answers)
	return err
}

func joined(list []*mail.Address) string {
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		if a.Name == "" {
			b.WriteString(a.Address)
			continue
		}
		name := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(oneLine(a.Name)) // Postmark encodes it
		fmt.Fprintf(&b, `"%s" <%s>`, name, a.Address)
	}
	return b.String()
}

// oneLine takes away what an encoded word may bring in: lines that would be fields.
func oneLine(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, s)
}

var words = &mime.WordDecoder{CharsetReader: func(label string, r io.Reader) (io.Reader, error) { return charset.NewReaderLabel(label, r) }}

// decoded is a field as a person reads it (RFC 2047); Postmark encodes it again.
func decoded(s string) string {
	text, err := words.DecodeHeader(s)
	if err != nil {
		text = s
	}
	return oneLine(strings.ToValidUTF8(text, "\uFFFD"))
}

// body takes one part, which may have parts.
func (m *message) body(h textproto.MIMEHeader, r io.Reader, depth int) error {
	if m.parts++; m.parts > maxParts || depth > maxDepth {
		return errParts
	}
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind == "" {
		kind, parameters = "text/plain", nil
	}
	switch {
	case kind == "multipart/signed" || kind == "multipart/encrypted" || kind == "application/pkcs7-mime":
		return errSealed
	case strings.HasPrefix(kind, "multipart/"):
		return m.each(multipart.NewReader(r, parameters["boundary"]), depth)
	}
	content, err := io.ReadAll(unwrapped(h.Get("Content-Transfer-Encoding"), r))
	if err != nil {
		return fmt.Errorf("a part of it cannot be read: %w", err)
	}
	return m.take(kind, parameters, h, content)
}

func (m *message) each(parts *multipart.Reader, depth int) error {
	for {
		p, err := parts.NextRawPart()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("its parts cannot be told: %w", err)
		}
		if err := m.body(p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

// unwrapped reads what was encoded for the way (RFC 2045 6).
func unwrapped(encoding string, r io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		return quotedprintable.NewReader(r)
	}
	return r
}

// take puts a part where it belongs: the first text of each kind is what is read, all else
// is attached.
func (m *message) take(kind string, parameters map[string]string, h textproto.MIMEHeader, content []byte) error {
	disposition, named, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	id := strings.Trim(h.Get("Content-ID"), "<> ")
	name := decoded(named["filename"])
	if name == "" {
		name = decoded(parameters["name"])
	}
	if disposition != "attachment" && name == "" {
		switch {
		case kind == "text/plain" && m.TextBody == "":
			m.TextBody = text(content, parameters["charset"])
			return nil
		case kind == "text/html" && m.HtmlBody == "":
			m.HtmlBody = text(content, parameters["charset"])
			return nil
		}
	}
	if name == "" {
		name = fmt.Sprintf("part-%d%s", m.parts, ending(kind))
	}
	a := attachment{Name: name, Content: base64.StdEncoding.EncodeToString(content), ContentType: kind}
	if label := parameters["charset"]; label != "" {
		a.ContentType = mime.FormatMediaType(kind, map[string]string{"charset": label})
	}
	if id != "" {
		a.ContentID = "cid:" + id
	}
	m.Attachments = append(m.Attachments, a)
	return nil
}

// ending is what names of a kind end with, for parts that have none.
func ending(kind string) string {
	switch kind {
	case "text/plain":
		return ".txt"
	case "text/html":
		return ".html"
	case "message/rfc822":
		return ".eml"
	case "text/calendar":
		return ".ics"
	}
	return ".bin"
}

// text is what a part says, in UTF-8.
func text(content []byte, label string) string {
	if label != "" && !strings.EqualFold(label, "utf-8") {
		if r, err := charset.NewReaderLabel(label, strings.NewReader(string(content))); err == nil {
			if converted, err := io.ReadAll(r); err == nil {
				content = converted
			}
		}
	}
	return strings.ToValidUTF8(string(content), "\uFFFD")
}
