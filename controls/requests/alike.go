package requests

import (
	"net/url"
	"strings"

	"pavise"
)

// samePage reports whether the site itself answered. A default virtual host
// with a page of its own, and a redirect to the site's name, are no fault.
func samePage(home, strange *pavise.Response, host string) bool {
	if home.Status != strange.Status {
		return false
	}
	if home.Status >= 300 && home.Status < 400 {
		to := onward(strange, strangeHost)
		return to != "" && to == onward(home, host)
	}
	return pavise.Alike(home.Body, strange.Body)
}

// onward is where a redirect leads on the same host; "" if it leads elsewhere.
func onward(r *pavise.Response, host string) string {
	u, err := url.Parse(r.Header.Get("Location"))
	if err != nil || u.Host != "" && !strings.EqualFold(u.Hostname(), host) {
		return ""
	}
	return u.RequestURI()
}

// sameAnswer reports whether two requests to one host were answered alike.
func sameAnswer(a, b *pavise.Response) bool {
	if a.Status != b.Status {
		return false
	}
	if a.Status >= 300 && a.Status < 400 {
		return a.Header.Get("Location") == b.Header.Get("Location")
	}
	return pavise.Alike(a.Body, b.Body)
}
