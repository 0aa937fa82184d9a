package pavise_test

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestParseSetCookie(t *testing.T) {
	long := strings.Repeat("x", 1024+1)
	for line, want := range map[string]pavise.SetCookie{
		"a=b":                                         {Name: "a", Value: "b"},
		"novalue":                                     {Value: "novalue"},
		" a\t=\tb c ;":                                {Name: "a", Value: "b c"},
		`a="b=c"; SECURE; httponly`:                   {Name: "a", Value: `"b=c"`, Secure: true, HttpOnly: true},
		"a=b; SameSite=none; SameSite=strict":         {Name: "a", Value: "b", SameSite: "Strict"},
		"a=b; SameSite=Lax; samesite=surprise":        {Name: "a", Value: "b"},
		"a=b; Path=/x; Path=/; Domain=":               {Name: "a", Value: "b", Path: "/", HasDomain: true},
		"a=b; Path=/; Path=relative":                  {Name: "a", Value: "b"},
		"a=b; Domain=example.com; Path=/" + long:      {Name: "a", Value: "b", HasDomain: true, Domain: "example.com"},
		"a=b;Max-Age=0;Expires=Tue, 3 Nov; Secure=no": {Name: "a", Value: "b", MaxAge: "0", Expires: "Tue, 3 Nov", Secure: true},
	} {
		if got := pavise.ParseSetCookie(line); got != want {
			t.Errorf("%.60q: %+v, want %+v", line, got, want)
		}
	}
}

func TestSetCookieDeletes(t *testing.T) {
	for line, want := range map[string]bool{
		"a=b":            false,
		"a=b; Max-Age=1": false,
		"a=b; Max-Age=0": true,
		"a=b; Max-Age=-1; Expires=Thu, 01 Jan 2099 00:00:00 GMT":                   true,
		"a=b; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT":                    false,
		"a=b; Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT":                    true,
		"a=b; Expires=Thu, 01-Jan-1970 00:00:01 GMT":                               true,
		"a=b; Expires=Thu, 01 Jan 2099 00:00:00 GMT":                               false,
		"a=b; Expires=yesterday":                                                   false,
		"a=b; Max-Age=-99999999999999999999":                                       true,
		"a=b; Max-Age=99999999999999999999; Expires=Thu, 01 Jan 1970 00:00:00 GMT": false,
		"a=b; Max-Age=+9; Expires=Thu, 01 Jan 1970 00:00:00 GMT":                   true,
		"a=b; Expires=Thu, 01-Jan-70 00:00:01 GMT":                                 true,
		"a=b; Expires=Thu, 1 Jan 1970 00:00:00 -0000":                              true,
		"a=b; Expires=Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)":                     true,
		"a=b; Expires=1970 january 1 0:0:0":                                        true,
		"a=b; Expires=Fri, 01 Jan 69 00:00:00 GMT":                                 false,
		"a=b; Expires=Thu, 01 Jan 1600 00:00:00 GMT":                               false,
		"a=b; Expires=Mon, 30 Feb 1970 00:00:00 GMT":                               false,
		"a=b; Expires=Thu, 01 Jan 1970 24:00:00 GMT":                               false,
		"a=b; Expires=Thu, 01 Jan 1970":                                            false,
		"a=b; Expires=Thu, 01 Jan 19700 00:00:00 GMT":                              false,
		"a=b; Expires=0": false,
	} {
		if got := pavise.ParseSetCookie(line).Deletes(time.Unix(1_800_000_000, 0)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}
