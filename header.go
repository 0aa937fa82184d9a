package pavise

import (
	"net/http"
	"strings"
)

// Navigation reports whether the request is for a page that a person will look
// at: by Sec-Fetch-Mode, else by an Accept that names HTML.
func Navigation(r *http.Request) bool {
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "text/html") || strings.Contains(accept, "application/xhtml+xml")
}

// MediaType returns the Content-Type in lower case, without parameters.
func MediaType(h http.Header) string {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// Media is what a browser takes the response for: the last type that it names, and
// where it names none a page that looks like one (WHATWG Fetch 2.2.3 and MIME Sniffing
// 7); "" where nobody can tell.
func (r *Response) Media() (media string) {
	for part := range strings.SplitSeq(strings.Join(r.Header["Content-Type"], ","), ",") {
		name, _, _ := strings.Cut(part, ";")
		if name = strings.ToLower(strings.TrimSpace(name)); strings.Contains(name, "/") && name != "*/*" {
			media = name
		}
	}
	if media == "" && !HasToken(r.Header["X-Content-Type-Options"], "nosniff") && strings.HasPrefix(http.DetectContentType(r.Body), "text/html") {
		return "text/html"
	}
	return media
}

// HTML reports whether a browser takes the response for a page.
func (r *Response) HTML() bool {
	media := r.Media()
	return media == "text/html" || media == "application/xhtml+xml"
}

// JavaScript reports whether it is a script, by any of its names.
func (r *Response) JavaScript() bool { return strings.HasSuffix(r.Media(), "javascript") }

// HasToken reports whether the lines of a header whose value is a list have the
// token in it, in any letter case (RFC 9110 5.6.1).
func HasToken(lines []string, token string) bool {
	for _, line := range lines {
		for word := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(word), token) {
				return true
			}
		}
	}
	return false
}
