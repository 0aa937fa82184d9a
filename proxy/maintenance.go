package proxy

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"pavise"
)

// maintenance answers in place of an app; nil never does.
type maintenance struct {
	page       []byte
	retryAfter time.Duration
	except     pavise.NetworkSet
}

func newMaintenance(conf *Maintenance) *maintenance {
	if conf == nil {
		return nil
	}
	return &maintenance{page: conf.Page, retryAfter: cmp.Or(conf.RetryAfter, 10*time.Minute), except: pavise.NewNetworkSet(conf.Except)}
}

// holds reports whether the client does not see the app. It is known by the address that
// the controls have found.
func (m *maintenance) holds(r *http.Request) bool {
	return m != nil && !m.except.Contains(clientOf(r))
}

// answer says that it is a short time (RFC 9110 15.6.4).
func (m *maintenance) answer(w http.ResponseWriter, r *http.Request) {
	if m.page == nil || !pavise.Navigation(r) {
		(&pavise.Refusal{Status: http.StatusServiceUnavailable, RetryAfter: m.retryAfter,
			Reason: "It is being worked on. Please come again a little later."}).Answer(w, r)
		return
	}
	h := w.Header()
	h.Set("Retry-After", strconv.Itoa(int((m.retryAfter+time.Second-1)/time.Second)))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(m.page)))
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method != http.MethodHead {
		w.Write(m.page)
	}
}
