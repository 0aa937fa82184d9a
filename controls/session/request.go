package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// A Session is the session of one request. What a handler changes is saved once, just
// before the headers of its answer leave, and is answered for by then: an answer that
// says it was done never leaves where it was not. It is safe for concurrent use.
type Session struct {
	of      *Sessions
	request *http.Request
	host    string
	rec     *Record // nil: there is none yet

	mu      sync.Mutex
	plan    plan
	user    string // that logs in
	anew    bool   // behind a logout, or the login of somebody else
	alone   bool   // all others of the user were ended
	changes []valueChange
	read    []string // keys, before they were changed
	done    error    // why nothing can be changed any more
	wrong   error    // the first change that could not be
}

// A plan is what becomes of the session beside its values.
type plan int

const (
	goOn plan = iota
	logIn
	renewing
	logOut
)

// What a session says to changes.
var (
	// ErrUnwrapped is that the handler was not wrapped.
	ErrUnwrapped = errors.New("session: the handler is not wrapped by Sessions.Wrap")
	// ErrLate is that the headers of the answer have left.
	ErrLate = errors.New("session: changed after the answer had begun")
	// errValue is a value that cannot be kept.
	errValue = errors.New("session: a value that cannot be kept")
)

// User is whose session it is; "" is nobody's.
func (s *Session) User() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.plan == logIn:
		return s.user
	case s.plan == logOut || s.rec == nil:
		return ""
	}
	return s.rec.user
}

// About tells of the session as it was loaded; it is zero where there is none.
func (s *Session) About() About {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rec == nil {
		return About{}
	}
	return s.rec.About
}

// Since is when the user has logged in: what is asked before something grave is done.
func (s *Session) Since() time.Time {
	about := s.About()
	if about.User == "" {
		return time.Time{}
	}
	return about.Created
}

// LogIn makes the session the user's, under a new token: a token that somebody has
// planted before opens nothing of it. The values stay, but not those of another user:
// what he kept or was allowed is not for who comes after him. Whoever calls it has just
// checked who the user is.
func (s *Session) LogIn(user string) error {
	if user == "" {
		return s.refuse(fmt.Errorf("%w: nobody (\"\") cannot log in", errValue))
	}
	return s.intend(logIn, user)
}

// Renew gives the session a new token: for a change of what the user may do.
func (s *Session) Renew() error {
	s.mu.Lock()
	entering := s.plan == logIn
	s.mu.Unlock()
	if entering {
		return nil // that gives it one
	}
	return s.intend(renewing, "")
}

// LogOut ends the session and forgets its values. A request that is slower cannot
// bring it back.
func (s *Session) LogOut() error { return s.intend(logOut, "") }

func (s *Session) intend(p plan, user string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.done != nil:
		return s.done
	case p == renewing && s.plan == logOut:
		return ErrEnded
	case p == logOut:
		s.changes = []valueChange{{clear: true}}
	case p == logIn && s.plan == logOut:
		s.anew = true
	case p == logIn && s.rec != nil && s.rec.user != "" && s.rec.user != user && !s.anew:
		s.anew, s.changes = true, slices.Insert(s.changes, 0, valueChange{clear: true})
	}
	s.plan, s.user = p, user
	return nil
}

// LogOutEverywhere ends every session of the user, and this one.
func (s *Session) LogOutEverywhere(ctx context.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	return errors.Join(s.of.kind.endAll(ctx, s.User()), s.LogOut())
}

// LogOutOthers ends every session of the user but this one, which gets a new token:
// when the password has changed. If another request has given it one in the meantime,
// somebody else may bear that: then it ends, too, and the answer is 409.
func (s *Session) LogOutOthers(ctx context.Context) error {
	return errors.Join(s.endOthers(ctx), s.Renew())
}

func (s *Session) endOthers(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done != nil { // what is being saved must not change
		return nil // which Renew says
	}
	s.alone = true
	if s.plan != logIn && s.rec != nil {
		return s.of.kind.endOthers(ctx, s.rec)
	}
	return s.of.kind.endAll(ctx, s.user)
}

// open is why the session can no longer be changed, or nil.
func (s *Session) open() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done
}

// List tells of the user's sessions, the one used last first; this one is
// that with the id of [Session.About].
func (s *Session) List(ctx context.Context) ([]About, error) { return s.of.List(ctx, s.User()) }

// refuse remembers a change that could not be: whoever did not look at the error
// learns of it when nothing is saved.
func (s *Session) refuse(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done != nil {
		return s.done
	}
	if s.wrong == nil {
		s.wrong = err
	}
	return err
}
