package requests

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// forged is what each header claims for the client: addresses that belong to
// nobody (RFC 5737 3), one a header, so that a finding names the header.
var forged = map[string]string{
	"X-Forwarded-For":  "198.51.100.201",
	"X-Real-Ip":        "198.51.100.202",
	"Forwarded":        "198.51.100.203",
	"Cf-Connecting-Ip": "198.51.100.204",
	"True-Client-Ip":   "198.51.100.205",
	"Client-Ip":        "198.51.100.206",
	"X_Forwarded_For":  "198.51.100.207",
}

// forgedHost is a name that belongs to nobody (RFC 2606 3).
const forgedHost = "forwarded-host.example"

func forgedProbes(e *pavise.Evidence) (home, address, host pavise.Probe) {
	addresses := http.Header{}
	for name, value := range forged {
		if name == "Forwarded" {
			value = "for=" + value
		}
		addresses[name] = []string{value}
	}
	hosts := http.Header{"X-Forwarded-Host": {forgedHost}, "X-Forwarded-Server": {forgedHost}, "X-Original-Host": {forgedHost},
		"X-Host": {forgedHost}, "Forwarded": {"host=" + forgedHost}}
	ask := func(h http.Header) pavise.Probe {
		return pavise.Ask(pavise.Request{URL: e.Target.URL + "/", Header: h})
	}
	return e.Target.Home(), ask(addresses), ask(hosts)
}

// checkForged fails if what only a forged header names comes back.
func checkForged(e *pavise.Evidence, rule string, home, probe pavise.Probe, marks []string) pavise.Finding {
	where := probe.Request.URL
	answers, why := heard(e, home, probe)
	if why != "" {
		return pavise.Unlooked(rule, where, why)
	}
	plain, r := answers[0].Response, answers[1].Response
	if plain.Status >= 500 || r.Status == http.StatusTooManyRequests {
		return pavise.Unlooked(rule, where, fmt.Sprintf("it is answered %d, and %d without the headers", r.Status, plain.Status))
	}
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Want: "no answer that goes by what a client writes into such headers",
		Saw: "nothing of the forged headers comes back", Proof: answers[1].Shown()}
	for _, mark := range marks {
		if in := mentions(r, mark); in != "" && mentions(plain, mark) == "" {
			f.Outcome, f.Saw = pavise.Fail, in+" has "+mark+claimedBy(mark)
			return f
		}
	}
	return f
}

func claimedBy(mark string) string {
	for name, value := range forged {
		if value == mark {
			return ", which only " + name + " named"
		}
	}
	return ", which only a forwarding header named"
}

// mentions says where a response has the text; "" if nowhere.
func mentions(r *pavise.Response, text string) string {
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if strings.Contains(strings.ToLower(strings.Join(r.Header[name], ",")), text) {
			return name
		}
	}
	if bytes.Contains(bytes.ToLower(r.Body), []byte(text)) {
		return "the body"
	}
	return ""
}

// pathProbes asks for a page that does not exist, and has headers name one that does.
func pathProbes(e *pavise.Evidence) (absent, renamed pavise.Probe) {
	r := pavise.Request{URL: e.Target.NoPage()}
	absent = pavise.Ask(r)
	r.Header = http.Header{"X-Original-Url": {"/"}, "X-Rewrite-Url": {"/"}}
	return absent, pavise.Ask(r)
}

func checkPath(e *pavise.Evidence) pavise.Finding {
	const rule = "requests.client.path"
	absent, renamed := pathProbes(e)
	where := renamed.Request.URL
	answers, why := heard(e, e.Target.Home(), absent, renamed)
	if why != "" {
		return pavise.Unlooked(rule, where, why)
	}
	home, plain, r := answers[0].Response, answers[1].Response, answers[2].Response
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Want: "the answer that the address has without them", Proof: answers[2].Proof(),
		Saw: fmt.Sprintf("with X-Original-URL and X-Rewrite-URL it is answered %d, without %d", r.Status, plain.Status)}
	host := e.Target.Host()
	switch {
	case samePage(home, plain, host):
		return pavise.Skipped(rule, where, "every address shows the home page, so none can be told from another")
	case home.Status >= 500 || r.Status == http.StatusTooManyRequests:
		return pavise.Unlooked(rule, where, f.Saw)
	case samePage(home, r, host):
		f.Outcome, f.Saw = pavise.Fail, f.Saw+", with the home page that they name"
	}
	return f
}
