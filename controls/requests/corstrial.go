package requests

import (
	"cmp"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"pavise"
)

const (
	ruleReflected = "requests.cors.reflected"
	ruleNull      = "requests.cors.null"
	ruleClear     = "requests.cors.clear"
	ruleWildcard  = "requests.cors.wildcard"
	ruleVary      = "requests.cors.vary"
)

// strangers are the origins that the site is asked as, by the rule that they are
// for. None belongs to anybody whom its owner might trust.
func strangers(e *pavise.Evidence) map[string]string {
	host := e.Target.Host()
	origins := map[string]string{attacker: ruleReflected, "null": ruleNull}
	if e.Target.Secure() {
		origins[cmp.Or(e.Target.Clear, "http://"+host)] = ruleClear
	}
	if !pavise.Named(host) {
		return origins
	}
	// For checks that begin or end too soon: a dot is missing before the second, so
	// that only of a domain that can be had it is a stranger's.
	origins[pavise.Origin("https", host+".attacker.example", 443)] = ruleReflected
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		origins["https://"+withPort("attacker"+domain, e.Target.URL)] = ruleReflected
	}
	return origins
}

// withPort gives a host the port of an address, if that names one.
func withPort(host, address string) string {
	if u, err := url.Parse(address); err == nil && u.Port() != "" {
		return net.JoinHostPort(host, u.Port())
	}
	return host
}

// maxShared is how many answers in JSON are asked for as strangers.
const maxShared = 2

// corsTargets are the home page and the first answers in JSON, which is what
// apps share.
func corsTargets(e *pavise.Evidence) []string {
	home := e.Target.URL + "/"
	list := []string{home}
	for _, a := range e.Site() {
		r, media := a.Probe.Request, a.Response.Media()
		json := media == "application/json" || strings.HasSuffix(media, "+json")
		if r.Method == "" && r.Header == nil && json && a.Response.Status < 400 && !slices.Contains(list, r.URL) && len(list) <= maxShared {
			list = append(list, r.URL)
		}
	}
	return list
}

func asStranger(method, url, origin string) pavise.Probe {
	header := http.Header{"Origin": {origin}}
	if method == http.MethodOptions {
		header["Access-Control-Request-Method"] = []string{http.MethodGet}
	}
	return pavise.Ask(pavise.Request{Method: method, URL: url, Header: header})
}

func corsProbes(e *pavise.Evidence) []pavise.Probe {
	if len(e.Site()) == 0 {
		return nil // what is shared only the site can tell
	}
	origins := strangers(e)
	var probes []pavise.Probe
	for _, url := range corsTargets(e) {
		for origin := range origins {
			probes = append(probes, asStranger("", url, origin))
		}
		probes = append(probes, asStranger(http.MethodOptions, url, attacker))
	}
	slices.SortFunc(probes, func(a, b pavise.Probe) int { return strings.Compare(a.Key(), b.Key()) })
	return probes
}

// checkCORS judges every answer to a request that bore an Origin. Reading without
// credentials is no fault: what is public may be read by all.
func checkCORS(e *pavise.Evidence) []pavise.Finding {
	origins := strangers(e)
	found := make([]pavise.Finding, 0, 5)
	for _, rule := range []string{ruleReflected, ruleNull, ruleClear} {
		f := e.Each(rule, "no Access-Control-Allow-Credentials for an origin that is not trusted", func(a pavise.Answer) (string, bool) {
			origin := a.Probe.Request.Header.Get("Origin")
			if origins[origin] != rule {
				return "", false
			}
			return shares(a.Response, origin)
		})
		found = append(found, unasked(e, f))
	}
	wildcard := e.Each(ruleWildcard, "* without Access-Control-Allow-Credentials", func(a pavise.Answer) (string, bool) {
		if !slices.Equal(a.Response.Header[allowOrigin], []string{"*"}) {
			return "", false
		}
		return allows(a.Response), credentials(a.Response)
	})
	vary := e.Each(ruleVary, "Vary: Origin", func(a pavise.Answer) (string, bool) {
		r, origin := a.Probe.Request, a.Probe.Request.Header.Get("Origin")
		if r.Method != "" || origin == "" || !slices.Equal(a.Response.Header[allowOrigin], []string{origin}) {
			return "", false
		}
		lines := a.Response.Header["Vary"]
		return "Vary: " + cmp.Or(clip(strings.Join(lines, ", ")), "nothing"), !pavise.HasToken(lines, "Origin") && !pavise.HasToken(lines, "*")
	})
	return append(found, unasked(e, wildcard), unasked(e, vary))
}

// shares tells whether an origin may read with credentials: as browsers do, to
// the byte (Fetch Standard, CORS check).
func shares(r *pavise.Response, origin string) (saw string, fault bool) {
	if len(r.Header[allowOrigin]) == 0 {
		return "nothing is allowed to " + origin, false
	}
	return "to " + origin + ": " + allows(r), slices.Equal(r.Header[allowOrigin], []string{origin}) && credentials(r)
}

func credentials(r *pavise.Response) bool {
	return slices.Equal(r.Header[allowCredentials], []string{"true"})
}

func allows(r *pavise.Response) string {
	s := allowOrigin + ": " + clip(strings.Join(r.Header[allowOrigin], ", "))
	if credentials(r) {
		return s + ", with credentials"
	}
	return s + ", without credentials"
}

// unasked turns what did not fail to unknown where a question was not answered.
func unasked(e *pavise.Evidence, f pavise.Finding) pavise.Finding {
	if f.Outcome == pavise.Fail {
		return f
	}
	for _, p := range corsProbes(e) {
		if _, why := e.Heard(p); why != "" {
			return pavise.Unlooked(f.Rule, p.Request.URL, "asked as "+p.Request.Header.Get("Origin")+": "+why)
		}
	}
	return f
}
