package offer

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/internal/rawtls"
	"pavise/test/servers"
)

func dialTo(address string) Dial {
	return func(ctx context.Context) (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", address) }
}

// standard serves TLS by the standard library, as a web server waits for a request.
func standard(t *testing.T, cfg *tls.Config) string {
	cfg.Certificates = []tls.Certificate{servers.SelfSigned(t, servers.ECDSA)}
	return servers.Speak(t, func(conn net.Conn) { io.Copy(io.Discard, tls.Server(conn, cfg)) })
}

func survey(t *testing.T, address string) *pavise.Offered {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	offered, err := Survey(ctx, dialTo(address), "a.test", 200)
	if err != nil {
		t.Fatal(err)
	}
	return offered
}

// tell is an offer in words.
func tell(o *pavise.Offered) string {
	var b strings.Builder
	for _, p := range o.Protocols {
		if len(p.Suites) == 0 && p.Unknown == "" {
			continue
		}
		b.WriteString(rawtls.VersionName(p.Version) + ":")
		if p.Unknown != "" {
			b.WriteString(" unknown, " + p.Unknown)
		}
		for _, id := range p.Suites {
			b.WriteString(" " + strings.TrimPrefix(rawtls.Lookup(id).Name, "TLS_"))
		}
		if p.Ordered {
			b.WriteString(" ordered")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// traits are the names of those that the server has.
func traits(o *pavise.Offered) string {
	var list []string
	for name, trait := range o.Traits {
		if trait.Has {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestStandardLibrary(t *testing.T) {
	at := standard(t, &tls.Config{MinVersion: tls.VersionTLS10, NextProtos: []string{"h2", "http/1.1"}})
	o := survey(t, at)
	want := `TLS 1.0: ECDHE_ECDSA_WITH_AES_128_CBC_SHA ECDHE_ECDSA_WITH_AES_256_CBC_SHA ordered
TLS 1.1: ECDHE_ECDSA_WITH_AES_128_CBC_SHA ECDHE_ECDSA_WITH_AES_256_CBC_SHA ordered
TLS 1.2: ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 ECDHE_ECDSA_WITH_AES_128_CBC_SHA ECDHE_ECDSA_WITH_AES_256_CBC_SHA ordered
TLS 1.3: AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256 ordered
`
	if got := tell(o); got != want {
		t.Errorf("protocols:\n%s", got)
	}
	if got := traits(o); got != "extended-master-secret fallback-scsv secure-renegotiation tickets" || o.TicketLife != 7*24*time.Hour {
		t.Errorf("%s, tickets live %s", got, o.TicketLife)
	}
	if !slices.Equal(o.Groups, []uint16{4588, 4587, 4589, 29, 23, 24, 25}) || !slices.Equal(o.ALPN, []string{"h2", "http/1.1"}) {
		t.Errorf("groups %d, applications %s", o.Groups, o.ALPN)
	}
}

// FuzzTickets reads what a server could send as tickets.
func FuzzTickets(f *testing.F) {
	f.Add([]byte("\x04\x00\x00\x0a\x00\x00\x1c\x20\x00\x04abcd"))
	f.Add([]byte("\x04\x00\x00\x1a\x00\x00\x1c\x20\x00\x00\x00\x00\x01n\x00\x04abcd\x00\x08\x00\x2a\x00\x04\x00\x00\x10\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got issued
		got.read(data)
		if got.early > 0 && len(data) < 27 {
			t.Errorf("%+v of %x", got, data)
		}
	})
}

func TestTicketsRead(t *testing.T) {
	var got issued
	got.read([]byte("\x04\x00\x00\x1a\x00\x00\x1c\x20\x00\x00\x00\x00\x01n\x00\x04abcd\x00\x08\x00\x2a\x00\x04\x00\x00\x10\x00"))
	if got.life != 2*time.Hour || got.early != 4096 {
		t.Errorf("%+v", got)
	}
}
