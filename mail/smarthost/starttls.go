package smarthost

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
)

// maxPlain bounds what a server says before TLS.
const maxPlain = 64 << 10

// startTLS has the server begin TLS. go-smtp would call us localhost first, and some servers
// send such clients away.
func startTLS(conn net.Conn, hello string) error {
	in := bufio.NewReader(io.LimitReader(conn, maxPlain))
	text := textproto.Conn{Reader: textproto.Reader{R: in}, Writer: textproto.Writer{W: bufio.NewWriter(conn)}}
	if _, _, err := text.ReadResponse(220); err != nil {
		return err
	}
	offer, err := say(&text, 250, "EHLO "+hello)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(strings.Split(offer, "\n"), func(line string) bool { return strings.EqualFold(line, "STARTTLS") }) {
		return errors.New("it is not offered")
	}
	if _, err := say(&text, 220, "STARTTLS"); err != nil {
		return err
	}
	if in.Buffered() > 0 { // what would be read as said within TLS (response injection, as in CVE-2011-0411)
		return errors.New("more was said than the answer to it")
	}
	return nil
}

func say(text *textproto.Conn, want int, line string) (answer string, err error) {
	if err := text.PrintfLine("%s", line); err != nil {
		return "", err
	}
	_, answer, err = text.ReadResponse(want)
	return answer, err
}

// greeted is a connection that go-smtp takes for a new one, whose server greets: that one
// has done so before TLS.
func greeted(conn net.Conn) net.Conn {
	return &welcome{conn, io.MultiReader(strings.NewReader("220 within TLS\r\n"), conn)}
}

type welcome struct {
	net.Conn
	in io.Reader
}

func (w *welcome) Read(p []byte) (int, error) { return w.in.Read(p) }
