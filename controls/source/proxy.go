package source

import (
	"slices"
	"strings"

	"pavise"
)

// Proxy judges whom the program believes about the client: by trust proxy.
type Proxy struct{}

const (
	ruleStrangers = "source.proxy.strangers"
	ruleLost      = "source.proxy.lost"
	ruleForced    = "source.proxy.forced"
	ruleCounted   = "source.proxy.counted"
)

// Doc describes the control.
func (Proxy) Doc() pavise.Doc {
	const loopback = `app.set("trust proxy", "loopback");  // the proxy is on this machine; else its address`
	return pavise.Doc{
		ID:       "source.proxy",
		Title:    "Trust in proxies",
		Why:      "Behind a proxy every request comes from the proxy, in clear. Who does not trust it loses Secure sessions and counts all clients as one; who trusts everybody lets each client choose its address.",
		Verifies: "trust proxy, and the options of sessions and rate limits that go by it.",
		By:       "requests.client",
		Rules: []pavise.Rule{
			{ID: ruleStrangers, Title: "Forwarding headers of strangers are not believed", Severity: pavise.Medium,
				CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N",
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 4.1.3", "CWE-348", "CWE-290"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: loopback}},
			{ID: ruleLost, Title: "Secure sessions arrive behind a proxy", Severity: pavise.Low, Owner: true,
				References: []string{"RFC 7239 5.4", "CWE-1188"},
				Fix:        pavise.Fix{Express: loopback}},
			{ID: ruleForced, Title: "The session believes only proxies that are trusted", Severity: pavise.Low, Owner: true,
				References: []string{"CWE-348"},
				Fix:        pavise.Fix{Express: loopback + "\napp.use(session({ cookie: { secure: true } }));  // without proxy: true"}},
			{ID: ruleCounted, Title: "Rate limits count each client apart", Severity: pavise.Low, Owner: true,
				References: []string{"CWE-799", "PCI DSS 4.0.1 8.3.4"},
				Fix:        pavise.Fix{Express: loopback}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Proxy) Validate() error { return nil }

// Check judges trust proxy against what goes by it.
func (c Proxy) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleStrangers: `"loopback", the addresses of the proxies, or how many there are`,
		ruleLost:      `trust proxy "loopback" beside secure: true`,
		ruleForced:    "trust proxy in place of proxy: true",
		ruleCounted:   `trust proxy "loopback" where rates are limited`,
	}, func(p program, v *verdicts) {
		trust := p.settings("trust proxy")
		for _, s := range trust {
			p.judgeTrust(v, s)
		}
		for _, m := range p.modules() {
			if m.name == apostrophe4 || m.name == apostrophe2 {
				judgeTrustProxy(v, m)
			}
		}
		if len(p.apps()) > 0 {
			for _, s := range p.sessions() {
				p.judgeLost(v, s, trust)
			}
			p.judgeCounted(v, trust)
		}
	})
}

func (p program) judgeTrust(v *verdicts, s setting) {
	where := at(s.use, s.value)
	switch value := s.value; {
	case value.Kind == pavise.BoolValue && value.Text == "true":
		if p.loopbackOnly() {
			v.pass(ruleStrangers, where, "trust proxy is true, and strangers cannot reach the port: it listens on loopback alone")
			return
		}
		v.fail(ruleStrangers, where, "trust proxy is true: whoever asks is believed what address he has")
	case value.Kind == pavise.StringValue && everybody(value.Text):
		v.fail(ruleStrangers, where, "trust proxy is %s: everybody", shown(value))
	case value.Kind == pavise.FunctionValue, holds(value) == untold && value.Kind != pavise.EnvValue:
		v.unknown(ruleStrangers, where, "whom trust proxy believes is known only when it runs: %s", shown(value))
	default:
		v.pass(ruleStrangers, where, "trust proxy is %s", shown(value))
	}
}

// everybody reports whether one of the networks holds all addresses.
func everybody(networks string) bool {
	return slices.ContainsFunc(strings.Split(networks, ","), func(n string) bool {
		n = strings.TrimSpace(n)
		return n == "*" || n == "true" || strings.HasSuffix(n, "/0")
	})
}

// judgeTrustProxy looks at Apostrophe, whose option is always true to Express.
func judgeTrustProxy(v *verdicts, m module) {
	value, told := flag(m.options, "trustProxy")
	if told != yes {
		return
	}
	if address, told := option(m.options, "address"); told == yes && isLoopback(address.Text) {
		v.pass(ruleStrangers, at(m.use, value), "trustProxy is set, and strangers cannot reach the port: it listens on %s", shown(address))
		return
	}
	v.fail(ruleStrangers, at(m.use, value), "trustProxy is %s: whoever asks is believed what address he has, and no address is set to listen on", shown(value))
}

// judgeLost looks at Secure sessions where nobody says that a proxy may be believed.
func (p program) judgeLost(v *verdicts, s session, trust []setting) {
	if s.kind != expressSession && s.kind != cookieSession {
		return
	}
	forced, forcedTold := flag(s.options, "proxy")
	if s.kind == expressSession && forcedTold == yes {
		if len(trust) == 0 && !p.loopbackOnly() {
			v.fail(ruleForced, s.place(forced), "proxy is %s, so whoever asks is believed that he came over TLS, and the rest of the app believes no proxy", shown(forced))
		} else {
			v.pass(ruleForced, s.place(forced), "proxy is %s beside trust proxy, or on loopback", shown(forced))
		}
	} else if forcedTold != untold {
		v.pass(ruleForced, s.place(forced), "the session goes by trust proxy")
	}
	secure, told := flag(s.cookie, "secure")
	switch {
	case told != yes || secure.Kind == pavise.StringValue: // "auto" sends the cookie, if not Secure
	case len(trust) > 0 || forcedTold == yes:
		v.pass(ruleLost, s.place(secure), "secure is %s, and the proxy is believed", shown(secure))
	case len(p.inTLS()) > 0:
		v.pass(ruleLost, s.place(secure), "the program itself speaks TLS")
	case forcedTold == untold || p.hides("trust proxy"):
		v.unknown(ruleLost, s.place(secure), "whether a proxy is believed is known only when it runs")
	default:
		v.lacks(ruleLost, s.place(secure), "secure is %s and trust proxy is not set: no session begins behind a proxy that ends TLS", shown(secure))
	}
}

// hides reports whether an app is told what nobody can tell: app.set(name, value).
func (p program) hides(name string) bool {
	return slices.ContainsFunc(p.onApp("set", "enable"), func(u pavise.Use) bool { return u.Arg(0).Kind != pavise.StringValue })
}

// judgeCounted looks at rate limits where a proxy stands in front for sure.
func (p program) judgeCounted(v *verdicts, trust []setting) {
	for _, u := range p.limiters() {
		_, own := option(u.Arg(0), "keyGenerator")
		switch {
		case len(trust) > 0:
			v.pass(ruleCounted, at(u, u.Arg(0)), "the proxy is believed about the client")
		case own == yes:
			v.pass(ruleCounted, at(u, u.Arg(0)), "it counts by a key of its own")
		case p.loopbackOnly():
			v.lacks(ruleCounted, at(u, u.Arg(0)), "the app listens on loopback, so all clients come from the proxy, and trust proxy is not set: they are counted as one")
		default:
			v.skip(ruleCounted, at(u, u.Arg(0)), "nothing in the source shows whether a proxy stands in front")
		}
	}
}
