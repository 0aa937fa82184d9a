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
		Verifies: "The options of express-session are read in source, with the trust proxy of its app, and compared with the cookies that the site sets over https.",
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

// Check compares each session in source with what the site sets.
func (c Cookies) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Project == nil || e.Target.Host() == "" {
		return nil
	}
	const rule = "joined.cookies.arrive"
	if _, none := sight(e, c.Doc()); none != nil {
		return none
	}
	sessions := uses(e, func(u pavise.Use) bool {
		cookie, _ := u.Arg(0).Member("cookie")
		flag, _ := cookie.Member("secure")
		return u.Of == "express-session" && flag.Kind == pavise.BoolValue && flag.Text == "true"
	})
	switch {
	case len(sessions) == 0:
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "source marks no cookie of express-session as secure")}
	case !e.Target.Secure():
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "the site was looked at over plain http")}
	}
	var found []pavise.Finding
	for _, u := range sessions {
		v := arrives(e, u)
		found = append(found, v.Finding(rule, u.Where(), `app.set("trust proxy", "loopback"), where the proxy is on the same machine`, pavise.Proof{Command: pavise.ShowLine(u.File, u.Line)}))
	}
	return found
}

// arrives tells whether the cookie of a session can come through.
func arrives(e *pavise.Evidence, session pavise.Use) pavise.Verdict {
	name := "connect.sid"
	for _, key := range []string{"name", "key"} {
		if v, ok := session.Arg(0).Member(key); ok && v.Kind == pavise.StringValue {
			name = v.Text
		}
	}
	for _, cookie := range set(e) {
		if cookie.Name == pavise.VaultCookie || strings.TrimPrefix(strings.TrimPrefix(cookie.Name, "__Secure-"), "__Host-") == name {
			return pavise.Verdict{Outcome: pavise.Pass, Saw: "the site sets " + cookie.Name}
		}
	}
	trusts, known := trusted(e, session)
	switch {
	case !known:
		return pavise.Verdict{Outcome: pavise.Unknown, Saw: "trust proxy depends on what only the running app knows, and the site set no " + name}
	case trusts:
		return pavise.Verdict{Outcome: pavise.Unknown, Saw: "nothing that was asked for began a session, so that " + name + " was not to be seen"}
	case ownTLS(e):
		return pavise.Verdict{Outcome: pavise.Skip, Saw: "the app speaks TLS itself"}
	}
	return pavise.Verdict{Outcome: pavise.Fail, Saw: name + " is marked secure, trust proxy is unset, and the site never sets the cookie over https"}
}

// trusted tells whether Express believes what stands in front that the client has come
// over https, and whether that can be told.
func trusted(e *pavise.Evidence, session pavise.Use) (trusts, known bool) {
	known = true
	if v, ok := session.Arg(0).Member("proxy"); ok {
		if v.Kind != pavise.BoolValue {
			return false, false
		}
		if v.Text == "true" {
			return true, true
		}
	}
	for _, u := range uses(e, func(u pavise.Use) bool { return u.Arg(0).Text == "trust proxy" }) {
		switch v := u.Arg(1); {
		case strings.HasSuffix(u.Of, ".enable"):
			trusts = true
		case !strings.HasSuffix(u.Of, ".set"):
		case v.Kind == pavise.NameValue, v.Kind == pavise.EnvValue, v.Kind == pavise.OtherValue:
			known = false
		case v.Kind == pavise.BoolValue && v.Text == "false", v.Kind == pavise.NumberValue && v.Text == "0":
		default:
			trusts = true
		}
	}
	return trusts, known || trusts
}

// ownTLS reports whether the app itself speaks TLS.
func ownTLS(e *pavise.Evidence) bool {
	return len(uses(e, func(u pavise.Use) bool {
		return strings.HasPrefix(u.Of, "https.createServer") || strings.HasPrefix(u.Of, "http2.createSecureServer")
	})) > 0
}
