package scan

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"pavise"
)

// closing is how long a server may take to close behind its response.
const closing = 2 * time.Second

// raw sends bytes on a connection of their own and reads the first response.
func (c client) raw(ctx context.Context, r pavise.Raw) (*pavise.Response, string, error) {
	if len(r.Sent) > pavise.MaxRaw {
		return nil, "", fmt.Errorf("more than %d bytes to send", pavise.MaxRaw)
	}
	conn, err := c.line(ctx, r.Address, r.Name)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	if at, ok := ctx.Deadline(); ok {
		conn.SetDeadline(at)
	}
	if _, err := io.WriteString(conn, r.Sent); err != nil {
		return nil, "", err
	}
	if r.Wait > 0 {
		conn.SetReadDeadline(time.Now().Add(min(r.Wait, probeTime)))
	}
	from := bufio.NewReader(io.LimitReader(conn, maxHeader+maxBody))
	method, _, _ := strings.Cut(r.Sent, " ")
	res, err := http.ReadResponse(from, &http.Request{Method: method})
	if err != nil {
		if ended := ending(err); ended != "" {
			return nil, ended, nil
		}
		if r.Wait > 0 && ctx.Err() == nil && errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, "silent", nil
		}
		return nil, "", err
	}
	defer res.Body.Close()
	if err := tooMany(res.Header); err != nil {
		return nil, "", err
	}
	out := &pavise.Response{Proto: res.Proto, Status: res.StatusCode, Header: res.Header}
	conn.SetDeadline(time.Now().Add(closing))
	if _, err = io.Copy(io.Discard, res.Body); err == nil {
		_, err = from.ReadByte()
	}
	if ended := ending(err); ended != "" {
		return out, ended, nil
	}
	return out, "open", nil
}

// line opens a connection for HTTP/1.1: over TLS where the server has a name.
func (c client) line(ctx context.Context, address, name string) (net.Conn, error) {
	ctx, err := c.budget.request(ctx, c.host(address))
	if err != nil {
		return nil, err
	}
	conn, err := c.dial(ctx, "tcp", address)
	if err != nil || name == "" {
		return conn, err
	}
	cfg := config(pavise.Handshake{Name: name})
	cfg.NextProtos = []string{"http/1.1"}
	secure := tls.Client(conn, cfg)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, err
	}
	return secure, nil
}

// ending is how a connection has ended; "" if it has not.
func ending(err error) string {
	var op *net.OpError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "closed"
	case errors.As(err, &op) && !op.Timeout():
		return "reset"
	}
	return ""
}
