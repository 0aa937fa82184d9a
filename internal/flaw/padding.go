package flaw

import (
	"bytes"
	"context"
	"crypto/aes"
	"slices"
	"strings"

	"pavise"
	"pavise/internal/rawtls"
)

// records are requests in CBC mode that are wrong in one way each. A server that
// answers them differently tells an attacker what the padding was (R. Merget and
// others, Scalable Scanning and Automatic Classification of TLS Padding Oracle
// Vulnerabilities, 2019).
var records = []string{"right padding with a wrong MAC", "padding longer than the record", "wrong padding with a right MAC",
	"nothing but padding", "no data with a wrong MAC"}

// paddingOracle compares the answers to records in CBC mode.
func (s Server) paddingOracle(ctx context.Context) (pavise.Trait, error) {
	suites := spoken(func(k kind) bool { return k.mac != 0 })
	var refused *pavise.Trait
	var last []byte
	answers := make([]string, len(records))
	r, err := compare(records, func(i int) (string, error) {
		session, no, err := s.shake(ctx, suites)
		if session == nil {
			return refusal(&refused, no, err)
		}
		defer session.Close()
		last = session.out.chain(rawtls.RecordData, session.malformed(i, s.Name))
		session.Write(last)
		answers[i] = hear(session, session.in.open).String()
		return answers[i], nil
	})
	if refused != nil {
		return *refused, nil
	}
	if r.Has {
		r.Saw = named(answers) + ": " + r.Saw
	}
	return r, err
}

// malformed is a request with MAC and padding, wrong in one way.
func (s *session) malformed(kind int, name string) []byte {
	data := "GET / HTTP/1.1\r\nHost: " + name + "\r\nConnection: close\r\nX-Fill: "
	mac := s.out.kind.mac.Size()
	fill := aes.BlockSize - (len(data)+len("\r\n\r\n")+mac)%aes.BlockSize
	request := []byte(data + strings.Repeat("x", fill) + "\r\n\r\n")
	sum := s.out.sign(rawtls.RecordData, request)
	wrong := slices.Clone(sum)
	wrong[0] ^= 1
	whole := pad(slices.Concat(request, sum)) // with one block of padding
	switch kind {
	case 0:
		return pad(slices.Concat(request, wrong))
	case 1:
		return bytes.Repeat([]byte{255}, len(whole))
	case 2:
		whole[len(whole)-aes.BlockSize] ^= 0x80
		return whole
	case 3:
		return bytes.Repeat([]byte{byte(len(whole) - 1)}, len(whole))
	default:
		return pad(random(mac))
	}
}

// named is what the pattern of answers is known as.
func named(answers []string) string {
	mac, long, padding, all, empty := answers[0], answers[1], answers[2], answers[3], answers[4]
	switch {
	case padding == "data":
		return "POODLE in TLS (CVE-2014-8730)"
	case strings.HasSuffix(padding, "silence"):
		return "Sleeping POODLE"
	case padding != mac && mac == long && mac == all && mac == empty:
		return "Zombie POODLE"
	case mac != padding && padding == long:
		return "GOLDENDOODLE"
	case empty != mac && mac == padding && mac == long && mac == all:
		return "an oracle at empty records, as CVE-2019-1559"
	case (long != mac || all != mac) && mac == padding:
		return "an oracle at records without a MAC, as CVE-2016-2107"
	}
	return "a padding oracle"
}
