package offer

import (
	"cmp"
	"errors"
	"slices"

	"pavise"
	"pavise/internal/rawtls"
)

// onlyNewer is why a trait of what came before is not there.
const onlyNewer = "only TLS 1.3 is spoken, which has no such thing"

// unsure is why it is not known whether anything before TLS 1.3 is spoken; "" if it is.
func unsure(list []pavise.Protocol) string {
	for _, p := range list {
		if p.Version < rawtls.TLS13 && p.Unknown != "" {
			return rawtls.VersionName(p.Version) + ": " + p.Unknown
		}
	}
	return ""
}

// clearTraits are those that a server shows in its answer to one hello of TLS 1.2 or
// before.
func (s *surveyor) clearTraits(list []pavise.Protocol) map[string]pavise.Trait {
	traits := map[string]pavise.Trait{
		pavise.FallbackSCSV:   s.fallback(list),
		pavise.EncryptThenMAC: s.encryptThenMAC(list),
	}
	set := func(name string, has bool, why, saw string) {
		traits[name] = trait(has, why, saw)
	}
	version, suites := newest(list, rawtls.TLS12, every)
	if version == 0 {
		for _, name := range []string{pavise.SecureRenegotiation, pavise.ExtendedMasterSecret, pavise.Compression, pavise.HeartbeatOffered} {
			traits[name] = pavise.Trait{Unknown: unsure(list), Saw: onlyNewer}
		}
		return traits
	}
	r, why := s.flight(version, suites, func(h rawtls.Hello) rawtls.Hello {
		h.Compression = []byte{1, 64, 0} // DEFLATE and LZS, RFC 3749 and 3943
		if version == rawtls.SSL3 {
			h.Suites = append(h.Suites, rawtls.RenegotiationSCSV) // RFC 5746 3.3
			return h
		}
		return h.With(rawtls.Renegotiation(), rawtls.ExtendedMasterSecret(), rawtls.StatusRequest(),
			rawtls.SessionTicket(nil), rawtls.Heartbeat())
	})
	has := func(kind uint16) bool { _, ok := r.Extension(kind); return ok }
	set(pavise.SecureRenegotiation, has(rawtls.ExtRenegotiation), why, "renegotiation_info in the ServerHello")
	set(pavise.ExtendedMasterSecret, has(rawtls.ExtExtendedMasterSecret), why, "extended_master_secret in the ServerHello")
	set(pavise.Compression, r.Compression != 0, why, "a compression method in the ServerHello")
	set(pavise.HeartbeatOffered, has(rawtls.ExtHeartbeat), why, "heartbeat in the ServerHello")
	set(pavise.OCSPStapling, len(r.Staple) > 0, why, "CertificateStatus behind the certificate")
	return traits
}

func trait(has bool, unknown, saw string) pavise.Trait {
	switch {
	case unknown != "":
		return pavise.Trait{Unknown: unknown}
	case has:
		return pavise.Trait{Has: true, Saw: saw}
	}
	return pavise.Trait{}
}

// flight is the answer to a hello that was changed: an empty one, and why, if none came.
func (s *surveyor) flight(version uint16, suites []uint32, change func(rawtls.Hello) rawtls.Hello) (*rawtls.Reply, string) {
	h := change(rawtls.NewHello(version, s.name, short(suites), rawtls.Groups(version)))
	r, err := ask(s, h.Marshal(), rawtls.ReadFlight)
	if err != nil {
		return &rawtls.Reply{}, err.Error()
	}
	return r, ""
}

// fallback tries whether a client that fell back to an older version is told so, as
// RFC 7507 3 wants.
func (s *surveyor) fallback(list []pavise.Protocol) pavise.Trait {
	latest, _ := newest(list, rawtls.TLS13, every)
	before, suites := newest(list, latest-1, every)
	if before == 0 {
		return pavise.Trait{Unknown: cmp.Or(unsure(list), "only one version is spoken, so there is nothing to fall back to")}
	}
	h := rawtls.NewHello(before, s.name, append(short(suites), rawtls.FallbackSCSV), rawtls.Groups(before))
	_, err := ask(s, h.Marshal(), rawtls.ReadHello)
	var alert *rawtls.Alert
	switch {
	case err == nil:
		return pavise.Trait{Saw: rawtls.VersionName(before) + " is agreed to although the client says that it fell back"}
	case errors.As(err, &alert) && alert.Description == rawtls.AlertInappropriateFallback:
		return pavise.Trait{Has: true, Saw: err.Error()}
	}
	return pavise.Trait{Unknown: err.Error()}
}

// encryptThenMAC asks with suites of CBC alone: with others it is not answered (RFC
// 7366 3).
func (s *surveyor) encryptThenMAC(list []pavise.Protocol) pavise.Trait {
	version, suites := newest(list, rawtls.TLS12, rawtls.Suite.CBC)
	if version <= rawtls.SSL3 {
		return pavise.Trait{Unknown: cmp.Or(unsure(list), "no suite with CBC is agreed to")}
	}
	r, why := s.flight(version, suites, func(h rawtls.Hello) rawtls.Hello { return h.With(rawtls.EncryptThenMAC()) })
	_, has := r.Extension(rawtls.ExtEncryptThenMAC)
	return trait(has, why, "encrypt_then_mac in the ServerHello")
}

// applications are the protocols that are looked for (IANA TLS ALPN Protocol IDs).
var applications = []string{"h2", "http/1.1", "http/1.0", "http/0.9", "spdy/3.1", "spdy/3", "acme-tls/1"}

// alpn finds the application protocols by elimination, in a version where the answer
// is in the clear, else by whole handshakes.
func (s *surveyor) alpn(list []pavise.Protocol) []string {
	version, suites := newest(list, rawtls.TLS12, every)
	left := slices.Clone(applications)
	var found []string
	for {
		picked := ""
		if version >= rawtls.TLS10 {
			r, _ := s.flight(version, suites, func(h rawtls.Hello) rawtls.Hello { return h.With(rawtls.ALPN(left...)) })
			picked = r.ALPN()
		} else if len(of(list, rawtls.TLS13)) > 0 {
			picked = s.alpnWithin(left)
		}
		at := slices.Index(left, picked)
		if at < 0 {
			return found
		}
		found = append(found, picked)
		left = slices.Delete(left, at, at+1)
	}
}
