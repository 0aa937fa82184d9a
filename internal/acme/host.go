package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Certificates gives what is shown where there is nothing better.
type Certificates interface {
	Certificate(now time.Time, check func(*x509.Certificate, time.Time) error) (*tls.Certificate, error)
}

// A Host is one name with a certificate of its own.
type Host struct {
	name     string
	fallback Certificates
	cfg      *Config
	issuer   issuer
	stop     context.CancelFunc // of run; nil before it has begun

	current atomic.Pointer[tls.Certificate]
	refused atomic.Pointer[tls.Certificate] // by the policy; it was told

	// Only step and what it calls touch these.
	window window    // what the authority suggested for the current one
	polled time.Time // when it is asked again
	issued time.Time // when we last got one
	fails  int       // in a row
	warnAt time.Duration

	mu      sync.Mutex // for what a visitor is told
	problem reason
	tried   time.Time
	next    time.Time
}

// Certificate returns the host's own, or the fallback while there is none that the
// policy lets be shown.
func (h *Host) Certificate(now time.Time, check func(*x509.Certificate, time.Time) error) (*tls.Certificate, error) {
	if cert := h.current.Load(); cert != nil {
		at := now
		if at.Before(cert.Leaf.NotBefore) { // no authority issues one for later: it is our clock
			at = cert.Leaf.NotBefore
		}
		err := check(cert.Leaf, at)
		if err == nil {
			h.refused.Store(nil) // it was not valid yet
			return cert, nil
		}
		if h.refused.Swap(cert) != cert {
			h.cfg.Log(slog.LevelError, "certificate refused by the policy", slog.String("host", h.name), slog.String("error", err.Error()))
		}
	}
	return h.fallback.Certificate(now, check)
}

// serving reports whether visitors can be shown a certificate that is valid now.
func (h *Host) serving() bool {
	cert := h.current.Load()
	return cert != nil && h.refused.Load() != cert && h.cfg.Now().Before(cert.Leaf.NotAfter)
}

// end breaks off what is under way.
func (h *Host) end() {
	if h.stop != nil {
		h.stop()
	}
}

// longest is how long we sleep at most: a clock may be set, a machine suspended.
const longest = time.Hour

func (h *Host) run(ctx context.Context) {
	for {
		timer := time.NewTimer(min(h.step(ctx), longest))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}

// step does what is due now and returns how long there is nothing to do.
func (h *Host) step(ctx context.Context) time.Duration {
	h.load()
	cert, now := h.current.Load(), h.cfg.Now()
	if cert != nil {
		h.poll(ctx, cert.Leaf)
		if due := h.due(cert.Leaf); now.Before(due) {
			h.settle()
			return max(earliest(due, h.polled).Sub(now), time.Second)
		}
	}
	if wait := h.next.Sub(now); wait > 0 {
		return wait
	}
	err := h.issue(ctx, cert)
	switch {
	case ctx.Err() != nil: // we were told to stop
	case err != nil:
		return h.failed(err)
	}
	return time.Second
}

// issue gets a certificate and takes it into use.
func (h *Host) issue(ctx context.Context, before *tls.Certificate) error {
	h.clear()
	var old *x509.Certificate
	if before != nil {
		old = before.Leaf
	}
	ours, err := h.issuer.issue(ctx, h.name, old)
	if err != nil {
		return err
	}
	h.load()
	cert := h.current.Load()
	if cert == before {
		return errors.New("the certificate that was issued is not where it is kept")
	}
	h.issued = h.cfg.Now()
	h.settle()
	what := "certificate issued"
	if !ours {
		what += " to another node"
	}
	h.cfg.Log(slog.LevelInfo, what, slog.String("host", h.name), slog.Time("expires", cert.Leaf.NotAfter))
	return nil
}

// load takes up what lies in the state directory, from before a restart or by
// another instance, which may be writing just now.
func (h *Host) load() {
	cert, err := h.issuer.kept(h.name)
	if err != nil {
		return
	}
	if old := h.current.Load(); old == nil || !old.Leaf.Equal(cert.Leaf) {
		h.window, h.polled = window{}, time.Time{}
		h.current.Store(cert)
	}
}

// clear removes files that do not fit together, because writing them was broken off:
// they would stand in the way of new ones.
func (h *Host) clear() {
	_, err := h.issuer.kept(h.name)
	var unread *fs.PathError
	if err == nil || errors.As(err, &unread) {
		return
	}
	h.cfg.Log(slog.LevelWarn, "kept certificate cannot be used and is removed", slog.String("host", h.name), slog.String("error", err.Error()))
	h.issuer.forget(h.name)
}

// settle forgets past failures.
func (h *Host) settle() {
	h.fails, h.warnAt = 0, 0
	h.mu.Lock()
	h.problem, h.next = reason{}, time.Time{}
	h.mu.Unlock()
}

// poll asks the authority when it wants the certificate renewed, as often as it
// wants to be asked (RFC 9773 4.3).
func (h *Host) poll(ctx context.Context, leaf *x509.Certificate) {
	now := h.cfg.Now()
	if now.Before(h.polled) {
		return
	}
	w, again, err := h.issuer.renewalInfo(ctx, leaf)
	if err == nil {
		h.window = w
	}
	wait := 6 * time.Hour // where the authority does not say
	if !again.IsZero() {
		wait = max(again.Sub(now), time.Minute)
	}
	h.polled = now.Add(min(wait, 24*time.Hour, life(leaf)/8))
}

// failed takes down why there is no new certificate, and returns when to try again.
func (h *Host) failed(err error) time.Duration {
	now, why := h.cfg.Now(), explain(h.name, err)
	var leaf *x509.Certificate
	if cert := h.current.Load(); cert != nil {
		leaf = cert.Leaf
	}
	wait := retryIn(h.fails, leaf, now, why)
	h.fails++
	var paused *pausedError
	if errors.As(err, &paused) {
		why, wait, h.fails = paused.reason(), max(paused.Until.Sub(now), time.Second), paused.Fails
	}
	h.mu.Lock()
	h.problem, h.tried, h.next = why, now, now.Add(wait)
	h.mu.Unlock()
	h.cfg.Log(slog.LevelWarn, "no new certificate yet", slog.String("host", h.name), slog.String("reason", why.what),
		slog.String("do", why.todo), slog.Time("next_try", now.Add(wait)), slog.String("said", said(err)))
	if leaf != nil {
		h.warn(leaf, now, why)
	}
	return wait
}
