package letter

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
)

// Bounds of a header.
const (
	MaxHeader   = 256 << 10
	maxReceived = 50 // RFC 5321 6.3: then it goes in circles
)

// Why a header is refused.
var (
	ErrHeaderSize = fmt.Errorf("its header is larger than %d KiB", MaxHeader>>10)
	ErrHeader     = errors.New("its header is none")
	ErrTwice      = errors.New("may stand in a header once")
	ErrLoop       = fmt.Errorf("it has passed %d servers: it goes in circles", maxReceived)
)

// A Field is one of a header, as it stands there: folded, without the CR LF at its end.
type Field struct{ Name, Body string }

// A Header is the fields in their order.
type Header []Field

// once are the fields of which RFC 5322 3.6 and RFC 2045 allow one: of two, each reader
// believes another.
var once = []string{"From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}

// Read takes the header off a message of which every line ends with CR LF. What is left
// in r begins with the body.
func Read(r *bufio.Reader) (Header, error) {
	var h Header
	for size := 0; ; {
		line, err := headerLine(r, MaxHeader-size)
		if err != nil {
			return nil, err
		}
		size += len(line)
		text := strings.TrimSuffix(line, "\r\n")
		name, body, ok := strings.Cut(text, ":")
		switch {
		case text == "":
			return h, h.check()
		case (text[0] == ' ' || text[0] == '\t') && len(h) > 0:
			h[len(h)-1].Body += "\r\n" + text
		case len(h) == 0 && strings.HasPrefix(text, "From "): // of a mailbox file
		case !ok || !IsFieldName(strings.TrimRight(name, " \t")):
			return nil, fmt.Errorf("%w: %.40q is no field", ErrHeader, text)
		default:
			h = append(h, Field{strings.TrimRight(name, " \t"), body})
		}
	}
}

// headerLine reads a line, of at most n bytes; at the end of the message an empty one.
func headerLine(r *bufio.Reader, n int) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if line = append(line, part...); len(line) > n {
			return "", ErrHeaderSize
		}
		if err != bufio.ErrBufferFull {
			if err == io.EOF {
				err = nil
			}
			return string(line), err
		}
	}
}

// IsFieldName reports whether s is one, RFC 5322 3.6.8.
func IsFieldName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(c rune) bool { return c <= ' ' || c >= 0x7f || c == ':' }) < 0
}

func (h Header) check() error {
	for _, name := range once {
		if h.count(name) > 1 {
			return fmt.Errorf("%s %w", name, ErrTwice)
		}
	}
	if h.count("Received") > maxReceived {
		return ErrLoop
	}
	return nil
}

func (h Header) count(name string) (n int) {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			n++
		}
	}
	return n
}

// Get returns what the first field of the name says, on one line; "" without one.
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return strings.TrimSpace(strings.NewReplacer("\r\n", "", "\t", " ").Replace(f.Body))
		}
	}
	return ""
}

// Set puts a value in place of what the name has, or at the end.
func (h *Header) Set(name, value string) {
	for i, f := range *h {
		if strings.EqualFold(f.Name, name) {
			(*h)[i].Body = " " + value
			return
		}
	}
	*h = append(*h, Field{name, " " + value})
}

// Drop takes all fields of the names away.
func (h *Header) Drop(names ...string) {
	*h = slices.DeleteFunc(*h, func(f Field) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, f.Name) })
	})
}

// Addresses are those of all fields of the names; what cannot be read is an error.
func (h Header) Addresses(names ...string) ([]*mail.Address, error) {
	var all []*mail.Address
	for _, name := range names {
		for _, f := range h {
			if text := (Header{f}).Get(name); text != "" {
				list, err := mail.ParseAddressList(text)
				if err != nil && !isGroup(text) {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
				all = append(all, list...)
			}
		}
	}
	return all, nil
}

// isGroup reports whether the text is a group without members: undisclosed-recipients:;
func isGroup(text string) bool {
	_, members, ok := strings.Cut(text, ":")
	return ok && strings.Trim(members, " \t;") == ""
}

// Bytes is the header as it is sent, with the empty line that ends it.
func (h Header) Bytes() []byte {
	var b bytes.Buffer
	for _, f := range h {
		b.WriteString(f.Name + ":" + f.Body + "\r\n")
	}
	b.WriteString("\r\n")
	return b.Bytes()
}
