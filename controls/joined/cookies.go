package joined

import (
	"strings"

	"pavise"
)

// Cookies finds session cookies that are meant to be secure and so never arrive.
type Cookies struct{}

// Doc describes the control.
func (Cookies) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "joined.cookies",
		Title:    "Secure session cookies that arrive",
		Why:      "Express sends a cookie that is marked secure only over what it takes for https. Behind a proxy it takes every connection for http until trust proxy is set: nobody can log in, and the first remedy that people find is to drop the flag.",
		Verifies: "The options of express-session and cookie-session are read in source, with the trust proxy of its app, and compared with the cookies that the site sets over https.",
		Rules: []pavise.Rule{{
			ID: "joined.cookies.arrive", Title: "The session cookie that source marks secure is set by the site", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:L",
			References: []string{"PCI DSS 4.0.1 6.2.4", "CWE-614", "ASVS 5.0 3.3.1"}, Owner: true,
			Fix: pavise.Fix{
				Pavise:  `pavise serve --to 127.0.0.1:3000  # forwards X-Forwarded-Proto, which trust proxy believes`,
				Nginx:   "proxy_set_header X-Forwarded-Proto $scheme;",
				Apache:  `RequestHeader set X-Forwarded-Proto "https"`,
				Express: `app.set("trust proxy", "loopback")  // before the session`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Cookies) Validate() error { return nil }

// A session is one place of source where sessions are set up.
type session struct {
	use    pavise.Use
	name   string         // of its cookie; "" is known only to the running app
	secure pavise.Outcome // Pass: the cookie is marked secure where people are served
	forced pavise.Outcome // likewise that the proxy is believed for the session alone
}

// The names that the cookies have of themselves.
var usual = map[string]string{"express-session": "connect.sid", "express.session": "connect.sid", "cookie-session": "session"}

// sessions are those whose cookie may be marked secure.
func sessions(e *pavise.Evidence) []session {
	var list []session
	for _, u := range uses(e, func(u pavise.Use) bool { return usual[u.Of] != "" && u.Runs() != pavise.Fail }) {
		options := u.Arg(0)
		cookie := options
		if u.Of != "cookie-session" {
			cookie = option(options, "cookie")
		}
		s := session{use: u, name: usual[u.Of], secure: told(cookie, "secure"), forced: told(options, "proxy")}
		for _, key := range []string{"key", "name"} { // the second is the newer, and counts
			if v := option(options, key); v.Kind == pavise.StringValue {
				s.name = v.Text
			} else if v.Kind != "" {
				s.name = ""
			}
		}
		if s.secure != pavise.Fail {
			list = append(list, s)
		}
	}
	return list
}

// option is what an object says of a name: nothing where it does not have it, and
// something unknown where it may.
func option(options pavise.Value, name string) pavise.Value {
	for _, m := range options.Members {
		if m.Name == name && !m.Maybe {
			return m.Value
		}
		if m.Name == name {
			return pavise.Value{Kind: pavise.OtherValue}
		}
	}
	if options.Kind == "" || options.Kind == pavise.ObjectValue && !options.Open {
		return pavise.Value{}
	}
	return pavise.Value{Kind: pavise.OtherValue}
}

// told is whether an option is true where people are served. "auto" marks a cookie as
// the connection is, so that it always arrives.
func told(options pavise.Value, name string) pavise.Outcome {
	v := option(options, name)
	if v.Kind == "" || v.Kind == pavise.StringValue && v.Text == "auto" {
		return pavise.Fail
	}
	return v.Holds()
}

// Check compares each session in source with what the site sets.
func (c Cookies) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil || e.Target.Host() == "" {
		return nil
	}
	const rule = "joined.cookies.arrive"
	if _, none := sight(e, c.Doc()); none != nil {
		return none
	}
	list := sessions(e)
	switch {
	case len(list) == 0:
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "source marks no cookie of a session as secure")}
	case !e.Target.Secure():
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "the site was looked at over plain http")}
	}
	var found []pavise.Finding
	for _, s := range list {
		v := arrives(e, s)
		found = append(found, v.Finding(rule, s.use.Where(), `app.set("trust proxy", "loopback"), where the proxy is on the same machine`, pavise.Proof{Command: pavise.ShowLine(s.use.File, s.use.Line)}))
	}
	return found
}

// arrives tells whether the cookie of a session can come through.
func arrives(e *pavise.Evidence, s session) pavise.Verdict {
	if name := arrived(e, s.name); name != "" {
		return pavise.Verdict{Outcome: pavise.Pass, Saw: "the site sets " + name}
	}
	name := s.name
	if name == "" {
		name = "cookie of a session"
	}
	trusts := trusted(e, s)
	switch {
	case ownTLS(e):
		return pavise.Verdict{Outcome: pavise.Skip, Saw: "the app speaks TLS itself"}
	case trusts == pavise.Unknown:
		return pavise.Verdict{Outcome: pavise.Unknown, Saw: "trust proxy depends on what only the running app knows, and the site set no " + name}
	case trusts == pavise.Pass:
		return pavise.Verdict{Outcome: pavise.Unknown, Saw: "nothing that was asked for began a session, so that no " + name + " was to be seen"}
	case s.secure == pavise.Unknown:
		return pavise.Verdict{Outcome: pavise.Unknown, Saw: "whether the cookie is marked secure is known only to the running app, and the site set no " + name}
	}
	return pavise.Verdict{Outcome: pavise.Fail, Saw: name + " is marked secure, trust proxy is unset, and the site never sets the cookie over https"}
}

// arrived is the cookie that bears a session to the site's people: by its name, as
// Pavise renames it, or the handle that stands for it; "" is none.
func arrived(e *pavise.Evidence, name string) string {
	for _, cookie := range set(e) {
		bare := strings.TrimPrefix(strings.TrimPrefix(cookie.Name, "__Secure-"), "__Host-")
		if cookie.Name == pavise.VaultCookie || cookie.Name == name || bare == name || name == "" && pavise.SessionCookie(cookie.Name) {
			return cookie.Name
		}
	}
	return ""
}

// trusted tells whether Express believes what stands in front that the client has come
// over https.
func trusted(e *pavise.Evidence, s session) pavise.Outcome {
	if s.forced != pavise.Fail {
		return s.forced
	}
	trusts := pavise.Fail
	for _, u := range uses(e, func(u pavise.Use) bool { return strings.HasSuffix(u.Of, ".set") || strings.HasSuffix(u.Of, ".enable") }) {
		one := pavise.Pass
		switch name := u.Arg(0); {
		case name.Kind != pavise.StringValue && name.Kind != "" && strings.HasPrefix(u.Of, "express()"):
			one = pavise.Unknown // it may be any setting
		case name.Text != "trust proxy":
			continue
		case strings.HasSuffix(u.Of, ".set"):
			one = u.Arg(1).Holds()
		}
		if runs := u.Runs(); one == pavise.Pass {
			one = runs
		} else if runs == pavise.Fail {
			continue
		}
		switch one {
		case pavise.Pass:
			return pavise.Pass
		case pavise.Unknown:
			trusts = pavise.Unknown
		}
	}
	return trusts
}

// ownTLS reports whether the app itself speaks TLS.
func ownTLS(e *pavise.Evidence) bool {
	return len(uses(e, func(u pavise.Use) bool {
		return strings.HasPrefix(u.Of, "https.createServer") || strings.HasPrefix(u.Of, "http2.createSecureServer")
	})) > 0
}
