package transport

import (
	"maps"
	"net/http"
	"strings"

	"pavise"
	"pavise/internal/http1"
)

// Strict refuses what two readers could take for two different requests.
type Strict struct{}

// Doc describes the control.
func (Strict) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "transport.strict",
		Title:    "Strict HTTP",
		Why:      "Where a front and an app find the end of a request at different bytes, or read another host or another field in it, a stranger can put words into the next visitor's request, poison caches and pass by what was checked (request smuggling).",
		Enforces: "Refuses whatever RFC 9112 does not allow, rather than mend it: doubtful framing, bare LF, folded fields, a second Host, odd targets. Refuses names with underscores that an app takes for deciding ones, X_Forwarded_For say, and drops the others, in HTTP/2 too.",
		Verifies: "Requests for the home page that are wrong in one way each, every one on a connection of its own and with one meaning however it is read: they must be refused.",
		Refuses:  true,
		Rules: []pavise.Rule{
			strictRule("framing", "A request with two framings is refused", pavise.Medium, smuggling, pavise.Fix{Nginx: nginxStrict, Express: nodeStrict,
				Apache: "# httpd drops the length and goes on; no browser sends this field, but some clients of an API do\nRewriteEngine on\nRewriteCond %{HTTP:Transfer-Encoding} .\nRewriteRule ^ - [R=400]"},
				"RFC 9112 6.1", "CWE-444"),
			strictRule("line-endings", "Lines that end in a bare LF are refused", pavise.Low, misreading, pavise.Fix{Apache: httpdStrict, Express: nodeStrict}, "RFC 9112 2.2", "CWE-444"),
			strictRule("fields", "Folded and misspelt fields are refused", pavise.Low, misreading, pavise.Fix{Nginx: nginxStrict, Express: nodeStrict,
				Apache: "# refuses a space before the colon; folded fields httpd joins whatever is set\nHttpProtocolOptions Strict LenientMethods Require1.0"},
				"RFC 9112 5.1", "RFC 9112 5.2", "CWE-444"),
			strictRule("host", "A second Host is refused", pavise.Medium, smuggling, pavise.Fix{Nginx: nginxStrict, Apache: httpdStrict,
				Express: `app.use((req, res, next) => req.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === "host").length > 1 ? res.sendStatus(400) : next());`},
				"RFC 9112 3.2", "CWE-444"),
			strictRule("request-line", "Targets that are no address are refused", pavise.Low, misreading, pavise.Fix{Apache: httpdStrict,
				Nginx: `if ($request_uri ~ "#") { return 400; }`, Express: `app.use((req, res, next) => req.url.includes("#") ? res.sendStatus(400) : next());`},
				"RFC 9112 3", "CWE-20"),
		},
	}
}

// What two readers find in one request, where another stands in front of this one:
// another's request, or another field.
const (
	smuggling  = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N"
	misreading = "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:L/A:N"
)

// What makes the readers of servers strict. nginx takes a bare LF whatever is set.
const (
	nginxStrict = "ignore_invalid_headers on; underscores_in_headers off;  # and keep nginx current"
	httpdStrict = "# and keep httpd current\nHttpProtocolOptions Strict LenientMethods Require1.0"
	nodeStrict  = "http.createServer({ insecureHTTPParser: false, requireHostHeader: true }, app);  // and keep Node.js current"
)

func strictRule(name, title string, severity pavise.Severity, cvss string, fix pavise.Fix, more ...string) pavise.Rule {
	fix.Pavise = pavise.OnByDefault
	return pavise.Rule{
		ID: "transport.strict." + name, Title: title, Severity: severity, CVSS: cvss, Fix: fix,
		References: append([]string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 4.2.1"}, more...),
	}
}

// Validate reports nothing: there is nothing to set.
func (Strict) Validate() error { return nil }

// Tune makes the reader of HTTP/1.1 strict.
func (Strict) Tune(l *pavise.Listener) error {
	l.Strict = true
	return nil
}

// Enforce looks at what came by another reader: HTTP/2, HTTP/3, or the server of a
// Go program.
func (Strict) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{
		Admit: func(x *pavise.Exchange) error {
			if f := http1.Inspect(x.Request, x.Head().Underscored); f != nil {
				return &pavise.Refusal{Status: f.Status, Rule: "transport.strict." + f.Rule, Reason: f.Reason, Saw: f.Saw}
			}
			return nil
		},
		Rewrite: func(x *pavise.Exchange) {
			h := x.Request.Header
			delete(h, "Host") // HTTP/2 has it beside :authority
			if x.Head().Underscored {
				maps.DeleteFunc(h, func(name string, _ []string) bool { return strings.Contains(name, "_") })
			}
		},
	}, nil
}

// A twist is one way to be wrong.
type twist struct{ rule, what, head string }

// twists are whole requests but for the name of the host and the end that they
// share. Whoever takes one for good takes it for one request all the same.
var twists = []twist{
	{"", "an ordinary request", "GET / HTTP/1.1\r\nHost: HOST\r\nEND\r\n"},
	{"framing", "Content-Length beside Transfer-Encoding", "GET / HTTP/1.1\r\nHost: HOST\r\nENDContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	{"line-endings", "lines that end in LF", "GET / HTTP/1.1\nHost: HOST\nENDLF\n"},
	{"fields", "a folded field", "GET / HTTP/1.1\r\nHost: HOST\r\nENDX-Pavise: a\r\n b\r\n\r\n"},
	{"fields", "a space before a colon", "GET / HTTP/1.1\r\nHost: HOST\r\nENDX-Pavise : a\r\n\r\n"},
	{"host", "Host twice", "GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\nEND\r\n"},
	{"request-line", "a fragment in the target", "GET /?#pavise HTTP/1.1\r\nHost: HOST\r\nEND\r\n"},
}

const strictEnd = "User-Agent: pavise\r\nConnection: close\r\n"

func (t twist) probe(e *pavise.Evidence) pavise.Probe {
	address, name, host := line(e.Target)
	words := strings.NewReplacer("HOST", host, "ENDLF", strings.ReplaceAll(strictEnd, "\r", ""), "END", strictEnd)
	return pavise.Probe{Raw: &pavise.Raw{Address: address, Name: name, Sent: words.Replace(t.head)}}
}

// Probes sends each twist, and an ordinary request to compare with.
func (Strict) Probes(e *pavise.Evidence) []pavise.Probe {
	probes := make([]pavise.Probe, len(twists))
	for i, t := range twists {
		probes[i] = t.probe(e)
	}
	return probes
}

// Check judges each rule by its twists: one that is answered like an ordinary
// request fails it.
func (c Strict) Check(e *pavise.Evidence) []pavise.Finding {
	if why := unfitToCompare(e, twists[0].probe(e)); why != "" {
		return c.Doc().All(pavise.Unlooked, e.Target.URL, why)
	}
	found := make([]pavise.Finding, 0, len(twists))
	for _, r := range c.Doc().Rules {
		f := pavise.Finding{Rule: r.ID}
		for _, t := range twists {
			if "transport.strict."+t.rule == r.ID {
				if next := t.check(e); worse(next.Outcome, f.Outcome) {
					f = next
				}
			}
		}
		found = append(found, f)
	}
	return found
}

// worse puts a failure before what is not known, and that before a pass.
func worse(a, b pavise.Outcome) bool {
	rank := map[pavise.Outcome]int{pavise.Pass: 1, pavise.Unknown: 2, pavise.Fail: 3}
	return rank[a] > rank[b]
}

// unfitToCompare says why an ordinary request shows nothing.
func unfitToCompare(e *pavise.Evidence, ordinary pavise.Probe) string {
	switch a, why := e.Heard(ordinary); {
	case why != "":
		return why
	case a.Response == nil:
		return "an ordinary request is not answered"
	case a.Response.Status >= http.StatusBadRequest:
		return "an ordinary request is answered " + http.StatusText(a.Response.Status)
	}
	return ""
}
