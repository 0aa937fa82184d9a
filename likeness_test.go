package pavise

import (
	"net/http"
	"testing"
)

func TestShows(t *testing.T) {
	page := func(status int, body string) *Response { return &Response{Status: status, Body: []byte(body)} }
	to := func(where string) *Response {
		return &Response{Status: 303, Header: http.Header{"Location": {where}}}
	}
	mine, login := page(200, "Orders of ada: one pavise, two bows ~a1b2"), page(200, "Please log in")
	for name, tt := range map[string]struct {
		r, own, stranger *Response
		shows, known     bool
	}{
		"itself":                     {page(200, "Orders of ada: one pavise, two bows ~ffff"), mine, login, true, true},
		"the login":                  {page(200, "Please log in"), mine, login, false, true},
		"another's":                  {page(200, "Orders of bob: nothing"), mine, login, false, true},
		"half of it":                 {page(200, "Orders: one pavise, zero bows"), mine, login, false, false},
		"refused":                    {page(403, "no"), mine, login, false, true},
		"a redirect for strangers":   {to("/login?next=/me"), mine, to("/login"), false, true},
		"the page and no redirect":   {mine, mine, to("/login"), true, true},
		"another page, no redirect":  {page(200, "Orders of bob"), mine, to("/login"), false, true},
		"refused where they are led": {page(403, "no"), mine, to("/login"), false, true},
		"a crash":                    {page(500, "oh"), mine, to("/login"), false, false},
		"too many":                   {page(429, "oh"), mine, to("/login"), false, false},
		"the same for all":           {login, login, login, false, false},
		"led home":                   {to("/home"), to("/home"), to("/login"), true, true},
		"led alike":                  {to("/login"), to("/login"), to("/login"), false, false},
	} {
		if shows, known := tt.r.Shows(tt.own, tt.stranger); shows != tt.shows || known != tt.known {
			t.Errorf("%s: %v, %v", name, shows, known)
		}
	}
}
