// Package scripts holds the controls that look at what pages have a browser load and
// send: scripts of others, content in the clear, forms, known libraries.
package scripts

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"pavise"
)

// The references that several controls share.
const (
	pciScripts = "PCI DSS 4.0.1 6.4.3"
	pciPatches = "PCI DSS 4.0.1 6.3.3"
)

// page reports whether an answer is a page, which loads things.
func page(a pavise.Answer) bool { return a.Response.HTML() }

// foreign reports whether an address is on another origin than the page's, and host
// is the name there.
func foreign(a pavise.Answer, address string) (host string, yes bool) {
	to, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	return to.Hostname(), !pavise.SameOrigin(a.Probe.Request.URL, address)
}

// sameSite reports whether two hosts belong to one owner, as far as names tell: they
// share the registrable domain.
func sameSite(a, b string) bool {
	return strings.EqualFold(a, b) || registrable(a) == registrable(b)
}

func registrable(host string) string {
	host = strings.ToLower(host)
	if net.ParseIP(host) != nil {
		return host // no part of an address is a domain
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}

// shortened is more than a scan keeps of a page that it has read to its end and has no
// room for.
const shortened = 4 << 10

// shows adds the proof of what stands in a page: the line that cuts it out. Where a
// page loads more than is looked at, nothing passes.
func shows(e *pavise.Evidence, f pavise.Finding, pattern string) pavise.Finding {
	switch f.Outcome {
	case pavise.Pass:
		for _, a := range e.Site() {
			if page(a) && a.Response.Cut && len(a.Response.Body) > shortened {
				return pavise.Unlooked(f.Rule, a.Probe.Request.URL, "the page is longer than is read")
			}
			if len(a.Response.Resources) >= pavise.MaxResources {
				return pavise.Unlooked(f.Rule, a.Probe.Request.URL, "the page loads more than is looked at")
			}
		}
	case pavise.Fail:
		f.Proof.Command = grep(f.Where, "-noiE", pattern)
		f.Proof.Received = f.Saw
	}
	return f
}

// grep is the line that cuts out of a page or a script what the pattern finds.
func grep(address, options, pattern string) string {
	return "curl -skg --compressed " + pavise.Quote(address) + " | grep " + options + " " + pavise.Quote(pattern)
}

// some lists a few of many, shortened.
func some(list []string, most int) string {
	more := ""
	if len(list) > most {
		list, more = list[:most], " and more"
	}
	short := make([]string, len(list))
	for i, s := range list {
		short[i] = pavise.Clip(s, 120)
	}
	return strings.Join(short, ", ") + more
}
