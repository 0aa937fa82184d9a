package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"pavise"
)

// A Keeper keeps sessions in a [pavise.Store], and a browser bears nothing but a
// token. Of that the store knows the hash alone, and what it keeps is sealed: who
// steals the store opens no session. It is safe for concurrent use, also by several
// nodes whose clocks differ by a minute.
//
// Nothing is written without knowing what it replaces, so a session that has ended
// never comes back, whoever saves it late.
type Keeper struct {
	env     pavise.Env
	set     Settings
	purpose [short128]byte // its hash
	ring    *pavise.Ring
	names   []*naming // of registers, a secret each; the first is the one to write under
}

// Settings are how long sessions live. The zero value, but for the purpose, is what
// we recommend.
type Settings struct {
	// Purpose tells the sessions of one Keeper from those of another in the same
	// Store: the site, say. Tokens of one purpose open nothing for another.
	Purpose string
	// Idle is how long a session may rest: 15 minutes, which is also the most (PCI
	// DSS 4.0.1 8.2.8).
	Idle time.Duration
	// InsecureIdle is Idle where it must be longer than that.
	InsecureIdle time.Duration
	// Absolute is how long one login may last, however busy: 12 hours; 30 days at most
	// (NIST SP 800-63B-4 2.1.3).
	Absolute time.Duration
	// Grace is how long the token of before still reads, and only reads, what was
	// there before it was replaced: for requests that are on their way. 15 seconds; a
	// minute at most.
	Grace time.Duration
	// PerUser is how many sessions a user may have; with one more the oldest ends. 20;
	// 100 at most.
	PerUser int
	// Generations are where sealed cookies are revoked; nil is the Store. A Keeper has
	// no use for them.
	Generations Generations
	// InsecureForever leaves them out: nothing is asked of any store, and what was
	// sealed counts until its end.
	InsecureForever bool
}

const (
	defaultIdle     = 15 * time.Minute
	defaultAbsolute = 12 * time.Hour
	defaultGrace    = 15 * time.Second
	mostGrace       = time.Minute
	defaultPerUser  = 20
	mostPerUser     = 100 // whose register is well below what a store takes
)

// What a Keeper says beside what its store says. A store that could not be asked is
// never one of these: nothing is known then.
var (
	// ErrNone is that the token opens nothing: it never did, or no longer.
	ErrNone = errors.New("session: there is none")
	// ErrEnded is that a session which was loaded has ended in the meantime.
	ErrEnded = errors.New("session: it has ended in the meantime")
	// ErrChanged is that somebody else has changed it in the meantime.
	ErrChanged = errors.New("session: it was changed in the meantime")
	// ErrFormer is that it was loaded by a token which has been replaced: that only
	// reads what was there before.
	ErrFormer = errors.New("session: its token has been replaced, and the one of before only reads")
	// ErrTooLarge is that the data, or the name of the user, is more than is kept.
	ErrTooLarge = errors.New("session: too large")
)

// What a Keeper takes.
const (
	MaxData  = 12 << 10 // bytes of data in a session
	maxUser  = 512      // bytes of a user's name
	maxLabel = 200      // bytes of a label; the rest is cut off
	tries    = 100      // writes that may come in between before we give up
)

// skew is how far the clocks of two nodes may be apart, with room to spare.
const skew = 2 * time.Minute

// NewKeeper returns a Keeper over the Env's Store. It reports every mistake in the
// settings at once.
func NewKeeper(env pavise.Env, set Settings) (*Keeper, error) {
	set, err := set.complete()
	if err != nil {
		return nil, err
	}
	env = env.Complete()
	purpose := sha256.Sum256([]byte(set.Purpose))
	k := &Keeper{env: env, set: set, purpose: [short128]byte(purpose[:]), ring: env.Ring("session " + set.Purpose)}
	for _, secret := range env.Secrets() {
		k.names = append(k.names, newNaming(secret, set.Purpose))
	}
	return k, nil
}

// complete returns the settings with the defaults in place, or every mistake in them.
func (s Settings) complete() (Settings, error) {
	var errs []error
	fill := func(name string, d *time.Duration, without, most time.Duration) {
		if *d < 0 || *d > 0 && *d < time.Second || *d > most {
			more := ""
			if name == "idle" && *d > most {
				more = ": more is InsecureIdle"
			}
			errs = append(errs, fmt.Errorf("session: %s must be between a second and %s, not %s%s", name, short(most), short(*d), more))
		}
		if *d == 0 {
			*d = without
		}
	}
	given := s.Idle != 0 || s.InsecureIdle != 0
	fill("absolute", &s.Absolute, defaultAbsolute, mostLife)
	if s.InsecureIdle != 0 {
		if s.Idle != 0 {
			errs = append(errs, errors.New("session: set idle or insecure idle, not both"))
		}
		fill("insecure idle", &s.InsecureIdle, 0, mostLife)
		s.Idle = s.InsecureIdle
	} else {
		fill("idle", &s.Idle, defaultIdle, mostIdle)
	}
	fill("grace", &s.Grace, defaultGrace, mostGrace)
	if given && s.Idle > s.Absolute {
		errs = append(errs, fmt.Errorf("session: idle must not be longer than absolute, %s", short(s.Absolute)))
	}
	s.Idle = min(s.Idle, s.Absolute)
	if s.PerUser < 0 || s.PerUser > mostPerUser {
		errs = append(errs, fmt.Errorf("session: a user may have between 1 and %d sessions, not %d", mostPerUser, s.PerUser))
	}
	if s.PerUser == 0 {
		s.PerUser = defaultPerUser
	}
	return s, errors.Join(errs...)
}

// token is what a browser bears: 256 bits by lot.
type token [32]byte

func newToken() (t token) {
	rand.Read(t[:])
	return t
}

// strict takes no token in two spellings.
var strict = base64.RawURLEncoding.Strict()

func (t token) String() string { return strict.EncodeToString(t[:]) }

func parseToken(s string) (t token, ok bool) {
	if len(s) != base64.RawURLEncoding.EncodedLen(len(t)) {
		return t, false
	}
	n, err := strict.Decode(t[:], []byte(s))
	return t, err == nil && n == len(t)
}

// keyPrefix begins every key of a session in the store.
const keyPrefix = "session:"

// key is where the session that a token opens is kept.
func (k *Keeper) key(t token) string {
	var of [short128 + len(t)]byte
	copy(of[copy(of[:], k.purpose[:]):], t[:])
	return hashName(keyPrefix, of[:])
}

// Create begins a session: of a user, or of nobody yet (""). The label says where it
// is used, for the list of the user's sessions: the browser's name, say.
func (k *Keeper) Create(ctx context.Context, user, label string, data []byte) (string, *Record, error) {
	t := newToken()
	rec := k.begin(t, user, label, data)
	if err := k.enter(ctx, rec, ""); err != nil {
		return "", nil, err
	}
	if err := k.first(ctx, rec); err != nil {
		return "", nil, errors.Join(err, k.leave(ctx, user, rec.key))
	}
	if err := k.settle(ctx, rec); err != nil {
		return "", nil, err
	}
	return t.String(), rec, nil
}

// begin returns a session that is not written yet.
func (k *Keeper) begin(t token, user, label string, data []byte) *Record {
	var id [16]byte
	rand.Read(id[:])
	now := k.now()
	return &Record{About: About{ID: base64.RawURLEncoding.EncodeToString(id[:]), User: user, Label: cutLabel(label),
		Created: now, Seen: now, Ends: now.Add(k.set.Absolute)}, Data: data, user: user, key: k.key(t)}
}

// now is the time as it is written: in milliseconds.
func (k *Keeper) now() time.Time { return k.env.Now().Truncate(time.Millisecond) }

// Load returns the session that a token opens, or [ErrNone]. Every other error says
// that nothing is known.
func (k *Keeper) Load(ctx context.Context, token string) (*Record, error) {
	t, ok := parseToken(token)
	if !ok {
		return nil, ErrNone
	}
	return k.read(ctx, k.key(t))
}

// read returns the session under a key, or [ErrNone].
func (k *Keeper) read(ctx context.Context, key string) (*Record, error) {
	value, version, err := k.env.Store.Get(ctx, key)
	switch {
	case errors.Is(err, pavise.ErrSealed), errors.Is(err, pavise.ErrKind): // nobody will ever open it
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	case err != nil:
		return nil, fmt.Errorf("session: loading: %w", err)
	}
	if version == 0 {
		return nil, ErrNone
	}
	plain, stale, err := k.ring.Open(nil, value, []byte(key))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	rec, err := decodeRecord(plain)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	case rec.state == ended || !k.env.Now().Before(rec.Ends):
		return nil, ErrNone
	}
	if most := k.now().Add(k.set.Absolute); rec.Ends.After(most.Add(skew)) { // the clock was ahead
		rec.Ends = most
	}
	rec.key, rec.version, rec.stale, rec.Former = key, version, stale, rec.state == former
	return rec, nil
}
