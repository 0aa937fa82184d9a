package flaw

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdh"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"slices"

	"pavise"
	"pavise/internal/rawtls"
)

// The messages that rawtls has no use for (RFC 5246 7.4).
const (
	clientKeyExchange = 16
	finished          = 20
)

var groups = []uint16{29, 23, 24, 25}

var curves = map[uint16]ecdh.Curve{29: ecdh.X25519(), 23: ecdh.P256(), 24: ecdh.P384(), 25: ecdh.P521()}

// A session is a connection behind a whole handshake of TLS 1.0 to 1.2. Who the server
// is does not matter: nothing of worth is sent.
type session struct {
	net.Conn
	version uint16
	out, in *half
	verify  []byte // what the client's Finished said
}

// shake agrees on keys, with one of the suites.
func (s Server) shake(ctx context.Context, suites []uint16) (*session, *pavise.Trait, error) {
	conn, err := s.open(ctx)
	if err != nil {
		return nil, nil, err
	}
	session, err := keys(conn, s.hello(suites...))
	if err == nil {
		return session, nil, nil
	}
	conn.Close()
	if ctx.Err() != nil {
		return nil, nil, ctx.Err()
	}
	return nil, disagreement(err), nil
}

func keys(conn net.Conn, h rawtls.Hello) (*session, error) {
	if _, err := conn.Write(h.Marshal()); err != nil {
		return nil, err
	}
	tee := &recorder{from: conn}
	reply, err := rawtls.ReadFlight(tee)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.id == reply.Suite })
	if i < 0 || reply.Version < rawtls.TLS10 || reply.Version > rawtls.TLS12 {
		return nil, fmt.Errorf("the server picked %s and suite %#04x, which was not offered", rawtls.VersionName(reply.Version), reply.Suite)
	}
	secret, exchange, err := agree(reply, h.Version)
	if err != nil {
		return nil, err
	}
	k := kinds[i]
	key := rawtls.Message{Type: clientKeyExchange, Body: exchange}.Marshal()
	transcript := slices.Concat(h.Message(), tee.handshake(), key)
	master := prf(reply.Version, k.prf, secret, "master secret", slices.Concat(h.Random[:], reply.Random[:]), 48)
	s := &session{Conn: conn, version: reply.Version}
	if s.out, s.in, err = halves(k, reply.Version, master, slices.Concat(reply.Random[:], h.Random[:])); err != nil {
		return nil, err
	}
	s.verify = verifyData(s.version, k.prf, master, "client finished", transcript)
	last := rawtls.Message{Type: finished, Body: s.verify}.Marshal()
	_, err = conn.Write(slices.Concat(
		rawtls.Record{Type: rawtls.RecordHandshake, Version: s.version, Data: key}.Marshal(),
		rawtls.Record{Type: rawtls.RecordChangeCipherSpec, Version: s.version, Data: []byte{1}}.Marshal(),
		s.out.seal(rawtls.RecordHandshake, last)))
	if err != nil {
		return nil, err
	}
	return s, s.finish(verifyData(s.version, k.prf, master, "server finished", append(transcript, last...)))
}

// finish reads the server's change of cipher and its Finished. It offered no ticket,
// so nothing goes before them.
func (s *session) finish(want []byte) error {
	for {
		r, err := rawtls.ReadRecord(s)
		if err != nil {
			return err
		}
		if r.Type == rawtls.RecordAlert && len(r.Data) == 2 {
			return fmt.Errorf("the server ended it: %w", errors.New((&rawtls.Alert{Level: r.Data[0], Description: r.Data[1]}).Error()))
		}
		if r.Type == rawtls.RecordChangeCipherSpec {
			break
		}
	}
	r, err := rawtls.ReadRecord(s)
	if err != nil {
		return err
	}
	r, ok := s.in.open(r)
	if !ok || !hmac.Equal(r.Data, rawtls.Message{Type: finished, Body: want}.Marshal()) {
		return errors.New("the server's Finished is wrong")
	}
	return nil
}

// agree makes the premaster secret and the message that tells the server.
func agree(reply *rawtls.Reply, version uint16) (secret, exchange []byte, err error) {
	if rawtls.Lookup(uint32(reply.Suite)).Exchange() == "RSA" {
		key, err := publicKey(reply)
		if err != nil {
			return nil, nil, err
		}
		b := block(0, key.Size())
		secret = b[len(b)-48:]
		secret[0], secret[1] = byte(version>>8), byte(version)
		return secret, vector(encrypt(key, b)), nil
	}
	curve, ok := curves[reply.Group]
	if e := reply.Exchange; !ok || len(e) < 4 || len(e) < 4+int(e[3]) {
		return nil, nil, fmt.Errorf("the server picked group %d, which was not offered", reply.Group)
	}
	theirs, err := curve.NewPublicKey(reply.Exchange[4 : 4+int(reply.Exchange[3])])
	if err != nil {
		return nil, nil, err
	}
	ours, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	secret, err = ours.ECDH(theirs)
	public := ours.PublicKey().Bytes()
	return secret, append([]byte{byte(len(public))}, public...), err
}

// verifyData is what a Finished says (RFC 5246 7.4.9, RFC 2246 7.4.9).
func verifyData(version uint16, hash crypto.Hash, master []byte, label string, transcript []byte) []byte {
	digest := func(of crypto.Hash) []byte {
		h := of.New()
		h.Write(transcript)
		return h.Sum(nil)
	}
	if version >= rawtls.TLS12 {
		return prf(version, hash, master, label, digest(hash), 12)
	}
	return prf(version, hash, master, label, append(digest(crypto.MD5), digest(crypto.SHA1)...), 12)
}

// A recorder keeps what is read through it.
type recorder struct {
	from net.Conn
	kept bytes.Buffer
}

func (r *recorder) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	r.kept.Write(p[:n])
	return n, err
}

// handshake is the data of the handshake records that were read.
func (r *recorder) handshake() (all []byte) {
	for {
		record, err := rawtls.ReadRecord(&r.kept)
		if err != nil {
			return all
		}
		if record.Type == rawtls.RecordHandshake {
			all = append(all, record.Data...)
		}
	}
}
