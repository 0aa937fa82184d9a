package offer

import (
	"math/big"
	"slices"
	"strings"

	"pavise"
	"pavise/internal/rawtls"
)

func chaCha(id uint32) bool { return strings.Contains(rawtls.Lookup(id).Name, "CHACHA20") }

// of returns what was agreed to in a version.
func of(list []pavise.Protocol, version uint16) []uint32 {
	for _, p := range list {
		if p.Version == version {
			return p.Suites
		}
	}
	return nil
}

// newest is the latest version from SSLv3 to the limit in which a suite is agreed to
// that the test takes, and those suites.
func newest(list []pavise.Protocol, limit uint16, takes func(rawtls.Suite) bool) (uint16, []uint32) {
	for _, p := range slices.Backward(list) {
		if p.Version > limit || p.Version < rawtls.SSL3 {
			continue
		}
		suites := slices.DeleteFunc(slices.Clone(p.Suites), func(id uint32) bool { return !takes(rawtls.Lookup(id)) })
		if len(suites) > 0 {
			return p.Version, suites
		}
	}
	return 0, nil
}

// every takes every suite.
func every(rawtls.Suite) bool { return true }

// groups finds the groups of TLS 1.3, and of what came before where that has others.
func (s *surveyor) groups(list []pavise.Protocol) []uint16 {
	found := s.groupsOf(rawtls.TLS13, of(list, rawtls.TLS13))
	version, suites := newest(list, rawtls.TLS12, func(s rawtls.Suite) bool { return s.Exchange() == "ECDHE" })
	for _, g := range s.groupsOf(version, suites) {
		if !slices.Contains(found, g) {
			found = append(found, g)
		}
	}
	return found
}

func (s *surveyor) groupsOf(version uint16, suites []uint32) []uint16 {
	var found []uint16
	if len(suites) == 0 || version == rawtls.SSL3 {
		return nil // SSLv3 cannot name a group
	}
	left := rawtls.Groups(version)
	for len(left) > 0 {
		r, err := ask(s, rawtls.NewHello(version, s.name, short(suites), left).Marshal(), rawtls.ReadFlight)
		if err != nil || r.Version != version {
			break
		}
		at := slices.Index(left, r.Group)
		if at < 0 {
			break
		}
		found = append(found, r.Group)
		left = slices.Delete(left, at, at+1)
	}
	return found
}

// primes has the server show its primes: those for export and for anonymous suites
// may be others.
func (s *surveyor) primes(list []pavise.Protocol) []pavise.DHPrime {
	var found []pavise.DHPrime
	for _, takes := range []func(rawtls.Suite) bool{
		func(s rawtls.Suite) bool { return !s.Export() && !s.Anonymous() },
		rawtls.Suite.Export,
		func(s rawtls.Suite) bool { return s.Anonymous() && !s.Export() },
	} {
		version, suites := newest(list, rawtls.TLS12, func(s rawtls.Suite) bool { return s.Exchange() == "DHE" && takes(s) })
		if len(suites) == 0 {
			continue
		}
		r, err := ask(s, rawtls.NewHello(version, s.name, short(suites), rawtls.Groups(version)).Marshal(), rawtls.ReadFlight)
		if err != nil || len(r.Prime) == 0 {
			continue
		}
		found = append(found, pavise.DHPrime{Bits: new(big.Int).SetBytes(r.Prime).BitLen(), Name: rawtls.PrimeName(r.Prime), Suite: uint32(r.Suite)})
	}
	return found
}
