package session

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"pavise"
)

// A Sealer keeps sessions in the cookies themselves, sealed: who bears one can neither
// read nor change it, nor use it under another name or for another host. Nothing is
// stored but the generations by which all cookies of a user are revoked.
//
// What only a store can do it cannot: end one session alone for whoever has copied
// its cookie, list a user's sessions, or refuse that two requests at the same time
// change the same one. Of these the answer that arrives last counts.
type Sealer struct {
	env         pavise.Env
	set         Settings
	name        string
	ring        *pavise.Ring
	generations Generations // nil: nothing is revoked
}

// A TooLongError is that a cookie would be longer than browsers keep: they drop it
// without a word, and the session with it.
type TooLongError struct {
	Name  string
	Bytes int // name and value together; 4096 is the most
}

func (e *TooLongError) Error() string {
	return fmt.Sprintf("session: the cookie %s would have %d bytes with its name, and browsers drop what has more than %d: keep less in it, or sessions in a store",
		e.Name, e.Bytes, pavise.MaxCookie)
}

// NewSealer returns a Sealer for cookies of one name. Grace and PerUser of the
// settings are not used.
func NewSealer(env pavise.Env, name string, set Settings) (*Sealer, error) {
	set, err := set.complete()
	if name == "" {
		err = errors.Join(err, errors.New("session: a sealed cookie needs a name"))
	}
	if err != nil {
		return nil, err
	}
	env = env.Complete()
	s := &Sealer{env: env, set: set, name: name, ring: env.Ring("sealed session " + set.Purpose), generations: set.Generations}
	if set.Generations == nil && !set.InsecureForever {
		g := &generations{env: env, life: set.Absolute + skew}
		for _, secret := range env.Secrets() {
			g.names = append(g.names, newNaming(secret, "generations "+set.Purpose))
		}
		s.generations = g
	}
	return s, nil
}

// Begin returns a session that is in no cookie yet: of a user, or of nobody ("").
func (s *Sealer) Begin(ctx context.Context, user string, data []byte) (*Record, error) {
	if len(user) > maxUser {
		return nil, fmt.Errorf("%w: the name of a user of %d bytes, and %d is the most", ErrTooLarge, len(user), maxUser)
	}
	now := s.env.Now().Truncate(time.Millisecond)
	rec := &Record{About: About{User: user, Created: now, Seen: now, Ends: now.Add(s.set.Absolute)}, Data: data, user: user, state: alive}
	g, err := s.generation(ctx, user)
	if own, ok := s.generations.(*generations); ok && err == nil && g != 0 {
		err = own.hold(ctx, user)
	}
	rec.version = g
	return rec, err
}

func (s *Sealer) generation(ctx context.Context, user string) (uint64, error) {
	if user == "" || s.generations == nil {
		return 0, nil
	}
	return s.generations.Of(ctx, user)
}

// Seal returns the value of the cookie by which a host's browsers bear the session.
// The error is a [*TooLongError] where they would drop it.
func (s *Sealer) Seal(host string, rec *Record) (string, error) {
	sealed := *rec
	sealed.User, sealed.ID, sealed.Label = rec.user, "", ""
	plain := binary.AppendUvarint(make([]byte, 0, 64+len(rec.user)+len(rec.Data)), rec.version)
	plain = appendRecord(plain, &sealed)
	long := len(s.name) + base64.RawURLEncoding.EncodedLen(len(plain)+pavise.RingOverhead)
	if long > pavise.MaxCookie {
		return "", &TooLongError{s.name, long}
	}
	var room [512]byte
	bytes := s.ring.Seal(make([]byte, 0, len(plain)+pavise.RingOverhead), plain, s.beside(host))
	return string(base64.RawURLEncoding.AppendEncode(room[:0], bytes)), nil
}

// beside is what a cookie belongs to.
func (s *Sealer) beside(host string) []byte {
	return append(appendPrefixed(make([]byte, 0, 128), s.name), host...)
}

// Open returns the session that a cookie bears, or [ErrNone]. Every other error says
// that the user's generation is not known.
func (s *Sealer) Open(ctx context.Context, host, value string) (*Record, error) {
	rec, err := s.open(host, value)
	if err != nil {
		return nil, err
	}
	g, err := s.generation(ctx, rec.user)
	if err != nil {
		return nil, err
	}
	if s.generations != nil && g != rec.version {
		return nil, ErrNone
	}
	return rec, nil
}

// open is Open but for the generation.
func (s *Sealer) open(host, value string) (*Record, error) {
	if len(value) > pavise.MaxCookie {
		return nil, ErrNone
	}
	sealed := make([]byte, base64.RawURLEncoding.DecodedLen(len(value)))
	n, err := strict.Decode(sealed, []byte(value))
	if err != nil {
		return nil, ErrNone
	}
	plain, stale, err := s.ring.Open(nil, sealed[:n], s.beside(host))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	generation, size := binary.Uvarint(plain)
	if size <= 0 {
		return nil, ErrNone
	}
	rec, err := decodeRecord(plain[size:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	rec.version, rec.stale = generation, stale
	now := s.env.Now()
	if !now.Before(rec.Ends) || now.Sub(rec.Seen) >= s.set.Idle || now.Add(skew).Before(rec.Created) {
		return nil, ErrNone
	}
	return rec, nil
}

// Due reports whether a cookie should be sealed again: half of its idle time has
// passed, or a key of before has sealed it. Then it is seen now.
func (s *Sealer) Due(rec *Record) bool {
	now := s.env.Now().Truncate(time.Millisecond)
	if !rec.stale && now.Sub(rec.Seen) < s.set.Idle/2 {
		return false
	}
	rec.Seen = now
	return true
}

// ErrForever is that sealed cookies without generations cannot be revoked.
var ErrForever = errors.New("session: sealed cookies without generations count until their end")

// EndAll ends every session of a user: what was sealed until now opens no longer.
func (s *Sealer) EndAll(ctx context.Context, user string) error {
	if s.generations == nil {
		return ErrForever
	}
	return s.generations.Next(ctx, user)
}
