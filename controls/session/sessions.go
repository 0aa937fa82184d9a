package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"pavise"
)

// A Config says how a Go program has sessions. The zero value is what we recommend:
// sessions in a store, which is memory if the Env has none.
type Config struct {
	Env    pavise.Env
	Cookie Cookie
	Settings
	// Sealed keeps sessions in the cookies themselves, instead of in a store: see
	// [Sealer] for what only a store can do.
	Sealed bool
	// Failed answers where a session could not be loaded or saved, in place of the
	// handler; nil is a plain page: 503 for a store that is away, 409 for a session that
	// was changed or has ended in the meantime, 500 for what the program did wrong.
	Failed func(http.ResponseWriter, *http.Request, error)
}

// Sessions give handlers the session of a request. They are safe for concurrent use.
type Sessions struct {
	env    pavise.Env
	cookie cookieWriter
	kind   kind
	failed func(http.ResponseWriter, *http.Request, error)
}

// A kind is where sessions are kept. What an error from it means is the same for each:
// [ErrNone], [ErrEnded], [ErrChanged], [ErrFormer], or nothing is known.
type kind interface {
	load(ctx context.Context, host, value string) (*Record, error)
	// begin, enter, renew and save return the value of the cookie to set; "" is none.
	begin(ctx context.Context, host, user, label string, data []byte) (string, *Record, error)
	enter(ctx context.Context, host string, rec *Record, user string) (string, error)
	renew(ctx context.Context, host string, rec *Record) (string, error)
	save(ctx context.Context, host string, rec *Record) (string, error)
	touch(ctx context.Context, host string, rec *Record) (string, error)
	again(ctx context.Context, rec *Record) (*Record, error)
	end(ctx context.Context, rec *Record) error
	list(ctx context.Context, user string) ([]About, error)
	endOne(ctx context.Context, user, id string) (bool, error)
	endAll(ctx context.Context, user string) error
	endOthers(ctx context.Context, rec *Record) error
}

// New returns Sessions. It reports every mistake in the Config at once.
func New(c Config) (*Sessions, error) {
	s := &Sessions{env: c.Env.Complete(), cookie: c.Cookie.writer(), failed: c.Failed}
	if s.failed == nil {
		s.failed = failed
	}
	if c.Purpose == "" {
		c.Purpose = s.cookie.name
		if host := c.Env.Site.Canonical(); host != "" {
			c.Purpose += " of " + host
		}
	}
	err := errors.Join(c.Cookie.Validate(), c.validate(s.env.Now()))
	if c.Sealed {
		sealer, sealerErr := NewSealer(s.env, s.cookie.name, c.Settings)
		s.kind, err = borne{sealer}, errors.Join(err, sealerErr)
	} else {
		keeper, keeperErr := NewKeeper(s.env, c.Settings)
		s.kind, err = kept{keeper}, errors.Join(err, keeperErr)
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// validate reports what is wrong with the Env, and with the cookie for it.
func (c Config) validate(now time.Time) error {
	var errs []error
	for _, secret := range c.Env.Secrets() {
		if secret != nil && len(secret) < leastSecret {
			errs = append(errs, fmt.Errorf("session: a secret must have %d bytes at least, not %d", leastSecret, len(secret)))
		}
	}
	if _, forgets := c.Env.Store.(*pavise.Memory); c.Env.Store != nil && !forgets && c.Env.Secret == nil {
		errs = append(errs, errors.New("session: a store needs a secret, or nobody can open what it keeps after a restart"))
	}
	if at := c.Cookie.Expires; !at.IsZero() && !now.Before(at) {
		errs = append(errs, fmt.Errorf("session: cookie: expires, %s, has passed: browsers forget it at once; max-age counts from each login", at.UTC().Format(time.DateTime)))
	}
	for _, host := range c.Env.Site.Hosts {
		if d := c.Cookie.Domain; d != "" && !strings.HasSuffix("."+strings.ToLower(host), "."+strings.ToLower(d)) {
			errs = append(errs, fmt.Errorf("session: cookie: the domain %.64q does not cover the host %s: no browser takes it there", d, host))
		}
	}
	return errors.Join(errs...)
}

const leastSecret = 32 // bytes: as long as the keys that are made of it

// Wrap gives next the sessions of its requests, see [Sessions.From]. The session is
// loaded before next is asked and saved once, just before the headers of the answer
// leave. Where next panics nothing is saved. Wrap what needs sessions, and nothing
// else: the store is asked for every request that bears a cookie.
func (s *Sessions) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, wrapped := r.Context().Value(bearer{s}).(*Session); wrapped {
			next.ServeHTTP(w, r) // once is enough
			return
		}
		own := &Session{of: s, host: s.host(r)}
		if value, found := s.cookie.read(r.Header); found {
			rec, err := s.kind.load(r.Context(), own.host, value)
			if err != nil && !errors.Is(err, ErrNone) {
				s.fail(w, r, err)
				return
			}
			own.rec = rec
		}
		own.request = r.WithContext(context.WithValue(r.Context(), bearer{s}, own))
		defer removeFiles(own.request)
		out := &answer{ResponseWriter: w, session: own}
		next.ServeHTTP(out, own.request)
		out.finish()
	})
}

// removeFiles removes what a form has left: the server does that for the request that it
// has made, and not for a copy.
func removeFiles(r *http.Request) {
	if r.MultipartForm != nil {
		r.MultipartForm.RemoveAll()
	}
}

// bearer is under which the context of a request bears the session of these Sessions.
type bearer struct{ *Sessions }

// From returns the session of a request. One that has not come through [Sessions.Wrap]
// has a session with nothing in it, which takes nothing either: every change to it is
// [ErrUnwrapped].
func (s *Sessions) From(r *http.Request) *Session {
	if own, ok := r.Context().Value(bearer{s}).(*Session); ok {
		return own
	}
	return &Session{of: s, request: r, done: ErrUnwrapped}
}

// List tells of a user's sessions, the one used last first.
func (s *Sessions) List(ctx context.Context, user string) ([]About, error) {
	return s.kind.list(ctx, user)
}

// End ends the session of a user that has the id, and reports whether there was one.
func (s *Sessions) End(ctx context.Context, user, id string) (bool, error) {
	return s.kind.endOne(ctx, user, id)
}

// EndAll ends every session of a user, also those that are just beginning: when the
// password has changed, say, or the account is closed.
func (s *Sessions) EndAll(ctx context.Context, user string) error {
	return s.kind.endAll(ctx, user)
}

// host is what a sealed cookie is bound to: the host, or the hosts that share it.
func (s *Sessions) host(r *http.Request) string {
	if s.cookie.Domain != "" {
		return "." + strings.ToLower(s.cookie.Domain)
	}
	host, _ := pavise.SplitHost(r.Host)
	return host
}

func (s *Sessions) fail(w http.ResponseWriter, r *http.Request, err error) {
	s.report(w, r, err)
	w.Header().Set("Cache-Control", "no-store")
	s.failed(w, r, err)
}

// report tells the owner what is no visitor's fault, and what no visitor is told.
func (s *Sessions) report(w http.ResponseWriter, r *http.Request, err error) {
	status := Status(err)
	if s.env.Decide == nil || status < http.StatusInternalServerError {
		return
	}
	host, _ := pavise.SplitHost(r.Host)
	d := pavise.Decision{Time: s.env.Now(), ID: pavise.RequestID(w), Action: pavise.Noted, Control: "session", Status: status,
		Reason: pavise.Clip(err.Error(), 200), Method: r.Method, Host: host, Path: r.URL.Path}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil { // which requests.Client has set right
		d.Client = peer.Addr().Unmap().WithZone("")
	}
	s.env.Decide(d)
}

// failed is what is answered where nothing else is configured. It tells strangers
// nothing of the store.
func failed(w http.ResponseWriter, _ *http.Request, err error) {
	status := Status(err)
	text := "Something went wrong on our side."
	switch status {
	case http.StatusConflict:
		text = "Your session has changed in the meantime. Please go back and try again."
	case http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "5")
		text = "Sessions cannot be reached at the moment. Please try again shortly."
	}
	http.Error(w, text, status)
}

// Status is what an error is answered with: 409 where the session was changed, replaced
// or ended in the meantime, 500 where the program asked for what cannot be, else 503.
func Status(err error) int {
	var long *TooLongError
	if errors.As(err, &long) {
		return http.StatusInternalServerError
	}
	for _, wrong := range [...]error{ErrTooLarge, ErrUnwrapped, ErrLate, ErrUnlisted, ErrForever, errValue} {
		if errors.Is(err, wrong) {
			return http.StatusInternalServerError
		}
	}
	for _, met := range [...]error{ErrChanged, ErrFormer, ErrEnded} {
		if errors.Is(err, met) {
			return http.StatusConflict
		}
	}
	return http.StatusServiceUnavailable
}

// label says where a session is used, as far as the browser tells.
func label(r *http.Request) string { return cmp.Or(r.UserAgent(), "unknown") }
