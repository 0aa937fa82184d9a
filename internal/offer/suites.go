package offer

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"

	"pavise"
	"pavise/internal/rawtls"
)

// What some servers cannot stand is a long hello: they are asked with short ones, of
// less than 256 bytes.
const (
	fewSuites = 40
	fewGroups = 8
)

var versions = []uint16{rawtls.SSL2, rawtls.SSL3, rawtls.TLS10, rawtls.TLS11, rawtls.TLS12, rawtls.TLS13}

// protocols asks for every version side by side. Only where the server agrees to none
// it may be the long hello that it cannot stand.
func (s *surveyor) protocols() []pavise.Protocol {
	found := s.each(func(v uint16) pavise.Protocol { return s.eliminate(v, len(rawtls.Suites(v)), rawtls.Groups(v)) })
	if s.agreed.Load() || !s.reached.Load() {
		return s.settle(found)
	}
	short := s.each(func(v uint16) pavise.Protocol { return s.eliminate(v, fewSuites, rawtls.Groups(v)[:fewGroups]) })
	return s.settle(short)
}

// each asks for every version at the same time.
func (s *surveyor) each(ask func(version uint16) pavise.Protocol) []pavise.Protocol {
	list := make([]pavise.Protocol, len(versions))
	var wait sync.WaitGroup
	for i, v := range versions {
		wait.Go(func() { list[i] = ask(v) })
	}
	wait.Wait()
	return list
}

// noTLS is the reason where a server hung up rather than refuse, or said something else.
const noTLS = "no TLS came back"

// settle takes that for a refusal, now that the server is known to agree to
// something else.
func (s *surveyor) settle(list []pavise.Protocol) []pavise.Protocol {
	for i := range list {
		if list[i].Unknown == noTLS && s.agreed.Load() {
			list[i].Unknown = ""
		}
	}
	return list
}

// eliminate finds the suites of a version, offering at most so many at once.
func (s *surveyor) eliminate(version uint16, atOnce int, groups []uint16) pavise.Protocol {
	p := pavise.Protocol{Version: version}
	if version == rawtls.SSL2 {
		return s.ssl2()
	}
	for chunk := range slices.Chunk(rawtls.Suites(version), atOnce) {
		left := slices.Clone(chunk)
		for len(left) > 0 && p.Unknown == "" {
			if s.lines.Load() >= int64(s.most) {
				p.Unknown = fmt.Sprintf("more than %d connections are needed to see all", s.most)
				break
			}
			suite, err := s.pick(version, left, groups)
			if err != nil {
				p.Unknown = s.reason(err)
				break
			}
			if suite == 0 {
				break
			}
			at := slices.Index(left, suite)
			if at < 0 {
				p.Unknown = "it picked " + rawtls.Lookup(suite).Name + ", which was not offered"
				break
			}
			p.Suites = append(p.Suites, suite)
			left = slices.Delete(left, at, at+1)
		}
	}
	return p
}

// reason is why it is not known whether the server agrees.
func (s *surveyor) reason(err error) string {
	if hungUp(err) || errors.Is(err, rawtls.ErrNotTLS) {
		return noTLS
	}
	return err.Error()
}

// hungUp reports whether the connection ended without an answer.
func hungUp(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &op) && op.Op != "dial" && !op.Timeout()
}

// pick has the server pick a suite: 0 if it refuses, or answers in another version.
func (s *surveyor) pick(version uint16, suites []uint32, groups []uint16) (uint32, error) {
	r, err := ask(s, rawtls.NewHello(version, s.name, short(suites), groups).Marshal(), rawtls.ReadHello)
	switch {
	case err == nil && r.Version == version:
		return uint32(r.Suite), nil
	case err == nil, s.refused(err):
		return 0, nil
	}
	return 0, err
}

// ssl2 asks for SSLv2, whose server names all its ciphers at once.
func (s *surveyor) ssl2() pavise.Protocol {
	p := pavise.Protocol{Version: rawtls.SSL2}
	r, err := ask(s, rawtls.NewHello2(rawtls.Suites(rawtls.SSL2)).Marshal(), rawtls.ReadHello2)
	switch {
	case err == nil && len(r.Kinds) == 0:
		p.Unknown = "SSLv2 is answered, but with no cipher"
	case err == nil:
		p.Suites = r.Kinds
	case s.refused(err):
	default:
		p.Unknown = s.reason(err)
	}
	return p
}

// order finds out whether the order of the suites is the server's own: it then picks
// the same although the client would have the others first.
func (s *surveyor) order(list []pavise.Protocol) {
	var wait sync.WaitGroup
	for i := range list {
		p := &list[i]
		// Some servers put ChaCha20 first where the client does, and else keep their order.
		suites := slices.DeleteFunc(slices.Clone(p.Suites), func(id uint32) bool { return chaCha(id) })
		if p.Version == rawtls.SSL2 || len(suites) < 2 {
			continue
		}
		wait.Go(func() {
			first := suites[0]
			slices.Reverse(suites)
			picked, err := s.pick(p.Version, suites, rawtls.Groups(p.Version))
			p.Ordered = err == nil && picked == first
		})
	}
	wait.Wait()
}

func short(suites []uint32) []uint16 {
	list := make([]uint16, len(suites))
	for i, id := range suites {
		list[i] = uint16(id)
	}
	return list
}
