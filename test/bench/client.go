package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// A target is a page of a server.
type target struct {
	address string
	host    string
	path    string
	roots   *x509.CertPool
}

func (r *rig) target(s *server, path string) target {
	return target{address: s.address, host: host, path: path, roots: r.roots}
}

// authority is what stands in the URI and in Host.
func (t target) authority() string {
	_, port, _ := strings.Cut(t.address, ":")
	return t.host + ":" + port
}

// A client is one connection to a target: TLS 1.3, and HTTP/1.1 without any of the
// comfort that would cost the machine more than the servers do.
type client struct {
	conn    *tls.Conn
	in      *bufio.Reader
	request []byte
}

// patience bounds what one request may take, however long its body, and a start.
const patience = time.Minute

func reachable(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err == nil {
		conn.Close()
	}
	return err
}

// dial makes a full handshake: there is no cache for sessions. Of the groups it has
// X25519 alone, which every server knows, so that all pay for the same.
func (t target) dial(ctx context.Context, protocol string, fields ...string) (*client, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{
		ServerName: t.host, RootCAs: t.roots, NextProtos: []string{protocol},
		MinVersion: tls.VersionTLS13, CurvePreferences: []tls.CurveID{tls.X25519},
	}}
	conn, err := d.DialContext(ctx, "tcp", t.address)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn.(*tls.Conn)}
	if got := c.conn.ConnectionState().NegotiatedProtocol; got != protocol {
		conn.Close()
		return nil, fmt.Errorf("speaks %q, not %q", got, protocol)
	}
	c.in = bufio.NewReader(conn)
	c.request = t.get(fields...)
	return c, nil
}

func (t target) get(fields ...string) []byte {
	head := "GET " + t.path + " HTTP/1.1\r\nHost: " + t.authority() + "\r\nUser-Agent: pavise-bench\r\n"
	for _, f := range fields {
		head += f + "\r\n"
	}
	return []byte(head + "\r\n")
}

// ask sends the request and takes the answer.
func (c *client) ask() error {
	if err := c.send(); err != nil {
		return err
	}
	return c.take()
}

func (c *client) send() error {
	c.conn.SetDeadline(time.Now().Add(patience))
	_, err := c.conn.Write(c.request)
	return err
}

// take reads an answer to its end. Whatever is not 2xx is an error.
func (c *client) take() error {
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", answer.Status)
	}
	return nil
}

// close ends the connection at once, without a word that would wait for the peer.
func (c *client) close() { c.conn.NetConn().Close() }

// dialAll opens many connections, a few at a time, and asks the page once on each.
func (t target) dialAll(ctx context.Context, n int) ([]*client, error) {
	all := make([]*client, n)
	err := inParallel(ctx, 8, n, func(i int) error {
		c, err := t.dial(ctx, "http/1.1")
		if err != nil {
			return fmt.Errorf("connection %d of %d: %w", i+1, n, err)
		}
		all[i] = c
		return c.ask()
	})
	if err != nil {
		closeAll(all)
		return nil, err
	}
	return all, nil
}

func closeAll(all []*client) {
	for _, c := range all {
		if c != nil {
			c.close()
		}
	}
}
