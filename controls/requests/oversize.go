package requests

import (
	"fmt"
	"net/http"
	"strings"

	"pavise"
)

// head refuses a head that is too large; nil lets it pass.
func (c Size) head(x *pavise.Exchange) *pavise.Refusal {
	r := x.Request
	if n := len(r.RequestURI); n > c.URL {
		return &pavise.Refusal{Status: http.StatusRequestURITooLong, Rule: "requests.size.url",
			Reason: "The address is too long.", Saw: fmt.Sprintf("an address of %d bytes", n)}
	}
	if n := strings.Count(r.URL.RawQuery, "&") + strings.Count(r.URL.RawQuery, ";"); n >= c.Parameters {
		return &pavise.Refusal{Status: http.StatusBadRequest, Rule: "requests.size.url",
			Reason: "The address has too many parameters.", Saw: fmt.Sprintf("%d parameters", n+1)}
	}
	if head := x.Head(); head.Fields > c.Fields || head.Bytes > c.Headers {
		return &pavise.Refusal{Status: http.StatusRequestHeaderFieldsTooLarge, Rule: "requests.size.header",
			Reason: "The headers are too large. If this goes on, delete the cookies of this site.", Saw: fmt.Sprintf("%d header fields of %d bytes", head.Fields, head.Bytes)}
	}
	return nil
}

// A terabyte is more than any site takes.
const terabyte = 1 << 40

func sizeProbes(e *pavise.Evidence) (header, address, body pavise.Probe) {
	home := e.Target.URL + "/"
	return pavise.Ask(pavise.Request{URL: home, Header: http.Header{"X-Pavise-Size": {strings.Repeat("x", 48<<10)}}}),
		pavise.Ask(pavise.Request{URL: home + "?" + strings.Repeat("x", 20<<10)}),
		pavise.Ask(pavise.Request{Method: http.MethodPost, URL: home, Announce: terabyte,
			Header: http.Header{"Content-Type": {"application/octet-stream"}}})
}

// checkRefused passes if a request that is too large is refused, where the home
// page is not.
func checkRefused(e *pavise.Evidence, rule string, probe pavise.Probe, want, what string) pavise.Finding {
	where := e.Target.URL + "/"
	home, why := e.Heard(e.Target.Home())
	if why == "" && home.Response.Status >= 400 {
		why = fmt.Sprintf("the home page itself is answered %d", home.Response.Status)
	}
	if why != "" {
		return pavise.Unlooked(rule, where, why)
	}
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Want: want}
	a, why := e.Heard(probe)
	switch {
	case a == nil && strings.Contains(why, "larger than peer's advertised limit"): // SETTINGS_MAX_HEADER_LIST_SIZE, RFC 9113 6.5.2
		f.Saw = "the server tells clients a smaller bound"
		return f
	case a == nil && (strings.Contains(why, "connection reset by peer") || strings.Contains(why, "broken pipe")): // what refuses early may be lost with what was not read, RFC 9112 9.6
		f.Saw = "the connection is ended before " + what + " is read"
		return f
	case a == nil:
		return pavise.Unlooked(rule, where, why)
	}
	status := a.Response.Status
	f.Proof, f.Saw = a.Proof(), fmt.Sprintf("%s is answered %d", what, status)
	switch {
	case status == http.StatusTooManyRequests || status >= 500:
		return pavise.Unlooked(rule, where, f.Saw)
	case status < 400:
		f.Outcome = pavise.Fail
	}
	return f
}

// checkBody passes if the body is refused before it is sent. Where the site says
// neither that nor to go on, it may never read one.
func checkBody(e *pavise.Evidence, probe pavise.Probe) pavise.Finding {
	const rule = "requests.size.body"
	where := probe.Request.URL
	a, why := e.Heard(probe)
	if a == nil {
		return pavise.Unlooked(rule, where, why)
	}
	status := a.Response.Status
	f := pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: where, Want: "413 before a byte of it is sent", Proof: a.Proof(),
		Saw: fmt.Sprintf("a body of a terabyte is answered %d", status)}
	switch status {
	case http.StatusContinue:
		f.Outcome, f.Saw = pavise.Fail, "the site asks for a body of a terabyte to be sent"
	case http.StatusRequestEntityTooLarge, http.StatusBadRequest:
	default:
		return pavise.Skipped(rule, where, f.Saw+", and none is asked for")
	}
	return f
}
