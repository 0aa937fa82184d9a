package headers

import "pavise"

// OriginAgent gives the origin an agent cluster of its own, so that a sibling
// subdomain cannot reach into its pages.
type OriginAgent struct{}

const originAgentHeader = "Origin-Agent-Cluster"

// Doc describes the control.
func (OriginAgent) Doc() pavise.Doc {
	return pavise.Doc{
		ID:    "headers.origin-agent",
		Title: "Origin-Agent-Cluster",
		Why:   "Through document.domain a page of a sibling subdomain can become the same origin, and script every page that does likewise.",
		Enforces: "Sends Origin-Agent-Cluster: ?1 with every response over TLS. An app that says ?0 needs document.domain: " +
			"its choice is kept and noted.",
		Verifies: "Every page over https bears ?1. Browsers ignore it in the clear.",
		Rules: []pavise.Rule{{
			ID:         "headers.origin-agent.present",
			Title:      "Every page is kept apart by origin",
			Severity:   pavise.Info,
			References: []string{"CWE-653", "HTML Standard, origin-keyed agent clusters"},
			Fix:        sends("Origin-Agent-Cluster", "?1"),
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (OriginAgent) Validate() error { return nil }

// Enforce sends the header over TLS. It goes with every response: a browser
// complains about an origin whose pages do not all say the same, and in the
// clear about any.
func (OriginAgent) Enforce(env pavise.Env) (pavise.Hooks, error) {
	const ours = "?1"
	clash := newConflict(env, "headers.origin-agent")
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		if !x.Secure {
			return
		}
		switch theirs := x.Header[originAgentHeader]; originAgent(theirs) {
		case "?0":
			clash.note(x, func() string { return "the app's Origin-Agent-Cluster: ?0 is kept, because document.domain needs it" })
		case "":
			if len(theirs) != 0 {
				clash.replaced(x, originAgentHeader, theirs, ours)
			}
			x.Header[originAgentHeader] = x.Lines(ours)
		}
	}}, nil
}

// Check looks at the pages of a site on https.
func (OriginAgent) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "headers.origin-agent.present"
	if !e.Target.Secure() {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "browsers obey it over https alone")}
	}
	return []pavise.Finding{e.Each(rule, originAgentHeader+": ?1", func(a pavise.Answer) (string, bool) {
		if !pages(a) {
			return "", false
		}
		says := originAgent(a.Response.Header[originAgentHeader])
		if says == "?0" {
			return "?0: the app itself asks for document.domain", true
		}
		return show(a, originAgentHeader), says != "?1"
	})}
}

// originAgent returns ?0 or ?1, or "" for what is no structured boolean.
func originAgent(lines []string) string {
	if says := item(lines); says == "?0" || says == "?1" {
		return says
	}
	return ""
}
