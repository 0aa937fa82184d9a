package session

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// retries bounds how often changes are done once more because another request has
// changed the session in the meantime.
const retries = 8

// commit saves what the handler has changed and sets the cookie in h. It does so once;
// from then on nothing can be changed.
func (s *Session) commit(h http.Header) error {
	s.mu.Lock()
	late := s.done != nil
	if !late {
		s.done = ErrLate
	}
	s.mu.Unlock()
	if late {
		return nil
	}
	// A client that has gone does not keep a logout from being saved.
	ctx := context.WithoutCancel(s.request.Context())
	if s.plan == logOut {
		if s.rec != nil {
			if err := s.of.kind.end(ctx, s.rec); err != nil {
				return err // the browser keeps the cookie, to log out once more
			}
		}
		s.set(h, s.of.cookie.gone())
		return nil
	}
	if s.wrong != nil {
		return s.wrong
	}
	value, rec, err := s.save(ctx)
	if err != nil {
		return err
	}
	if value != "" {
		s.set(h, s.of.cookie.line(value, s.of.env.Now(), rec.Ends))
	}
	return nil
}

// save returns the value of the cookie to set, "" is none, and the session as it is
// now.
func (s *Session) save(ctx context.Context) (string, *Record, error) {
	kind := s.of.kind
	switch {
	case s.plan == logIn:
		return s.enter(ctx)
	case s.rec == nil && len(s.changes) == 0:
		return "", nil, nil
	case s.rec == nil:
		data, err := apply(s.changes, nil, nil)
		if err != nil || len(data) == 0 {
			return "", nil, err
		}
		return kind.begin(ctx, s.host, "", label(s.request), data)
	case s.plan == renewing:
		value, rec, err := s.rewrite(ctx, func(rec *Record) (string, error) { return kind.renew(ctx, s.host, rec) })
		switch {
		case s.alone && (errors.Is(err, ErrFormer) || errors.Is(err, ErrEnded)):
			err = errors.Join(err, kind.end(ctx, s.rec)) // who bears what it has become may be one of the others
		case errors.Is(err, ErrFormer) && len(s.changes) == 0:
			err = nil // another request has done that
		}
		return value, rec, err
	case len(s.changes) == 0:
		value, err := s.touch(ctx)
		return value, s.rec, err
	}
	return s.rewrite(ctx, func(rec *Record) (string, error) {
		if bytes.Equal(rec.Data, s.rec.Data) {
			return s.touch(ctx)
		}
		return kind.save(ctx, s.host, rec)
	})
}

// enter logs in: with the session that there is, or with another where that has ended
// or been replaced meanwhile. Of such a one no value comes back.
func (s *Session) enter(ctx context.Context) (string, *Record, error) {
	if s.rec != nil && s.anew {
		if err := s.of.kind.end(ctx, s.rec); err != nil {
			return "", nil, err
		}
	} else if s.rec != nil {
		value, rec, err := s.rewrite(ctx, func(rec *Record) (string, error) {
			rec.Label = label(s.request)
			return s.of.kind.enter(ctx, s.host, rec, s.user)
		})
		if !errors.Is(err, ErrEnded) && !errors.Is(err, ErrFormer) {
			return value, rec, err
		}
	}
	changes := slices.Clone(s.changes)
	for i := range changes {
		changes[i].seen = false
	}
	data, err := apply(changes, nil, nil)
	if err != nil {
		return "", nil, err
	}
	return s.of.kind.begin(ctx, s.host, s.user, label(s.request), data)
}

// rewrite does the changes to the session and has it written, once more where
// somebody was faster: to what that one has left.
func (s *Session) rewrite(ctx context.Context, write func(*Record) (string, error)) (string, *Record, error) {
	now := s.rec
	for range retries {
		if now.Former {
			return "", nil, ErrFormer
		}
		rec := *now
		var err error
		if rec.Data, err = apply(s.changes, s.rec.Data, now.Data); err != nil {
			return "", nil, err
		}
		value, err := write(&rec)
		if !errors.Is(err, ErrChanged) {
			return value, &rec, err
		}
		if now, err = s.of.kind.again(ctx, now); err != nil {
			return "", nil, err
		}
	}
	return "", nil, ErrChanged
}

// touch says that the session is in use. Where that cannot be said it ends earlier,
// which is no reason to withhold the answer.
func (s *Session) touch(ctx context.Context) (string, error) {
	s.mu.Lock()
	value, err := s.of.kind.touch(ctx, s.host, s.rec)
	s.mu.Unlock()
	if err == nil || errors.Is(err, ErrEnded) {
		return value, nil
	}
	s.of.env.Note(&pavise.Exchange{Request: s.request, Host: s.host}, "session",
		"a session in use could not be told so ("+err.Error()+"): it ends as if it had rested")
	return "", nil
}

// set sets the cookie. No cache may give it to somebody else (RFC 9111 7.3).
func (s *Session) set(h http.Header, line string) {
	h.Add("Set-Cookie", line)
	control := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	if !strings.Contains(control, "no-store") && !strings.Contains(control, "private") {
		h.Set("Cache-Control", "no-store")
	}
}

// silent reports whether a commit sets no cookie that the browser would miss.
func (s *Session) silent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, sealed := s.of.kind.(borne)
	return s.plan == goOn && (len(s.changes) == 0 || s.rec != nil && !sealed)
}
