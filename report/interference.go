package report

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// A scan was interfered with from so many unanswered requests on, where they are at
// least a tenth.
const manyUnanswered = 5

// interference says what stood in the scan's way: a ban, a limit, a firewall. Only
// what any visitor might send counts: a firewall may well stop what is forged.
func interference(e *pavise.Evidence) []string {
	var list []string
	asked, limited, silent := 0, 0, 0
	blocked, answered := "", false
	for _, a := range e.Answers {
		if !a.Ordinary(e.Target) {
			continue
		}
		asked++
		switch {
		case a.Response == nil:
			if answered && a.Error != "" {
				silent++
			}
			continue
		case a.Response.Status == http.StatusTooManyRequests:
			limited++
		}
		answered = true
		if by := blockedBy(a.Response); by != "" && blocked == "" {
			blocked = fmt.Sprintf("%s is answered %d by %s", a.Probe.Request.URL, a.Response.Status, by)
		}
	}
	if limited > 0 {
		list = append(list, fmt.Sprintf("%d of %d ordinary requests were answered 429", limited, asked))
	}
	if blocked != "" {
		list = append(list, blocked)
	}
	if silent >= manyUnanswered && 10*silent >= asked {
		list = append(list, fmt.Sprintf("%d of %d ordinary requests got no answer after the site had answered others", silent, asked))
	}
	home := e.Answer(e.Target.Home())
	switch barred := e.Barred(); {
	case barred != "" && limited == 0:
		list = append(list, barred)
	case home != nil && home.Response != nil && home.Response.Status == http.StatusForbidden:
		list = append(list, "the home page is answered 403")
	}
	return list
}

// blockPages are header fields by which a firewall in front of a site says that it,
// and not the site, has answered. Sources, read on 21 November 2026:
// developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response,
// docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-actions.html,
// docs.edgecast.com/cdn/Content/Web-Security/User_Experience.htm.
var blockPages = []struct{ field, value, who string }{
	{"Cf-Mitigated", "challenge", "a challenge of Cloudflare"},
	{"X-Amzn-Waf-Action", "", "a challenge of AWS WAF"},
	{"X-Ec-Security-Audit", "", "the firewall of Edgecast"},
}

func blockedBy(r *pavise.Response) string {
	for _, b := range blockPages {
		if v := r.Header.Get(b.field); v != "" && (b.value == "" || v == b.value) {
			return b.who
		}
	}
	return ""
}

// openPorts are those that were tried as such, and those over which the site spoke.
func openPorts(e *pavise.Evidence) []Port {
	var list []Port
	add := func(address, service string) {
		if i := slices.IndexFunc(list, func(p Port) bool { return p.Address == address }); i < 0 && len(list) < maxInventory {
			list = append(list, Port{address, service})
		} else if i >= 0 && list[i].Service == "" {
			list[i].Service = service
		}
	}
	for _, a := range e.Answers {
		switch p := a.Probe; {
		case p.Ports != nil && a.Sweep != nil:
			for _, s := range a.Sweep.Open {
				add(net.JoinHostPort(p.Ports.Host, strconv.Itoa(s.Port)), spoken(s))
			}
		case p.Request != nil && a.Response != nil:
			if u, err := url.Parse(p.Request.URL); err == nil && strings.EqualFold(u.Hostname(), e.Target.Host()) {
				add(hostPort(u), u.Scheme)
			}
		case p.Mail != nil && a.Mailer != nil:
			add(p.Mail.Address, "smtp")
		}
	}
	slices.SortFunc(list, func(a, b Port) int { return strings.Compare(a.Address, b.Address) })
	return list
}

// spoken is what a service speaks, and that it does so in TLS.
func spoken(s pavise.Service) string {
	switch {
	case !s.Secure:
		return s.Name
	case s.Name == "http":
		return "https"
	case s.Name == "":
		return "TLS"
	}
	return s.Name + " in TLS"
}

func hostPort(u *url.URL) string {
	return net.JoinHostPort(u.Hostname(), strconv.Itoa(pavise.PortOf(u)))
}
