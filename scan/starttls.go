package scan

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// maxReply bounds one reply of a mail server, in bytes.
const maxReply = 8 << 10

// startTLS has a mail server begin with TLS (RFC 3207 4). It reads byte by byte: what
// comes behind the last reply is of TLS.
func startTLS(ctx context.Context, conn net.Conn) error {
	limited, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	defer context.AfterFunc(limited, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	for _, step := range []struct{ say, want string }{{"", "220"}, {"EHLO pavise.invalid\r\n", "250"}, {"STARTTLS\r\n", "220"}} {
		if _, err := io.WriteString(conn, step.say); err != nil {
			return err
		}
		reply, err := mailReply(conn)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(reply, step.want) {
			return fmt.Errorf("smtp: %q is answered with %q", strings.TrimSpace(step.say), reply)
		}
	}
	return nil
}

// mailReply is the last line of a reply (RFC 5321 4.2.1).
func mailReply(from io.Reader) (string, error) {
	var line []byte
	var b [1]byte
	for range maxReply {
		if _, err := from.Read(b[:]); err != nil {
			return "", err
		}
		if line = append(line, b[0]); b[0] != '\n' {
			continue
		}
		if len(line) < 4 || line[3] != '-' {
			return strings.TrimSpace(string(line)), nil
		}
		line = line[:0]
	}
	return "", fmt.Errorf("smtp: a reply of more than %d bytes", maxReply)
}
