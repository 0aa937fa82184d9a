package session

import (
	"net/url"
	"strings"

	"pavise"
)

// URL asks whether session ids stand in addresses.
type URL struct{}

const urlID = "session.url"

// Doc describes the control.
func (URL) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       urlID,
		Title:    "Session ids in addresses",
		Why:      "An address is written to logs, kept in histories and sent on to other sites: whoever reads it there has the session.",
		Verifies: "No link, form or redirect of the site bears a session id, in the path or in the query.",
		Rules: []pavise.Rule{{ID: urlID + ".id", Title: "No address bears a session id", Severity: pavise.Medium,
			CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N", Owner: true,
			References: []string{"ASVS 5.0 14.2.1", "PCI DSS 4.0.1 6.2.4", "CWE-598"},
			Fix: pavise.Fix{
				Express: `app.use(session({ cookie: { secure: true, httpOnly: true } }));  // and no id in res.redirect or in links`,
				Apache:  "# PHP: session.use_only_cookies = 1 and session.use_trans_sid = 0 in php.ini; Tomcat: <session-config><tracking-mode>COOKIE</tracking-mode></session-config>",
			}}},
	}
}

// Validate reports nothing: there is nothing to set.
func (URL) Validate() error { return nil }

// Check looks at every address that the site writes.
func (URL) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{e.Each(urlID+".id", "session ids in cookies alone", func(a pavise.Answer) (string, bool) {
		addresses := append(a.Response.Header["Location"], a.Response.Links...)
		for _, f := range a.Response.Forms {
			addresses = append(addresses, f.Action)
		}
		for _, address := range addresses {
			if name := bears(address); name != "" {
				return "an address bears " + name, true
			}
		}
		return "no address bears a session id", false
	})}
}

// bears returns the name under which an address bears a session id, which nobody
// could guess; "" if it does not.
func bears(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	pairs := strings.Split(u.RawQuery, "&")
	for i, part := range strings.Split(u.Path, ";") {
		if i > 0 {
			pairs = append(pairs, part)
		}
	}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		if id, _, _ := strings.Cut(value, "/"); len(id) >= 16 && strings.ContainsAny(id, "0123456789~") && named(name) {
			return pavise.Clip(name, 60)
		}
	}
	return ""
}

// named reports whether a parameter is called like a session: a default name of a
// framework, or what people call it. A "session" may be one of a conference.
func named(name string) bool {
	lower := strings.ToLower(name)
	if lower != "session" && pavise.DefaultSessionName(name) != "" {
		return true
	}
	switch strings.NewReplacer("-", "", "_", "").Replace(lower) {
	case "sid", "sessid", "sessionid", "jsessionid", "phpsessid", "aspsessionid", "sessiontoken":
		return true
	}
	return false
}
