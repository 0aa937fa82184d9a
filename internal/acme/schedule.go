package acme

import (
	"context"
	"crypto/x509"
	"hash/fnv"
	"log/slog"
	"time"
)

// A window is when an authority would like a certificate to be renewed (RFC 9773 4.2).
type window struct{ start, end time.Time }

func life(leaf *x509.Certificate) time.Duration { return leaf.NotAfter.Sub(leaf.NotBefore) }

// due returns when the certificate is to be renewed. One that we have only just got
// is left alone, whatever an authority says: else each renewal would be due at once.
func (h *Host) due(leaf *x509.Certificate) time.Time {
	at := renewAt(leaf, h.window)
	if rest := h.issued.Add(min(time.Hour, life(leaf)/20)); !h.issued.IsZero() && at.Before(rest) {
		return rest
	}
	return at
}

// renewAt is two thirds into the life of a certificate, or within the window that
// its authority suggests. A window that begins in the first half of the life (which
// may be shorter than the authority's idea of a window) counts from the half on,
// and one that ends there says that the certificate is to be replaced, because it
// is or will be revoked.
func renewAt(leaf *x509.Certificate, w window) time.Time {
	span := life(leaf)
	if w.end.IsZero() {
		return leaf.NotBefore.Add(span * 2 / 3)
	}
	half, last := leaf.NotBefore.Add(span/2), leaf.NotAfter.Add(-span/10)
	if w.end.Before(half) {
		return w.end
	}
	start, end := latest(w.start, half), earliest(w.end, last)
	if !start.Before(end) {
		return earliest(start, last)
	}
	return start.Add(time.Duration(share(leaf) * float64(end.Sub(start))))
}

// share is a number from 0 to 1 that differs from certificate to certificate, so
// that not all come at once, and stays the same over a restart.
func share(leaf *x509.Certificate) float64 {
	sum := fnv.New32a()
	sum.Write(leaf.SerialNumber.Bytes())
	return float64(sum.Sum32()) / (1 << 32)
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// refusals is how long to wait after an authority said no: each costs it work, and
// most count what fails in an hour.
var refusals = [...]time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour}

// retryIn returns how long to wait after so many failures before this one. An
// authority that could not be reached was not bothered, so it is tried sooner. A
// certificate that will soon end leaves less time; leaf may be nil.
func retryIn(fails int, leaf *x509.Certificate, now time.Time, why reason) time.Duration {
	wait := refusals[min(fails, len(refusals)-1)]
	switch {
	case why.limited:
		return time.Hour
	case why.unreached:
		wait = min(3*time.Second<<min(fails, 10), 10*time.Minute)
	}
	if leaf != nil && now.Before(leaf.NotAfter) {
		least := min(max(life(leaf)/1000, time.Second), time.Minute)
		wait = min(wait, max(leaf.NotAfter.Sub(now)/8, least))
	}
	return wait
}

// warn speaks up when half of the time that was left for the renewal is gone, and
// then at each half of the rest; near the end it falls silent, and when the
// certificate has ended it speaks once a day.
func (h *Host) warn(leaf *x509.Certificate, now time.Time, why reason) {
	left := leaf.NotAfter.Sub(now)
	if h.warnAt == 0 {
		h.warnAt = leaf.NotAfter.Sub(renewAt(leaf, h.window)) / 2
	}
	if left > h.warnAt {
		return
	}
	switch {
	case left <= 0:
		h.warnAt = left - 24*time.Hour
	case left <= min(time.Hour, life(leaf)/100):
		h.warnAt = -1
	default:
		h.warnAt = left / 2
	}
	h.cfg.Warned()
	h.cfg.Log(slog.LevelError, "certificate is not being renewed", slog.String("host", h.name),
		slog.Time("expires", leaf.NotAfter), slog.String("reason", why.what), slog.String("do", why.todo))
	if h.cfg.WarnHook != "" {
		said, err := runHook(context.Background(), h.cfg.WarnHook, h.name, why.what, leaf.NotAfter.UTC().Format(time.RFC3339))
		logHook(h.cfg, h.cfg.WarnHook, said, err)
	}
}
