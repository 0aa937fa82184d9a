package geoip

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// writeDatabase writes a database in the format of MaxMind, version 2.0: a tree of bits
// with records of 24, entries, and what describes them. It is for IPv6, in which IPv4
// stands at ::/96.
func writeDatabase(t testing.TB, path string, entries map[string]map[string]any) {
	t.Helper()
	type node [2]int // 0 is nothing yet, above it another node, below it an entry
	nodes, data := []node{{}}, []byte(nil)
	for network, entry := range entries {
		p := netip.MustParsePrefix(network)
		bits, address := p.Bits(), p.Addr().As16()
		if p.Addr().Is4() {
			address = [16]byte{}
			v4 := p.Addr().As4()
			copy(address[12:], v4[:])
			bits += 96
		}
		at := 0
		for i := range bits {
			side := int(address[i/8]>>(7-i%8)) & 1
			if i == bits-1 {
				nodes[at][side] = -len(data) - 1
				break
			}
			if nodes[at][side] == 0 {
				nodes = append(nodes, node{})
				nodes[at][side] = len(nodes) - 1
			}
			at = nodes[at][side]
		}
		data = encode(data, entry)
	}
	var file []byte
	for _, n := range nodes {
		for _, to := range n {
			record := len(nodes) // nothing
			switch {
			case to > 0:
				record = to
			case to < 0:
				record = len(nodes) + 16 - to - 1
			}
			file = append(file, byte(record>>16), byte(record>>8), byte(record))
		}
	}
	file = append(append(file, make([]byte, 16)...), data...)
	file = append(file, "\xab\xcd\xefMaxMind.com"...)
	file = encode(file, map[string]any{"binary_format_major_version": uint16(2), "binary_format_minor_version": uint16(0),
		"build_epoch": uint64(1_760_000_000), "database_type": "Test", "description": map[string]any{"en": "of a test"},
		"ip_version": uint16(6), "languages": []any{"en"}, "node_count": uint32(len(nodes)), "record_size": uint16(24)})
	next := filepath.Join(filepath.Dir(path), "next")
	if err := os.WriteFile(next, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}

// encode appends a value of the data section, each of less than 285 bytes.
func encode(to []byte, v any) []byte {
	control := func(kind, size int) {
		first := byte(min(size, 29))
		if kind <= 7 {
			first |= byte(kind << 5)
		}
		to = append(to, first)
		if kind > 7 {
			to = append(to, byte(kind-7))
		}
		if size >= 29 {
			to = append(to, byte(size-29))
		}
	}
	number := func(kind, size int, n uint64) {
		control(kind, size)
		to = append(to, binary.BigEndian.AppendUint64(nil, n)[8-size:]...)
	}
	switch v := v.(type) {
	case string:
		control(2, len(v))
		to = append(to, v...)
	case uint16:
		number(5, 2, uint64(v))
	case uint32:
		number(6, 4, uint64(v))
	case uint64:
		number(9, 8, v)
	case []any:
		control(11, len(v))
		for _, item := range v {
			to = encode(to, item)
		}
	case map[string]any:
		control(7, len(v))
		var keys []string
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			to = encode(encode(to, key), v[key])
		}
	}
	return to
}
