package requests

import (
	"net/http"
	"net/url"
	"strings"
)

// stripOverride takes out of a safe request what frameworks read as another
// method: else a link could do what a form may not.
func stripOverride(r *http.Request) {
	for _, name := range [...]string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"} {
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
		pair := query[at:]
		if i := strings.IndexAny(pair, "&;"); i >= 0 {
			pair = pair[:i+1]
		}
		switch found := overrides(pair); {
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

func overrides(pair string) bool {
	name, _, _ := strings.Cut(strings.TrimRight(pair, "&;"), "=")
	plain, err := url.QueryUnescape(name)
	return err == nil && plain == "_method"
}
