package requests

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// overrides are the headers that frameworks read as another method.
var overrides = [...]string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

// overriding returns the first method that a request is to stand for and that is
// none of the known ones; "" if there is none. Rails and Laravel make PUT, PATCH and
// DELETE of POST so.
func overriding(r *http.Request, known []string) string {
	for _, name := range overrides {
		for _, method := range r.Header[name] {
			if !slices.Contains(known, strings.ToUpper(strings.TrimSpace(method))) {
				return name + ": " + method
			}
		}
	}
	if !strings.Contains(r.URL.RawQuery, "method") && !strings.Contains(r.URL.RawQuery, "%") {
		return ""
	}
	for rest := r.URL.RawQuery; rest != ""; {
		var pair string
		pair, rest = nextPair(rest)
		if value, ok := override(pair); ok && !slices.Contains(known, strings.ToUpper(value)) {
			return "_method=" + value
		}
	}
	return ""
}

// stripOverride takes out of a safe request what frameworks read as another
// method: else a link could do what a form may not.
func stripOverride(r *http.Request) {
	for _, name := range overrides {
		delete(r.Header, name)
	}
	if q := r.URL.RawQuery; strings.Contains(q, "_method") || strings.Contains(q, "%") {
		r.URL.RawQuery = withoutOverride(q)
	}
}

// withoutOverride returns a query without its _method parameters, and every
// other byte as it was.
func withoutOverride(query string) string {
	var kept []byte // used from the first _method on
	for at := 0; at < len(query); {
		pair, _ := nextPair(query[at:])
		switch _, found := override(pair); {
		case found && kept == nil:
			kept = append(make([]byte, 0, len(query)), query[:at]...)
		case !found && kept != nil:
			kept = append(kept, pair...)
		}
		at += len(pair)
	}
	if kept == nil {
		return query
	}
	return strings.TrimRight(string(kept), "&;")
}

// nextPair takes the first pair off a query, with what separates it from the rest.
func nextPair(query string) (pair, rest string) {
	if i := strings.IndexAny(query, "&;"); i >= 0 {
		return query[:i+1], query[i+1:]
	}
	return query, ""
}

// override returns the method that a pair says the request stands for.
func override(pair string) (method string, ok bool) {
	name, value, _ := strings.Cut(strings.TrimRight(pair, "&;"), "=")
	plain, err := url.QueryUnescape(name)
	if err != nil || plain != "_method" {
		return "", false
	}
	if plain, err := url.QueryUnescape(value); err == nil {
		value = plain
	}
	return value, true
}
