// Package nameserver is a resolver and name server for tests, on loopback.
package nameserver

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// A Server knows some names, and all others not to be there.
type Server struct {
	Addr string // of UDP and TCP
	// Records are by name and type, "shop.test MX" → "10 mail.shop.test".
	Records map[string][]string
	// Signed has every answer bear the AD bit.
	Signed bool
	// Gives has the zone given to whoever asks for all of it.
	Gives bool
	// Spoil, if it is there, changes each message before it is sent; nil sends none.
	Spoil func([]byte) []byte
}

// Start listens until the test is over.
func (s *Server) Start(t testing.TB) *Server {
	t.Helper()
	for range 10 { // until a port is free for both
		packets, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		stream, err := net.Listen("tcp", packets.LocalAddr().String())
		if err != nil {
			packets.Close()
			continue
		}
		t.Cleanup(func() { packets.Close(); stream.Close() })
		s.Addr = packets.LocalAddr().String()
		go s.overUDP(packets)
		go s.overTCP(stream)
		return s
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil
}

func (s *Server) overUDP(at net.PacketConn) {
	b := make([]byte, 4<<10)
	for {
		n, from, err := at.ReadFrom(b)
		if err != nil {
			return
		}
		if m := s.reply(b[:n], 512); m != nil {
			at.WriteTo(m, from)
		}
	}
}

func (s *Server) overTCP(at net.Listener) {
	for {
		conn, err := at.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			var length [2]byte
			if _, err := io.ReadFull(conn, length[:]); err != nil {
				return
			}
			b := make([]byte, binary.BigEndian.Uint16(length[:]))
			if _, err := io.ReadFull(conn, b); err != nil {
				return
			}
			if m := s.reply(b, 64<<10-1); m != nil {
				conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...))
			}
		}()
	}
}

// reply answers; what is longer than most is cut off.
func (s *Server) reply(b []byte, most int) []byte {
	var q dnsmessage.Message
	if q.Unpack(b) != nil || len(q.Questions) != 1 {
		return nil
	}
	m := dnsmessage.Message{Questions: q.Questions}
	m.Header = dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true, AuthenticData: s.Signed}
	m.RCode, m.Answers = s.answers(q.Questions[0])
	packed, err := m.Pack()
	if err != nil {
		panic(err) // a test has written what is no record
	}
	if len(packed) > most {
		m.Answers, m.Truncated = nil, true
		packed, _ = m.Pack()
	}
	if s.Spoil != nil {
		return s.Spoil(packed)
	}
	return packed
}

var kinds = map[string]dnsmessage.Type{"A": 1, "NS": 2, "MX": 15, "TXT": 16, "AAAA": 28, "DS": 43, "TLSA": 52, "CAA": 257}

func (s *Server) answers(q dnsmessage.Question) (dnsmessage.RCode, []dnsmessage.Resource) {
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	if q.Type == dnsmessage.TypeAXFR {
		return s.zone(q.Name, name)
	}
	code := dnsmessage.RCodeNameError
	var list []dnsmessage.Resource
	for key, records := range s.Records {
		at, kind, _ := strings.Cut(key, " ")
		if at == name || strings.HasSuffix(at, "."+name) {
			code = dnsmessage.RCodeSuccess
		}
		if at == name && kinds[kind] == q.Type {
			for _, r := range records {
				list = append(list, resource(q.Name, kind, r))
			}
		}
	}
	return code, list
}

func (s *Server) zone(apex dnsmessage.Name, name string) (dnsmessage.RCode, []dnsmessage.Resource) {
	if !s.Gives {
		return dnsmessage.RCodeRefused, nil
	}
	soa := dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: apex, Class: dnsmessage.ClassINET},
		Body: &dnsmessage.SOAResource{NS: apex, MBox: apex}}
	list := []dnsmessage.Resource{soa}
	for key, records := range s.Records {
		at, kind, _ := strings.Cut(key, " ")
		if at == name || strings.HasSuffix(at, "."+name) {
			for _, r := range records {
				list = append(list, resource(dnsmessage.MustNewName(at+"."), kind, r))
			}
		}
	}
	return dnsmessage.RCodeSuccess, append(list, soa)
}

func resource(name dnsmessage.Name, kind, text string) dnsmessage.Resource {
	return dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: name, Type: kinds[kind], Class: dnsmessage.ClassINET}, Body: body(kind, text)}
}

func body(kind, text string) dnsmessage.ResourceBody {
	fields := strings.Fields(text)
	switch kind {
	case "A":
		return &dnsmessage.AResource{A: netip.MustParseAddr(text).As4()}
	case "AAAA":
		return &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr(text).As16()}
	case "NS":
		return &dnsmessage.NSResource{NS: dnsmessage.MustNewName(text + ".")}
	case "MX":
		return &dnsmessage.MXResource{Pref: uint16(number(fields[0])), MX: dnsmessage.MustNewName(fields[1] + ".")}
	case "TXT":
		var parts []string
		for ; len(text) > 255; text = text[255:] {
			parts = append(parts, text[:255])
		}
		return &dnsmessage.TXTResource{TXT: append(parts, text)}
	case "CAA":
		value, _ := strconv.Unquote(fields[2])
		return raw(kind, append([]byte{byte(number(fields[0])), byte(len(fields[1]))}, fields[1]+value...))
	case "TLSA":
		return raw(kind, append([]byte{byte(number(fields[0])), byte(number(fields[1])), byte(number(fields[2]))}, bytesOf(fields[3])...))
	case "DS":
		head := binary.BigEndian.AppendUint16(nil, uint16(number(fields[0])))
		return raw(kind, append(append(head, byte(number(fields[1])), byte(number(fields[2]))), bytesOf(fields[3])...))
	}
	panic(fmt.Sprintf("records of type %q", kind))
}

func raw(kind string, data []byte) dnsmessage.ResourceBody {
	return &dnsmessage.UnknownResource{Type: kinds[kind], Data: data}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

func bytesOf(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}
