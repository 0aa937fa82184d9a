package session

import (
	"net/http"
	"slices"
	"time"

	"pavise"
)

// sessionCookies are the names of the cookies that bear the session: those whose name
// says so, else all that scripts must not read.
func sessionCookies(steps []pavise.Response) []string {
	var named, hidden []string
	for _, s := range steps {
		for _, c := range set(&s) {
			switch {
			case slices.Contains(named, c.Name) || slices.Contains(hidden, c.Name):
			case pavise.SessionCookie(c.Name):
				named = append(named, c.Name)
			case c.HttpOnly:
				hidden = append(hidden, c.Name)
			}
		}
	}
	if len(named) == 0 {
		named = hidden
	}
	return named[:min(len(named), 4)]
}

// set are the cookies that a response sets, and not deletes.
func set(r *pavise.Response) []*http.Cookie {
	return slices.DeleteFunc((&http.Response{Header: r.Header}).Cookies(), func(c *http.Cookie) bool {
		return c.Value == "" || c.MaxAge < 0
	})
}

// life is how long a browser keeps a cookie; 0 is until it is closed (RFC 6265bis 5.5).
func life(c *http.Cookie, now time.Time) time.Duration {
	switch {
	case c.MaxAge > int(ever/time.Second):
		return ever
	case c.MaxAge > 0:
		return time.Duration(c.MaxAge) * time.Second
	case !c.Expires.IsZero():
		return max(0, c.Expires.Sub(now))
	}
	return 0
}

// ever is longer than anybody means.
const ever = 100 * 365 * 24 * time.Hour
