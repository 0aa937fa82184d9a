package leaks

import (
	"encoding/json"
	"strings"

	"pavise"
)

// Traces keeps stack traces from leaving.
type Traces struct{}

// Doc describes the control.
func (Traces) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "leaks.traces",
		Title:    "Stack traces",
		Why:      "A stack trace tells the paths, the libraries and the inner calls of an app: what an attacker otherwise has to guess.",
		Enforces: "Looks at the first 64 KiB of every error response in text, XML or JSON, compressed or not: by gzip or deflate, behind the proxy also br or zstd; other codings are not asked for. A text with a stack trace of Node.js, Python, Java, .NET, PHP, Ruby, Perl, Rust, Elixir or Go becomes a plain error page; from JSON the trace is cut and the rest stays. A server error that cannot be read becomes a plain error page.",
		Verifies: "Every error response that the scan meets, among them those to a malformed address and to malformed JSON.",
		Rules: []pavise.Rule{{
			ID:         "leaks.traces.stack",
			Title:      "No error response shows a stack trace",
			Severity:   pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
			References: []string{"ASVS 5.0 16.5.1", "CWE-209"},
			Fix: pavise.Fix{
				Pavise: pavise.OnByDefault,
				Nginx: `# in the locations of pages, not in those of an API
proxy_intercept_errors on;
error_page 400 404 405 422 500 502 503 504 /error.html;
location = /error.html { root /srv/pages; internal; }`,
				Apache:  ownErrors,
				Express: `app.use((err, req, res, next) => res.status(err.status ?? 500).json({ error: "Something went wrong" }));`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Traces) Validate() error { return nil }

// Enforce replaces text that holds a trace, and cuts traces out of JSON.
func (Traces) Enforce(env pavise.Env) (pavise.Hooks, error) {
	known := readable(env)
	return pavise.Hooks{Rewrite: known.ask, Replace: func(x *pavise.Exchange, held []byte) *pavise.Page {
		media := known.mediaType(x.Header, held)
		if x.Status < 400 || len(held) == 0 || !isText(media) {
			return nil
		}
		text, whole := known.plain(x.Header, held)
		saw := firstFrame(media, text)
		switch {
		case text == nil && x.Status >= 500: // nobody can vouch for it
			saw = "Content-Encoding: " + pavise.Clip(x.Header.Get("Content-Encoding"), 40)
		case saw == "":
			return nil
		case isJSON(media) && whole && json.Valid(text):
			if cut, found := cutTraces(text); found {
				return &pavise.Page{Type: x.Header.Get("Content-Type"), Body: cut, Rule: "leaks.traces.stack", Saw: saw}
			}
			return nil
		}
		return ownPage(x, "leaks.traces.stack", saw)
	}}, nil
}

// isText reports whether a body is for people: XML too, as faults of SOAP are
// (RFC 7303 9).
func isText(media string) bool {
	return strings.HasPrefix(media, "text/") || isJSON(media) ||
		strings.HasSuffix(media, "/xml") || strings.HasSuffix(media, "+xml") || strings.HasSuffix(media, "javascript")
}

// firstFrame shows the first frame of a trace, in the strings of JSON too, where
// it is escaped; "" if there is none.
func firstFrame(media string, text []byte) string {
	if !marked(text) {
		return ""
	}
	if isJSON(media) {
		for literal := range literals(text) {
			if at := findTrace(unquote(literal)); at.frame != "" {
				return at.String()
			}
		}
	}
	if at := findTrace(string(text)); at.frame != "" {
		return at.String()
	}
	return ""
}

// Check looks at every error response, whoever asked.
func (Traces) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{e.Each("leaks.traces.stack", "an error response without a stack trace",
		func(a pavise.Answer) (string, bool) {
			r := a.Response
			media := standard.mediaType(r.Header, r.Body)
			if r.Status < 400 || !isText(media) {
				return "", false
			}
			if frame := firstFrame(media, r.Body); frame != "" {
				return frame, true
			}
			return "no stack trace", false
		})}
}
