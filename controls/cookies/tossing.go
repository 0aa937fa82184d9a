package cookies

import (
	"net/http"
	"strings"

	"pavise"
)

const (
	// maxHeader and maxCookies are what a browser can hold for one host, and no
	// honest site comes near.
	maxHeader  = 16 << 10
	maxCookies = 180
)

// Tossing refuses requests whose cookies somebody else may have planted: from a
// sibling host a cookie can be set whose name only the server, not the browser,
// takes for a guarded one, or one that stands beside the honest one.
type Tossing struct{}

// Doc describes the control.
func (Tossing) Doc() pavise.Doc {
	controls := "controls: {cookies.tossing: {}}"
	return pavise.Doc{
		ID:       "cookies.tossing",
		Title:    "Planted cookies",
		Why:      "Whoever controls a sibling host can plant a cookie here. Where the server takes it for the session, the visitor works in the attacker's account, or the attacker in the visitor's.",
		Enforces: "Answers 400 to cookie names with bytes that are no printable ASCII, to $Version and its kin, to a guarded prefix in disguise, to a guarded or session name that comes twice, to more than 180 cookies and to more than 16 KiB of them.",
		Verifies: "The session cookie that the site sets is sent back disguised and beside a false one: the site must refuse it, or begin a new session.",
		Refuses:  true,
		Rules: []pavise.Rule{{
			ID: "cookies.tossing.disguised", Title: "A disguised name is not taken for the session cookie", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
			References: []string{"CWE-565", "CWE-384", "RFC 6265bis 4.1.3", "RFC 6265bis 8.6"},
			Fix: pavise.Fix{
				Pavise:  controls,
				Nginx:   `if ($http_cookie ~ "(^|;)[^=;]*[^ -~]") { return 400; }`,
				Apache:  "RewriteEngine on\nRewriteCond %{HTTP_COOKIE} \"(^|;)[^=;]*[^ -~]\"\nRewriteRule ^ - [R=400]",
				Express: `app.use((req, res, next) => /(^|;)[^=;]*[^ -~]/.test(req.headers.cookie ?? "") ? res.status(400).end() : next());`,
			},
		}, {
			ID: "cookies.tossing.duplicate", Title: "Of two session cookies none is taken", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:N/I:L/A:N",
			References: []string{"CWE-565", "CWE-384", "RFC 6265bis 8.6"},
			Fix: pavise.Fix{
				Pavise: controls,
				Nginx:  `if ($http_cookie ~ "(^|;) *connect\.sid=.*; *connect\.sid=") { return 400; }  # with the name of your session cookie`,
				Apache: `# with the name of your session cookie
RewriteEngine on
RewriteCond %{HTTP_COOKIE} "(^|;) *connect\.sid=.*; *connect\.sid="
RewriteRule ^ - [R=400]`,
				Express: `app.use((req, res, next) => (req.headers.cookie ?? "").split(/; */).filter((c) => c.startsWith("connect.sid=")).length > 1 ? res.status(400).end() : next());`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Tossing) Validate() error { return nil }

// Enforce refuses before the app sees the request.
func (Tossing) Enforce(pavise.Env) (pavise.Hooks, error) {
	return pavise.Hooks{Admit: admit}, nil
}

func admit(x *pavise.Exchange) error {
	var room [24]string
	names, size := room[:0], 0
	for _, line := range x.Request.Header["Cookie"] {
		if size += len(line); size > maxHeader {
			return refuse("cookies.tossing.duplicate", "The browser sent more than 16 KiB of cookies.", "")
		}
		for more := true; more; {
			var pair string
			pair, line, more = cut(line, ';')
			name, _ := nameOf(pair)
			name = strings.TrimRight(name, " ")
			switch {
			case name == "":
				continue
			case len(names) == maxCookies:
				return refuse("cookies.tossing.duplicate", "The browser sent more than 180 cookies.", "")
			case disguised(name):
				return refuse("cookies.tossing.disguised", "The browser sent a cookie whose name may be taken for another.", name)
			case repeated(names, name):
				return refuse("cookies.tossing.duplicate", "The browser sent two session cookies of the same name.", name)
			}
			names = append(names, name)
		}
	}
	return nil
}

func refuse(rule, reason, name string) *pavise.Refusal {
	r := &pavise.Refusal{Status: http.StatusBadRequest, Rule: rule,
		Reason: reason + " Please delete the cookies of this site and try again."}
	if name != "" {
		r.Saw = show(name)
	}
	return r
}

// disguised reports whether a server may take the name for one that a browser
// would have guarded, or for more than a name.
func disguised(name string) bool {
	if name[0] == '$' { // $Version turns old parsers on (RFC 2965 3.3.4)
		return true
	}
	if ordinary(name) {
		return false
	}
	read := pavise.PlainCookieName(name)
	return !printable(name) || looksGuarded(read) && !guarded(name) ||
		read != name && pavise.DefaultSessionName(read) != ""
}

// repeated reports whether one of the names is the same, and matters. Other
// names may come twice, for two paths (RFC 6265 5.4).
func repeated(names []string, name string) bool {
	for _, other := range names {
		if pavise.AlikeCookies(other, name) && (guarded(name) || pavise.SessionCookie(name)) {
			return true
		}
	}
	return false
}

// Probes asks the home page, and whoever gives a session there what he takes
// for it.
func (Tossing) Probes(e *pavise.Evidence) []pavise.Probe {
	probes := []pavise.Probe{e.Target.Home()}
	if o, ok := findOracle(e); ok {
		probes = append(probes, o.ask(o.honest()), o.ask(o.unrelated()))
		for _, cookie := range append(o.disguises(), o.duplicates()...) {
			probes = append(probes, o.ask(cookie))
		}
	}
	return probes
}

// Check passes if the site refused, or began a new session.
func (Tossing) Check(e *pavise.Evidence) []pavise.Finding {
	if o, ok := findOracle(e); ok {
		return []pavise.Finding{
			o.judge(e, "cookies.tossing.disguised", oracle.disguises),
			o.judge(e, "cookies.tossing.duplicate", oracle.duplicates),
		}
	}
	if _, why := e.Heard(e.Target.Home()); why != "" {
		return Tossing{}.Doc().All(pavise.Unlooked, e.Target.URL, "the home page: "+why)
	}
	return Tossing{}.Doc().All(pavise.Skipped, e.Target.URL, "no session cookie is set for a new visitor")
}
