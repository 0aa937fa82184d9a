package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"pavise"
)

// How long things last. A session that nobody uses ends (PCI DSS 4.0.1 8.2.8), and
// every one does after a day of work.
const (
	TokenLife   = 5 * time.Minute
	DefaultIdle = 15 * time.Minute
	sessionLife = 12 * time.Hour
)

// sessions are kept in the store, by the digest of what the browser bears: 256 bits
// chosen by lot, so that a plain digest gives nothing away.
type sessions struct {
	store pavise.Store
	now   func() time.Time
	idle  time.Duration
	name  string // of the cookie
	tls   bool
}

// A session is who is logged in, and since when.
type session struct {
	User  string    `json:"user"`
	Began time.Time `json:"began"`
	key   string
}

func newBearer() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// digest names what is borne without keeping it.
func digest(kind, bearer string) string {
	sum := sha256.Sum256([]byte(bearer))
	return "dashboard/" + kind + "/" + hex.EncodeToString(sum[:])
}

// token makes one that opens a session once.
func (s *sessions) token(ctx context.Context) (string, error) {
	token := newBearer()
	_, err := s.store.Swap(ctx, digest("token", token), []byte("owner"), 0, TokenLife)
	return token, err
}

// spend reports whether a token is good, which it is once: two that come at the same
// time are told apart by the counter.
func (s *sessions) spend(ctx context.Context, token string) (bool, error) {
	key := digest("token", token)
	value, _, err := s.store.Get(ctx, key)
	if err != nil || value == nil {
		return false, err
	}
	times, _, err := s.store.Add(ctx, digest("spent", token), 1, TokenLife)
	if err != nil || times != 1 {
		return false, err
	}
	return true, s.store.Delete(ctx, key)
}

// key is where a session is kept. The dashboard on loopback and the one that is exposed
// have one store, and other rules of who may be there: a session of one is none of the other.
func (s *sessions) key(bearer string) string { return digest("session/"+s.name, bearer) }

// begin opens a session and gives its cookie to the browser.
func (s *sessions) begin(w http.ResponseWriter, r *http.Request, user string) error {
	bearer := newBearer()
	value, err := json.Marshal(session{User: user, Began: s.now()})
	if err != nil {
		return err
	}
	if _, err := s.store.Swap(r.Context(), s.key(bearer), value, 0, s.idle); err != nil {
		return err
	}
	http.SetCookie(w, s.cookie(bearer, 0))
	return nil
}

// cookie is for this host alone; over https its name says so, and no sibling can set it.
func (s *sessions) cookie(value string, age int) *http.Cookie {
	return &http.Cookie{Name: s.name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: s.tls, SameSite: http.SameSiteStrictMode}
}

// of returns the session that a request belongs to, or nil. A page that refreshes
// itself is no use of it.
func (s *sessions) of(r *http.Request) (*session, error) {
	c, err := r.Cookie(s.name)
	if err != nil || len(c.Value) > 64 {
		return nil, nil
	}
	key := s.key(c.Value)
	value, _, err := s.store.Get(r.Context(), key)
	if err != nil || value == nil {
		return nil, err
	}
	own := session{key: key}
	if err := json.Unmarshal(value, &own); err != nil {
		return nil, err
	}
	left := own.Began.Add(sessionLife).Sub(s.now())
	if left <= 0 {
		return nil, s.store.Delete(r.Context(), key)
	}
	if r.Header.Get(liveHeader) == "" {
		_, err = s.store.Touch(r.Context(), key, min(s.idle, left))
	}
	return &own, err
}

// end forgets the session, here and in the browser.
func (s *sessions) end(w http.ResponseWriter, r *http.Request, own *session) error {
	http.SetCookie(w, s.cookie("", -1))
	return s.store.Delete(r.Context(), own.key)
}
