package proxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"net/netip"
	"strconv"
	"strings"
)

// The PROXY protocol (haproxy.org, proxy-protocol.txt, versions 1 and 2) by which
// a load balancer says whose connection it hands on.

const (
	proxiedV2   = "\r\n\r\n\x00\r\nQUIT\n" // how version 2 begins
	maxProxied1 = 107                      // bytes of a line of version 1, by the specification
	maxProxied2 = 16 + 4<<10               // bytes of a header of version 2, by us: addresses are 36, the rest is extensions
)

// errShort says that the header goes on.
var errShort = errors.New("the PROXY header does not end")

// errNoHeader says that what came is something else.
var errNoHeader = errors.New("there is none")

// A proxiedError is why a header of a trusted peer could not be believed.
type proxiedError struct{ err error }

func (e *proxiedError) Error() string { return "PROXY header: " + e.err.Error() }
func (e *proxiedError) Unwrap() error { return e.err }

// readProxied takes the header off the connection, and returns the client that it
// names: the zero one where it names none.
func (c *conn) readProxied() (netip.AddrPort, error) {
	for {
		if err := c.readAhead(maxProxied2); err != nil {
			if len(c.ahead) == 0 {
				return netip.AddrPort{}, err // somebody looks whether the port is open
			}
			return netip.AddrPort{}, &proxiedError{err}
		}
		client, n, err := parseProxied(c.ahead)
		switch {
		case err == nil:
			c.ahead = c.ahead[n:]
			return client, nil
		case err != errShort:
			return netip.AddrPort{}, &proxiedError{err}
		}
	}
}

// parseProxied reads the header at the beginning of b. It returns the client, which
// is zero if the header names none, and the length of the header.
func parseProxied(b []byte) (client netip.AddrPort, n int, err error) {
	switch {
	case begins(b, proxiedV2):
		return parseProxied2(b)
	case begins(b, "PROXY "):
		return parseProxied1(b)
	}
	return client, 0, errNoHeader
}

// begins reports whether b begins as the prefix does, as far as there is b.
func begins(b []byte, prefix string) bool {
	n := min(len(b), len(prefix))
	return string(b[:n]) == prefix[:n]
}

func parseProxied1(b []byte) (client netip.AddrPort, n int, err error) {
	end := bytes.Index(b[:min(len(b), maxProxied1)], []byte("\r\n"))
	if end < 0 {
		if len(b) >= maxProxied1 {
			return client, 0, fmt.Errorf("its line is longer than %d bytes", maxProxied1)
		}
		return client, 0, errShort
	}
	words := strings.Split(string(b[:end]), " ")
	if words[1] == "UNKNOWN" { // and whatever follows
		return client, end + 2, nil
	}
	if len(words) != 6 || words[1] != "TCP4" && words[1] != "TCP6" {
		return client, 0, errors.New("its line is not PROXY TCP4 or TCP6, two addresses and two ports")
	}
	client, err = proxied1(words[1], words[2], words[4])
	if err == nil {
		_, err = proxied1(words[1], words[3], words[5])
	}
	return client, end + 2, err
}

func proxied1(family, address, port string) (netip.AddrPort, error) {
	a, err := netip.ParseAddr(address)
	n, bad := strconv.ParseUint(port, 10, 16)
	switch {
	case err != nil || a.Zone() != "" || a.Is4() != (family == "TCP4"):
		return netip.AddrPort{}, errors.New("an address is not one of " + family)
	case bad != nil || strconv.FormatUint(n, 10) != port:
		return netip.AddrPort{}, errors.New("a port is not 0 to 65535")
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), nil
}

func parseProxied2(b []byte) (client netip.AddrPort, n int, err error) {
	if len(b) < 16 {
		return client, 0, errShort
	}
	command, family := b[12], b[13]
	n = 16 + int(binary.BigEndian.Uint16(b[14:]))
	switch {
	case command != 0x20 && command != 0x21:
		return client, 0, fmt.Errorf("version and command are %#x", command)
	case n > maxProxied2:
		return client, 0, fmt.Errorf("it is longer than %d bytes", maxProxied2)
	case len(b) < n:
		return client, 0, errShort
	case command == 0x20: // LOCAL: the peer speaks for itself, and all else is to be ignored
		return client, n, nil
	}
	size := 0
	switch family {
	case 0x11:
		size = 4
	case 0x21:
		size = 16
	case 0x00, 0x12, 0x22, 0x31, 0x32: // UNSPEC, and what we do not serve and is to be taken for UNSPEC
		return client, n, nil
	default:
		return client, 0, fmt.Errorf("family and transport are %#x", family)
	}
	if n < 16+2*size+4 {
		return client, 0, errors.New("its addresses break off")
	}
	a, _ := netip.AddrFromSlice(b[16 : 16+size])
	port := binary.BigEndian.Uint16(b[16+2*size:])
	return netip.AddrPortFrom(a.Unmap(), port), n, checkExtensions(b[:n], 16+2*size+4)
}

const extensionCRC32C = 0x03

// checkExtensions passes over the extensions (TLV) from at to the end, and holds
// the header to its checksum, if it has one.
func checkExtensions(header []byte, at int) error {
	for at < len(header) {
		if len(header) < at+3 {
			return errors.New("its extensions break off")
		}
		kind, size := header[at], int(binary.BigEndian.Uint16(header[at+1:]))
		if at += 3; len(header) < at+size {
			return errors.New("its extensions break off")
		}
		if kind == extensionCRC32C && !sumHolds(header, header[at:at+size]) {
			return errors.New("its checksum is wrong")
		}
		at += size
	}
	return nil
}

// sumHolds reports whether sum, which lies in the header, is its CRC32c: taken as
// if sum were zero.
func sumHolds(header, sum []byte) bool {
	if len(sum) != 4 {
		return false
	}
	want := binary.BigEndian.Uint32(sum)
	clear(sum)
	got := crc32.Checksum(header, crc32.MakeTable(crc32.Castagnoli))
	binary.BigEndian.PutUint32(sum, want)
	return got == want
}
