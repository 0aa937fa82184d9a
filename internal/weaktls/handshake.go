package weaktls

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"slices"
)

// The messages of a handshake (RFC 5246 7.4).
const (
	clientHelloMessage = 1
	serverHelloMessage = 2
	ticketMessage      = 4
	certificateMessage = 11
	exchangeMessage    = 12
	helloDoneMessage   = 14
	clientKeyMessage   = 16
	finishedMessage    = 20
)

const maxMessage = 1 << 16

// A session is what two handshakes may have in common.
type session struct {
	id     []byte
	suite  uint16
	group  uint16
	master []byte
}

// handshake takes a connection from the ClientHello to both Finished.
func (c *conn) handshake() error {
	c.transcript = nil
	typ, body, err := c.message()
	if err != nil {
		return err
	}
	if typ != clientHelloMessage {
		return alert(unexpectedMessage)
	}
	h, err := parseHello(body)
	if err != nil {
		return err
	}
	version, err := c.cfg.agree(h)
	if err != nil {
		return err
	}
	c.sending.Lock()
	c.version = version
	c.sending.Unlock()
	c.serverRandom = make([]byte, 32)
	rand.Read(c.serverRandom)
	if s, ok := c.resumed(h); ok {
		return c.resume(h, s)
	}
	return c.full(h)
}

func (c *conn) full(h *hello) (err error) {
	var s session
	if s.suite, s.group, err = c.cfg.pick(h, c.version); err != nil {
		return err
	}
	if c.cfg.SessionIDs {
		s.id = make([]byte, 32)
		rand.Read(s.id)
	}
	if err := c.flight(h, s); err != nil {
		return err
	}
	c.early = func() error { return c.taken(h, session{suite: s.suite}) }
	typ, body, err := c.message()
	c.early = nil
	if err != nil {
		return err
	}
	whole := suites[s.suite].mac != nil && c.version > SSL3 && !c.compressed && (c.ephemeral != nil || s.group == 0 || suites[s.suite].kind == byRSA)
	switch {
	case typ != clientKeyMessage:
		return alert(unexpectedMessage)
	case !whole:
		return alert(handshakeFailure)
	}
	secret, err := c.premaster(h, s, body)
	if err != nil {
		return err
	}
	s.master = prf(c.version, secret, "master secret", slices.Concat(h.random, c.serverRandom), 48)
	if err := c.theirFinished(h, s); err != nil {
		return err
	}
	return c.ourFinished(h, s)
}

// flight sends all up to the ServerHelloDone.
func (c *conn) flight(h *hello, s session) error {
	out := c.pack(serverHelloMessage, c.serverHello(h, s))
	if !suites[s.suite].kind.anonymous() {
		n := len(c.cfg.Certificate)
		list := append([]byte{byte((n + 3) >> 16), byte((n + 3) >> 8), byte(n + 3), byte(n >> 16), byte(n >> 8), byte(n)}, c.cfg.Certificate...)
		out = append(out, c.pack(certificateMessage, list)...)
	}
	exchange, err := c.keyExchange(h, s)
	if err != nil {
		return err
	}
	if exchange != nil {
		out = append(out, c.pack(exchangeMessage, exchange)...)
	}
	return c.writeRecord(handshakeRecord, append(out, c.pack(helloDoneMessage, nil)...))
}

// pack frames a message, and adds it to the transcript.
func (c *conn) pack(typ byte, body []byte) []byte {
	n := len(body)
	b := append([]byte{typ, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
	c.transcript = append(c.transcript, b...)
	return b
}

// theirFinished reads the client's change of cipher and its Finished.
func (c *conn) theirFinished(h *hello, s session) error {
	if typ, data, err := c.record(); err != nil {
		return err
	} else if typ != changeCipherSpec || len(data) != 1 {
		return alert(unexpectedMessage)
	}
	if err := c.taken(h, s); err != nil {
		return err
	}
	want := c.verifyData("client finished", s)
	typ, body, err := c.message()
	switch {
	case err != nil:
		return err
	case typ != finishedMessage:
		return alert(unexpectedMessage)
	case !hmac.Equal(body, want):
		return alert(decryptError)
	}
	c.verified[0] = want
	return nil
}

// ourFinished sends the ticket, the change of cipher and the Finished.
func (c *conn) ourFinished(h *hello, s session) error {
	if _, asked := h.extensions[extTicket]; asked && c.cfg.Tickets {
		if err := c.writeRecord(handshakeRecord, c.pack(ticketMessage, ticket(s))); err != nil {
			return err
		}
	}
	if err := c.writeRecord(changeCipherSpec, []byte{1}); err != nil {
		return err
	}
	c.sending.Lock()
	_, c.out = c.halves(h, s)
	c.sending.Unlock()
	c.verified[1] = c.verifyData("server finished", s)
	return c.writeRecord(handshakeRecord, c.pack(finishedMessage, c.verified[1]))
}

func (c *conn) verifyData(label string, s session) []byte {
	return prf(c.version, s.master, label, digest(c.version, c.transcript), 12)
}

// taken has what comes be encrypted.
func (c *conn) taken(h *hello, s session) error {
	c.in, _ = c.halves(h, s)
	return nil
}

// halves are the keys of both directions (RFC 5246 6.3).
func (c *conn) halves(h *hello, s session) (in, out half) {
	suite := suites[s.suite]
	if suite.mac == nil {
		return half{}, half{}
	}
	iv := 0
	if suite.block != nil && c.version < TLS11 {
		iv = blockSize(suite)
	}
	mac := suite.mac().Size()
	r := &reader{b: prf(c.version, s.master, "key expansion", slices.Concat(c.serverRandom, h.random), 2*(mac+suite.key+iv))}
	both := []half{{suite: &suite, version: c.version}, {suite: &suite, version: c.version}}
	for i := range both {
		both[i].mac = r.take(mac)
	}
	for i := range both {
		switch key := r.take(suite.key); {
		case suite.rc4:
			both[i].stream = stream(key)
		case suite.block != nil:
			both[i].cipher, _ = suite.block(key)
		}
	}
	for i := range both {
		both[i].iv = r.take(iv)
	}
	return both[0], both[1]
}

func blockSize(s suite) int {
	block, _ := s.block(make([]byte, s.key))
	return block.BlockSize()
}

// ticketLength is that for which the hello of testssl.sh 3.0.8 is well formed.
const ticketLength = 194

// ticket is the session, for anyone to read.
func ticket(s session) []byte {
	b := append([]byte{byte(s.suite >> 8), byte(s.suite)}, s.master...)
	return opaque(binary.BigEndian.AppendUint32(nil, 3600), append(b, make([]byte, ticketLength-len(b))...))
}

// resumed reads the ticket of a hello.
func (c *conn) resumed(h *hello) (s session, ok bool) {
	b := h.extensions[extTicket]
	if !c.cfg.Tickets || len(b) != ticketLength || c.version == SSL3 {
		return s, false
	}
	s = session{id: h.session, suite: binary.BigEndian.Uint16(b), master: b[2:50]}
	if c.cfg.Ticketbleed && len(s.id) > 0 { // 32 bytes, however long the client's was
		s.id = append(slices.Clone(s.id), c.memory(32)...)[:32]
	}
	known := suites[s.suite]
	return s, slices.Contains(h.suites, s.suite) && slices.Contains(c.cfg.Suites, s.suite) && known.mac != nil
}

// resume is the short handshake (RFC 5077 3.1).
func (c *conn) resume(h *hello, s session) error {
	if err := c.writeRecord(handshakeRecord, c.pack(serverHelloMessage, c.serverHello(h, s))); err != nil {
		return err
	}
	if err := c.ourFinished(h, s); err != nil {
		return err
	}
	return c.theirFinished(h, s)
}
