package headers

import (
	"net/http"
	"strings"

	"pavise"
)

// Cache keeps what belongs to one visitor out of every cache: a shared one hands
// it to the next visitor, the browser's own to the next person at the machine.
type Cache struct{}

const (
	cacheHeader = "Cache-Control"
	cdnHeader   = "Cdn-Cache-Control" // beats the other in a CDN (RFC 9213 2.2)
)

// Doc describes the control.
func (Cache) Doc() pavise.Doc {
	return pavise.Doc{
		ID:    "headers.cache",
		Title: "Cache-Control of private pages",
		Why:   "A cached page of a session is shown to whoever asks next, and a cached Set-Cookie makes them that visitor.",
		Enforces: "Sends Cache-Control: no-store with a response that sets a session cookie, and with one to a request that bore one, " +
			"unless it is a script, style, font, picture, sound or film.",
		Verifies: "Responses that set a session cookie, and the home page asked again with it, are not stored.",
		Rules: []pavise.Rule{{
			ID:         "headers.cache.session",
			Title:      "What belongs to a session is not stored",
			Severity:   pavise.Low,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
			References: []string{"ASVS 5.0 14.3.2", "CWE-524", "CWE-525", "RFC 9111 5.2.2.5"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Nginx:   "# in the locations of pages, not in those of static files\nproxy_hide_header Cache-Control;\nadd_header Cache-Control \"no-store\" always;",
				Apache:  "# in the <Location> of pages, not in that of static files\nHeader onsuccess unset Cache-Control\nHeader always set Cache-Control \"no-store\"",
				Express: `app.use((req, res, next) => { res.set("Cache-Control", "no-store"); next(); }); // after express.static`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Cache) Validate() error { return nil }

// Enforce looks at the cookies before another control gives them their inner
// names, and amends the response.
func (Cache) Enforce(env pavise.Env) (pavise.Hooks, error) {
	const id = "headers.cache"
	const ours = "no-store"
	clash := newConflict(env, id)
	return pavise.Hooks{
		Rewrite: func(x *pavise.Exchange) {
			if followsSession(x.Request.Header) != "" {
				x.Keep(id, true)
			}
		},
		Amend: func(x *pavise.Exchange) {
			private := setsSession(x.Header) != "" || x.Kept(id) != nil && !storable(x.Status, x.Header)
			if !private || unstored(x.Header) {
				return
			}
			if lines := x.Header[cacheHeader]; pavise.HasToken(lines, "public") {
				clash.replaced(x, cacheHeader, lines, ours)
			}
			x.Header[cacheHeader] = x.Lines(ours)
			delete(x.Header, cdnHeader)
		},
	}, nil
}

// Probes asks the home page again as the visitor that the first answer made.
func (Cache) Probes(e *pavise.Evidence) []pavise.Probe {
	for _, a := range e.Site() {
		if setsSession(a.Response.Header) != "" {
			header := http.Header{"Cookie": {sessionOf(a.Response.Header)}}
			return []pavise.Probe{pavise.Ask(pavise.Request{URL: e.Target.URL + "/", Header: header})}
		}
	}
	return nil
}

// Check looks at every response that sets or follows a session cookie.
func (c Cache) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "headers.cache.session"
	f := e.Each(rule, "Cache-Control: no-store", func(a pavise.Answer) (string, bool) {
		h := a.Response.Header
		if name := setsSession(h); name != "" {
			return "sets " + name + ", " + showCache(a), !unstored(h)
		}
		if name := followed(a, e.Target); name != "" && !storable(a.Response.Status, h) {
			return "follows " + name + ", " + showCache(a), !unstored(h)
		}
		return "", false
	})
	for _, p := range c.Probes(e) {
		if _, why := e.Heard(p); why != "" && f.Outcome != pavise.Fail {
			f = pavise.Unlooked(rule, p.Request.URL, "the home page with a session cookie: "+why)
		}
	}
	return []pavise.Finding{f}
}

// followed names the session cookie that a response answers.
func followed(a pavise.Answer, t pavise.Target) string {
	asked := a.Probe.Request.Header
	if as := a.Probe.Request.As; as != "" {
		return "the session of " + as
	}
	if t.Session && asked["Cookie"] == nil {
		return "the session of the asker"
	}
	return followsSession(asked)
}

func showCache(a pavise.Answer) string {
	saw := show(a, cacheHeader)
	if cdn := a.Response.Header[cdnHeader]; len(cdn) != 0 {
		saw += ", for a CDN " + clip(cdn)
	}
	return saw
}

// unstored reports whether a response forbids every cache to keep it. A cache
// that knows must-understand may pass over a no-store beside it (RFC 9111 5.2.2.3).
func unstored(h http.Header) bool {
	lines, cdn := h[cacheHeader], h[cdnHeader]
	return pavise.HasToken(lines, "no-store") && !pavise.HasToken(lines, "must-understand") && (len(cdn) == 0 || pavise.HasToken(cdn, "no-store"))
}

// storable reports whether a response to a session is the same for everybody, or
// has no body: 304 only renews what was stored before.
func storable(status int, h http.Header) bool {
	if status == http.StatusNotModified {
		return true
	}
	media := pavise.MediaType(h)
	switch kind, _, _ := strings.Cut(media, "/"); kind {
	case "font", "image", "audio", "video":
		return true
	}
	switch media {
	case "text/css", "text/javascript", "application/javascript", "application/x-javascript", "application/wasm", "application/font-woff":
		return true
	}
	return false
}
