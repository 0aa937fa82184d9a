package pavise

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// claims are headers by which a request says who sent it, under which name and
// scheme, or for which path, besides those that begin with X-Forwarded.
var claims = map[string]bool{"Forwarded": true, "Client-Ip": true, "X-Real-Ip": true, "X-Client-Ip": true,
	"X-Cluster-Client-Ip": true, "X-Remote-Ip": true, "X-Remote-Addr": true, "X-Originating-Ip": true,
	"X-Original-Forwarded-For": true, "X-Envoy-External-Address": true, "X-Azure-Clientip": true,
	"X-Appengine-User-Ip": true, "True-Client-Ip": true, "Cf-Connecting-Ip": true, "Cf-Connecting-Ipv6": true,
	"Cf-Pseudo-Ipv4": true, "Fastly-Client-Ip": true, "X-Original-Host": true, "X-Host": true, "X-Http-Host-Override": true,
	"X-Original-Url": true, "X-Rewrite-Url": true, "X-Scheme": true, "X-Url-Scheme": true, "X-Original-Proto": true,
	"Front-End-Https": true, "X-Arr-Ssl": true}

// claimant is the first letters of such headers: of nearly every other header it
// suffices to look at the first.
var claimant = func() (first [256]bool) {
	for name := range claims {
		first[name[0]], first[name[0]|' '] = true, true
	}
	first['X'], first['x'] = true, true
	return first
}()

// ForwardingHeader reports whether an app may take what a field of this name says
// for the client, the name of the site, the scheme or the path. The app must hear
// such things from its own proxy alone.
func ForwardingHeader(name string) bool {
	if name == "" || !claimant[name[0]] {
		return false
	}
	name = SpokenName(name)
	return strings.HasPrefix(name, "X-Forwarded") || claims[name]
}

// SpokenName is a field's name as an app hears it: WSGI, Rack and PHP take
// X_Forwarded_For for X-Forwarded-For (CVE-2024-45614).
func SpokenName(name string) string {
	if !strings.Contains(name, "_") {
		return name
	}
	return http.CanonicalHeaderKey(strings.ReplaceAll(name, "_", "-"))
}

// ReplaceForwarding replaces whatever the request claims of its client, its scheme
// and its host by what the exchange knows. To do it again changes nothing.
func (x *Exchange) ReplaceForwarding() {
	h := x.Request.Header
	if x.Head().claims {
		maps.DeleteFunc(h, func(name string, _ []string) bool { return ForwardingHeader(name) })
	}
	proto, port := "http", x.Port
	if x.Secure {
		proto = "https"
	}
	if port == 0 {
		port = defaultPort(x.Secure)
	}
	h["X-Forwarded-Proto"], h["X-Forwarded-Host"], h["X-Forwarded-Port"] = x.Lines(proto), x.Lines(x.Request.Host), x.Lines(digits(port))
	if x.Client.IsValid() {
		client := x.Client.String()
		h["X-Forwarded-For"], h["X-Real-Ip"] = x.Lines(client), x.Lines(client)
	}
	x.forwarding = true
}

func digits(port int) string {
	switch port { // no allocation for what nearly every site has
	case 443:
		return "443"
	case 80:
		return "80"
	}
	return strconv.Itoa(port)
}

// ReplaceForwarding makes sure that the request of the exchange that a response
// writer of the chain belongs to claims nothing: where a control has replaced its
// forwarding headers it leaves them.
func ReplaceForwarding(w http.ResponseWriter) {
	if ours, ok := w.(*writer); ok && !ours.x.forwarding {
		ours.x.ReplaceForwarding()
	}
}
