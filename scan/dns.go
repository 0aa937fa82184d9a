package scan

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"pavise"
)

// Bounds of what is asked of the domain name system.
const (
	tryTime    = 2 * time.Second // for one try at one server
	maxTries   = 2
	maxServers = 3    // of the system's resolvers
	maxPacket  = 1232 // over UDP: what no network breaks up (DNS flag day 2020)
)

// NoResolver has nobody asked for names.
const NoResolver = "none"

// resolverOf is who is asked for the names of the target: nobody where the asker gave
// the address of the site by hand, for then its public names may be another's.
func resolverOf(opt Options) string {
	switch opt.Resolver {
	case NoResolver:
		return ""
	case "":
	default:
		return opt.Resolver
	}
	host := opt.Target.Host()
	for address := range opt.Resolve {
		if name, _, err := net.SplitHostPort(address); err == nil && name == host {
			return ""
		}
	}
	if pavise.Local(host) || len(systemResolvers()) == 0 {
		return ""
	}
	return pavise.SystemResolver
}

// systemResolvers are those of resolv.conf (5).
func systemResolvers() []string {
	data, _ := os.ReadFile("/etc/resolv.conf") // without one there is no resolver
	var list []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "nameserver" || len(list) == maxServers {
			continue
		}
		if at, err := netip.ParseAddr(fields[1]); err == nil {
			list = append(list, netip.AddrPortFrom(at, 53).String())
		}
	}
	return list
}

// lookup asks the resolver, or the name server itself.
func (c client) lookup(ctx context.Context, l pavise.Lookup) (*pavise.Records, error) {
	kind, ok := types[l.Type]
	if !ok {
		return nil, fmt.Errorf("records of the unknown type %q", l.Type)
	}
	query, err := newQuery(l.Name, kind)
	if err != nil {
		return nil, err
	}
	if l.Server == "" {
		return c.resolve(ctx, query)
	}
	at, err := c.nameServer(ctx, l.Server)
	if err != nil {
		return nil, err
	}
	if kind == dnsmessage.TypeAXFR {
		return c.transfer(ctx, at, query)
	}
	return c.exchange(ctx, at, query)
}

// resolve asks one resolver after the other, each again: a packet may be lost.
func (c client) resolve(ctx context.Context, q query) (*pavise.Records, error) {
	err := error(nil)
	for range maxTries {
		for _, server := range c.resolvers() {
			var r *pavise.Records
			if r, err = c.exchange(ctx, server, q); err == nil || ctx.Err() != nil {
				return r, err
			}
		}
	}
	return nil, err
}

// nameServer is the address of a name server, by Resolve or by the resolver.
func (c client) nameServer(ctx context.Context, host string) (string, error) {
	address := net.JoinHostPort(host, "53")
	if _, given := c.opt.Resolve[strings.ToLower(address)]; given {
		return address, nil
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return address, c.foreign(host)
	}
	for _, kind := range []dnsmessage.Type{dnsmessage.TypeA, dnsmessage.TypeAAAA} {
		q, err := newQuery(host, kind)
		if err != nil {
			return "", err
		}
		if r, err := c.resolve(ctx, q); err != nil {
			return "", err
		} else if len(r.Data) > 0 {
			return net.JoinHostPort(r.Data[0], "53"), c.foreign(r.Data[0])
		}
	}
	return "", fmt.Errorf("%s has no address", host)
}

// foreign is why an address that a zone gives to a server of its own is not asked: it
// is one of the asker's machine or network. A network of one's own has a resolver that
// is named.
func (c client) foreign(address string) error {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	if a = a.Unmap(); a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() || a.IsMulticast() || a.IsPrivate() && c.opt.Resolver == "" {
		return fmt.Errorf("%s is nobody's in public, and a neighbour's, perhaps: it is not asked", a)
	}
	return nil
}

// resolvers are those to ask: one at least, even if nobody is there.
func (c client) resolvers() []string {
	switch c.opt.Resolver {
	case "", NoResolver:
		if list := systemResolvers(); len(list) > 0 {
			return list
		}
		return []string{"127.0.0.1:53"}
	}
	return []string{c.opt.Resolver}
}

// A query is one question, ready to be sent.
type query struct {
	id       uint16
	question dnsmessage.Question
	packet   []byte
}

func newQuery(name string, kind dnsmessage.Type) (query, error) {
	n, err := dnsmessage.NewName(strings.TrimSuffix(name, ".") + ".")
	if err != nil {
		return query{}, fmt.Errorf("%q is no name: %w", name, err)
	}
	var id [2]byte
	rand.Read(id[:])
	q := query{id: binary.BigEndian.Uint16(id[:]), question: dnsmessage.Question{Name: n, Type: kind, Class: dnsmessage.ClassINET}}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: q.id, RecursionDesired: true, AuthenticData: true}, // AD asks for AD (RFC 6840 5.7)
		Questions: []dnsmessage.Question{q.question},
	}
	if kind != dnsmessage.TypeAXFR {
		var edns dnsmessage.ResourceHeader
		if err := edns.SetEDNS0(maxPacket, dnsmessage.RCodeSuccess, true); err != nil {
			return query{}, err
		}
		m.Additionals = []dnsmessage.Resource{{Header: edns, Body: &dnsmessage.OPTResource{}}}
	}
	q.packet, err = m.Pack()
	return q, err
}

// exchange asks over UDP, and over TCP where the answer is too long for that.
func (c client) exchange(ctx context.Context, server string, q query) (*pavise.Records, error) {
	conn, err := c.dialServer(ctx, "udp", server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Write(q.packet); err != nil {
		return nil, err
	}
	packet := make([]byte, 64<<10)
	for {
		n, err := conn.Read(packet)
		if err != nil {
			return nil, err
		}
		r, cut, err := q.read(packet[:n])
		if errors.Is(err, errStray) {
			continue // until the time is up: anybody may send us a packet
		}
		if err == nil && cut {
			return c.overTCP(ctx, server, q)
		}
		return r, err
	}
}

func (c client) overTCP(ctx context.Context, server string, q query) (*pavise.Records, error) {
	conn, err := c.dialServer(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	packet, err := q.framed(conn)
	if err != nil {
		return nil, err
	}
	r, _, err := q.read(packet)
	return r, err
}

func (c client) dialServer(ctx context.Context, network, server string) (net.Conn, error) {
	conn, err := c.dialBriefly(ctx, network, server, tryTime)
	if err == nil {
		conn.SetDeadline(time.Now().Add(tryTime))
	}
	return conn, err
}

// framed sends the query as TCP wants it, and reads one message (RFC 1035 4.2.2).
func (q query) framed(conn net.Conn) ([]byte, error) {
	if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(q.packet))), q.packet...)); err != nil {
		return nil, err
	}
	return nextMessage(conn)
}

func nextMessage(conn net.Conn) ([]byte, error) {
	var length [2]byte
	if _, err := io.ReadFull(conn, length[:]); err != nil {
		return nil, err
	}
	packet := make([]byte, binary.BigEndian.Uint16(length[:]))
	_, err := io.ReadFull(conn, packet)
	return packet, err
}

// transfer asks for a whole zone, and reads no more than shows whether it is given
// (RFC 5936).
func (c client) transfer(ctx context.Context, server string, q query) (*pavise.Records, error) {
	conn, err := c.dialServer(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	packet, err := q.framed(conn)
	if errors.Is(err, io.EOF) || ending(err) == "reset" {
		return &pavise.Records{Code: "REFUSED"}, nil // some only hang up
	}
	if err != nil {
		return nil, err
	}
	r, _, err := q.read(packet)
	if err == nil && len(r.Data) == 1 { // the first message may hold the SOA alone
		if packet, err := nextMessage(conn); err == nil {
			if more, _, err := q.read(packet); err == nil {
				r.Data = append(r.Data, more.Data...)
			}
		}
	}
	return r, err
}

// code is what the server made of the question.
func code(c dnsmessage.RCode) string {
	names := []string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH"}
	if int(c) < len(names) {
		return names[c]
	}
	return cmp.Or(c.String(), "unknown")
}
