package pavise

import (
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

// ForwardingHeader reports whether an app may take what a field of this name says
// for the client, the name of the site, the scheme or the path. The app must hear
// such things from its own proxy alone.
func ForwardingHeader(name string) bool {
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
	for name := range h {
		if ForwardingHeader(name) {
			delete(h, name)
		}
	}
	proto, port := "http", x.Port
	if x.Secure {
		proto = "https"
	}
	if port == 0 {
		port = defaultPort(x.Secure)
	}
	v := []string{proto, x.Request.Host, strconv.Itoa(port), "", ""} // one allocation for all
	h["X-Forwarded-Proto"], h["X-Forwarded-Host"], h["X-Forwarded-Port"] = v[0:1:1], v[1:2:2], v[2:3:3]
	if x.Client.IsValid() {
		v[3] = x.Client.String()
		v[4] = v[3]
		h["X-Forwarded-For"], h["X-Real-Ip"] = v[3:4:4], v[4:5:5]
	}
	x.forwarding = true
}

// ReplaceForwarding makes sure that the request of the exchange that a response
// writer of the chain belongs to claims nothing: where a control has replaced its
// forwarding headers it leaves them.
func ReplaceForwarding(w http.ResponseWriter) {
	if ours, ok := w.(*writer); ok && !ours.x.forwarding {
		ours.x.ReplaceForwarding()
	}
}
