package offer

import (
	"cmp"
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

// groups finds the groups of TLS 1.3, and of what came before where that has others;
// and why that may not be all.
func (s *surveyor) groups(list []pavise.Protocol) (found []uint16, unknown string) {
	found, unknown = s.groupsOf(rawtls.TLS13, of(list, rawtls.TLS13), nil)
	version, suites := newest(list, rawtls.TLS12, func(s rawtls.Suite) bool { return s.Exchange() == "ECDHE" })
	found, why := s.groupsOf(version, suites, found)
	return found, cmp.Or(unknown, why)
}

// groupsOf adds the groups of one version to those that are known. A server whose
// certificate has a curve refuses those who do not offer it (RFC 8422 5.1): behind the
// others it is offered again.
func (s *surveyor) groupsOf(version uint16, suites []uint32, known []uint16) (found []uint16, unknown string) {
	found = known
	if len(suites) == 0 || version == rawtls.SSL3 {
		return found, "" // SSLv3 cannot name a group
	}
	left := slices.DeleteFunc(rawtls.Groups(version), func(g uint16) bool { return slices.Contains(known, g) })
	curved := slices.ContainsFunc(suites, func(id uint32) bool { return rawtls.Lookup(id).Auth() == "ECDSA" })
	var again []uint16
	for len(left) > 0 {
		h := rawtls.NewHello(version, s.name, short(suites), slices.Concat(left, again))
		r, err := ask(s, h.Marshal(), rawtls.ReadFlight)
		switch {
		case err != nil && s.refused(err) && curved && again == nil && len(found) > 0:
			again = slices.Clone(found)
			continue
		case err != nil:
			return found, s.doubt(err)
		}
		at := slices.Index(left, r.Group)
		if r.Version != version || at < 0 {
			break // of another version, or a curve without a name
		}
		found = append(found, r.Group)
		left = slices.Delete(left, at, at+1)
	}
	return found, ""
}

// doubt is why an error is no refusal; "" if it is one.
func (s *surveyor) doubt(err error) string {
	if s.refused(err) {
		return ""
	}
	return err.Error()
}

// primes has the server show its primes: those for export and for anonymous suites
// may be others. Where it does not, it says why.
func (s *surveyor) primes(list []pavise.Protocol) (found []pavise.DHPrime, unknown string) {
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
		if err != nil {
			unknown = err.Error()
			continue
		}
		bits := new(big.Int).SetBytes(r.Prime).BitLen()
		found = append(found, pavise.DHPrime{Bits: bits, Name: rawtls.PrimeName(r.Prime), Suite: uint32(r.Suite)})
	}
	return found, unknown
}
