package offer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"

	"pavise"
	"pavise/internal/rawtls"
)

// ticketTime is how long a server may take to issue a ticket behind the handshake.
const ticketTime = 500 * time.Millisecond

// config offers all that the standard library speaks of one version. It trusts
// everybody: who the server is does not matter here.
func (s *surveyor) config(version uint16) *tls.Config {
	c := &tls.Config{InsecureSkipVerify: true, ServerName: s.name, MinVersion: version, MaxVersion: version}
	if net.ParseIP(s.name) != nil {
		c.ServerName = "" // RFC 6066 3
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		c.CipherSuites = append(c.CipherSuites, suite.ID)
	}
	return c
}

// handshake makes a whole handshake on a line of its own, and hands it over.
func (s *surveyor) handshake(c *tls.Config, use func(*tls.Conn, *tap)) error {
	line, done, err := s.line()
	if err != nil {
		return err
	}
	defer done()
	heard := &tap{Conn: line}
	conn := tls.Client(heard, c)
	defer conn.Close() // with a word: a session that breaks off some servers forget
	if err := conn.HandshakeContext(s.ctx); err != nil {
		return err
	}
	use(conn, heard)
	return nil
}

// alpnWithin is the protocol picked in a whole handshake of TLS 1.3, where the answer
// is encrypted.
func (s *surveyor) alpnWithin(protocols []string) (picked string) {
	c := s.config(tls.VersionTLS13)
	c.NextProtos = protocols
	s.handshake(c, func(conn *tls.Conn, _ *tap) { picked = conn.ConnectionState().NegotiatedProtocol })
	return picked
}

// sessionTraits are those that only a whole handshake shows: resumption by ticket,
// early data, and a staple where there is only TLS 1.3.
func (s *surveyor) sessionTraits(list []pavise.Protocol) (map[string]pavise.Trait, time.Duration) {
	traits := map[string]pavise.Trait{pavise.EarlyData: {Saw: "TLS 1.3 is not spoken"}}
	before, _ := newest(list, rawtls.TLS12, func(s rawtls.Suite) bool { return speaks(s.ID) })
	tickets := pavise.Trait{Unknown: "no suite is agreed to with which we could make a whole handshake"}
	var life time.Duration
	if before >= tls.VersionTLS10 {
		var got issued
		tickets, got = s.resume(before)
		life = got.life
	}
	if len(of(list, rawtls.TLS13)) > 0 {
		newer, got := s.resume(tls.VersionTLS13)
		life = max(life, got.life)
		traits[pavise.EarlyData] = trait(got.early > 0, newer.Unknown, "a session ticket that allows early data")
		if before == 0 {
			traits[pavise.OCSPStapling] = trait(got.staple, newer.Unknown, "a status along with the certificate")
		}
		if !tickets.Has {
			tickets = newer
		}
	}
	traits[pavise.Tickets] = tickets
	return traits, life
}

// speaks reports whether the standard library knows the suite.
func speaks(id uint32) bool {
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if uint32(suite.ID) == id {
			return true
		}
	}
	return false
}

// issued is what a server gave for the next time.
type issued struct {
	life   time.Duration
	early  uint32 // bytes of early data
	staple bool
}

// resume makes a handshake, takes the ticket, and shows it in another.
func (s *surveyor) resume(version uint16) (pavise.Trait, issued) {
	var got issued
	c := s.config(version)
	cache := newKept()
	c.ClientSessionCache, c.KeyLogWriter = cache, &cache.secret
	if err := s.handshake(c, func(conn *tls.Conn, heard *tap) {
		if version == tls.VersionTLS13 { // RFC 8446 4.6.1: tickets come behind it
			awaitTicket(s.ctx, conn, cache)
		}
		got = heard.tickets(conn.ConnectionState(), cache.secret.String())
		// Some servers use a ticket up before they ask for another key share.
		c.CurvePreferences = []tls.CurveID{conn.ConnectionState().CurveID}
		got.staple = len(conn.ConnectionState().OCSPResponse) > 0
	}); err != nil {
		return pavise.Trait{Unknown: err.Error()}, got
	}
	if !cache.full() {
		return pavise.Trait{}, got
	}
	resumed := false
	if err := s.handshake(c, func(conn *tls.Conn, _ *tap) { resumed = conn.ConnectionState().DidResume }); err != nil {
		return pavise.Trait{Unknown: err.Error()}, got
	}
	return trait(resumed, "", "a second handshake resumed by ticket"), got
}

// awaitTicket reads until a ticket has come, or for a moment.
func awaitTicket(ctx context.Context, conn *tls.Conn, cache *kept) {
	ctx, cancel := context.WithTimeout(ctx, ticketTime)
	defer cancel()
	go func() {
		select {
		case <-cache.put:
		case <-ctx.Done():
		}
		conn.SetReadDeadline(time.Unix(1, 0))
	}()
	var some [1]byte
	conn.Read(some[:]) // the server has nothing to say but tickets
}

// hiddenHello tries whether the server knows encrypted hellos: it then answers one for
// a key that nobody has with the keys that it does have (RFC 9849 7.1).
func (s *surveyor) hiddenHello(list []pavise.Protocol) map[string]pavise.Trait {
	const name = pavise.EncryptedClientHello
	if len(of(list, rawtls.TLS13)) == 0 {
		return map[string]pavise.Trait{name: {}}
	}
	c := s.config(tls.VersionTLS13)
	if !strings.Contains(c.ServerName, ".") {
		return map[string]pavise.Trait{name: {Unknown: "only a name with a dot can be hidden"}}
	}
	c.EncryptedClientHelloConfigList = anyConfig(s.name)
	c.EncryptedClientHelloRejectionVerify = func(tls.ConnectionState) error { return nil }
	err := s.handshake(c, func(*tls.Conn, *tap) {})
	var rejected *tls.ECHRejectionError
	switch {
	case errors.As(err, &rejected):
		return map[string]pavise.Trait{name: trait(len(rejected.RetryConfigList) > 0, "", "retry_configs for an encrypted hello")}
	case err == nil:
		return map[string]pavise.Trait{name: {}}
	}
	return map[string]pavise.Trait{name: {Unknown: err.Error()}}
}
