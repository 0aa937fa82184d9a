// Package mailserver is a mail server for tests, on loopback. It takes no message.
package mailserver

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A Server speaks SMTP, as well or as badly as it is told.
type Server struct {
	Addr       string
	Banner     string      // "" is a plain one
	Extensions []string    // before TLS; STARTTLS is added where there is TLS
	Within     []string    // within TLS
	TLS        *tls.Config // nil: none is offered
	Secure     bool        // TLS from the first byte
	Broken     bool        // STARTTLS is offered, and refused
	Relays     bool        // it takes mail from anybody to anybody
	Later      bool        // it tells strangers to come again

	messages atomic.Int32
}

// Messages is how many messages were begun: none may be.
func (s *Server) Messages() int { return int(s.messages.Load()) }

// Start listens until the test is over.
func (s *Server) Start(t testing.TB) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s.Addr = l.Addr().String()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.speak(conn)
		}
	}()
	return s
}

func (s *Server) speak(raw net.Conn) {
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(20 * time.Second))
	conn, extensions := raw, s.Extensions
	if s.Secure {
		conn, extensions = tls.Server(raw, s.TLS), s.Within
	} else if s.TLS != nil || s.Broken {
		extensions = append([]string{"STARTTLS"}, extensions...)
	}
	banner := s.Banner
	if banner == "" {
		banner = "220 mail.test ESMTP"
	}
	fmt.Fprintf(conn, "%s\r\n", banner)
	for {
		lines := bufio.NewScanner(conn)
		again := s.session(conn, lines, extensions)
		if !again {
			return
		}
		conn, extensions = tls.Server(raw, s.TLS), s.Within
	}
}

// session answers until the client goes, or wants TLS.
func (s *Server) session(conn io.Writer, lines *bufio.Scanner, extensions []string) (upgrade bool) {
	for lines.Scan() {
		line := strings.ToUpper(lines.Text())
		switch {
		case strings.HasPrefix(line, "EHLO"):
			for i, e := range append([]string{"mail.test"}, extensions...) {
				mark := "-"
				if i == len(extensions) {
					mark = " "
				}
				fmt.Fprintf(conn, "250%s%s\r\n", mark, e)
			}
		case line == "STARTTLS" && s.TLS != nil && !s.Broken:
			io.WriteString(conn, "220 go ahead\r\n")
			return true
		case strings.HasPrefix(line, "RCPT") && s.Later:
			io.WriteString(conn, "450 4.2.0 come again\r\n")
		case strings.HasPrefix(line, "RCPT") && !s.Relays:
			io.WriteString(conn, "554 5.7.1 Relay access denied\r\n")
		case line == "DATA", strings.HasPrefix(line, "BDAT"):
			s.messages.Add(1)
			io.WriteString(conn, "354 go on\r\n")
		case line == "QUIT":
			io.WriteString(conn, "221 bye\r\n")
			return false
		case strings.HasPrefix(line, "MAIL"), strings.HasPrefix(line, "RCPT"), line == "RSET":
			io.WriteString(conn, "250 ok\r\n")
		default:
			io.WriteString(conn, "502 no\r\n")
		}
	}
	return false
}
