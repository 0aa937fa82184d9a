package transport

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestHSTSEnforced(t *testing.T) {
	const standard = "max-age=63072000; includeSubDomains"
	tests := []struct {
		name    string
		control HSTS
		url     string
		app     []string
		want    string
	}{
		{"none of the app", HSTS{}, "https://shop.example.com/", nil, standard},
		{"a weaker one", HSTS{}, "https://shop.example.com/", []string{"max-age=60"}, standard},
		{"switched off by the app", HSTS{}, "https://shop.example.com/", []string{"max-age=0"}, standard},
		{"twice", HSTS{}, "https://shop.example.com/", []string{"max-age=60", "max-age=70"}, standard},
		{"no sense", HSTS{}, "https://shop.example.com/", []string{"yes"}, standard},
		{"a longer one", HSTS{}, "https://shop.example.com/", []string{"max-age=99999999; includeSubDomains"}, "max-age=99999999; includeSubDomains"},
		{"on the preload list", HSTS{}, "https://shop.example.com/", []string{"max-age=31536000; includeSubDomains; preload"}, standard + "; preload"},
		{"without subdomains", HSTS{ExcludeSubdomains: true}, "https://shop.example.com/", nil, "max-age=63072000"},
		{"the app wants subdomains", HSTS{ExcludeSubdomains: true}, "https://shop.example.com/", []string{"max-age=60; includeSubDomains"}, standard},
		{"preload", HSTS{Preload: true}, "https://shop.example.com/", nil, standard + "; preload"},
		{"first days", HSTS{InsecureMaxAge: 5 * time.Minute}, "https://shop.example.com/", nil, "max-age=300; includeSubDomains"},
		{"in the clear", HSTS{}, "http://shop.example.com/", []string{"max-age=60"}, ""},
		{"localhost", HSTS{}, "https://localhost/", []string{"max-age=60"}, ""},
		{"an address", HSTS{}, "https://127.0.0.1/", []string{"max-age=60"}, ""},
		{"below localhost", HSTS{}, "https://shop.localhost/", nil, standard},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wrap, err := pavise.Protect(pavise.Site{Hosts: []string{"shop.example.com"}}, tt.control)
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for _, line := range tt.app {
					w.Header().Add(hstsHeader, line)
				}
			})).ServeHTTP(w, httptest.NewRequest("GET", tt.url, nil))
			if got := strings.Join(w.Header()[hstsHeader], " | "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestHSTSValidate(t *testing.T) {
	for want, c := range map[string]HSTS{
		"":                           {MaxAge: year, Preload: true},
		"at least a year":            {MaxAge: time.Hour},
		"less than a year":           {InsecureMaxAge: year},
		"not both":                   {MaxAge: year, InsecureMaxAge: time.Hour},
		"preload list takes only":    {Preload: true, ExcludeSubdomains: true},
		"must be less than a year, ": {InsecureMaxAge: -1},
	} {
		err := c.Validate()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}

// answers is evidence of pages with these values of one header.
func answers(origin, name string, values ...string) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: origin, Start: "/"}}
	for i, v := range values {
		h := http.Header{}
		if v != "" {
			h.Set(name, v)
		}
		e.Add(pavise.Answer{
			Probe:    pavise.Ask(pavise.Request{URL: origin + "/" + strings.Repeat("x", i)}),
			Response: &pavise.Response{Status: 200, Header: h},
		})
	}
	return e
}

func outcomes(found []pavise.Finding) string {
	var list []string
	for _, f := range found {
		_, name, _ := strings.Cut(f.Rule, ".")
		list = append(list, name+" "+f.Outcome.String())
	}
	return strings.Join(list, ", ")
}

func TestHSTSChecked(t *testing.T) {
	tests := []struct {
		name   string
		c      HSTS
		origin string
		values []string
		want   string
	}{
		{"good", HSTS{}, "https://a.test", []string{"max-age=31536000; includeSubDomains", "Max-Age=\"63072000\" ; IncludeSubDomains"},
			"hsts.present pass, hsts.max-age pass, hsts.subdomains pass"},
		{"not on every page", HSTS{}, "https://a.test", []string{"max-age=31536000; includeSubDomains", ""},
			"hsts.present fail, hsts.max-age fail, hsts.subdomains fail"},
		{"one directive twice, so that browsers ignore it all", HSTS{}, "https://a.test", []string{"max-age=0; max-age=63072000; includeSubDomains"},
			"hsts.present pass, hsts.max-age fail, hsts.subdomains fail"},
		{"short and bare", HSTS{}, "https://a.test", []string{"max-age=86400"},
			"hsts.present pass, hsts.max-age fail, hsts.subdomains fail"},
		{"subdomains excluded by the policy", HSTS{ExcludeSubdomains: true}, "https://a.test", []string{"max-age=63072000"},
			"hsts.present pass, hsts.max-age pass, hsts.subdomains skip"},
		{"nobody answered", HSTS{}, "https://a.test", nil,
			"hsts.present unknown, hsts.max-age unknown, hsts.subdomains unknown"},
		{"localhost", HSTS{}, "https://localhost", []string{""},
			"hsts.present skip, hsts.max-age skip, hsts.subdomains skip"},
		{"in the clear", HSTS{}, "http://a.test", []string{"max-age=63072000; includeSubDomains"},
			"hsts.present fail, hsts.max-age pass, hsts.subdomains pass"},
	}
	for _, tt := range tests {
		if got := outcomes(tt.c.Check(answers(tt.origin, hstsHeader, tt.values...))); got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func FuzzHSTS(f *testing.F) {
	f.Add("max-age=31536000; includeSubDomains; preload")
	f.Add("max-age=\"1\";;=;")
	f.Fuzz(func(t *testing.T, line string) {
		p := parseHSTS(line)
		if p.maxAge < 0 {
			t.Errorf("%q gives %v", line, p.maxAge)
		}
		if again := parseHSTS(p.String()); again != p {
			t.Errorf("%q reads as %+v, and its own form as %+v", line, p, again)
		}
	})
}
