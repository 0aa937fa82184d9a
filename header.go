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

// HTML reports whether the Content-Type is that of a page.
func HTML(h http.Header) bool {
	media := MediaType(h)
	return media == "text/html" || media == "application/xhtml+xml"
}

// JavaScript reports whether it is that of a script, by any of its names.
func JavaScript(h http.Header) bool { return strings.HasSuffix(MediaType(h), "javascript") }

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
