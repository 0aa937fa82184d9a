package from

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pavise"
	"pavise/site"
)

// FuzzMechanic holds that what is made of any data can be written, and means what it did.
func FuzzMechanic(f *testing.F) {
	f.Add([]byte(`{"sites":[{"shortname":"a","host":"a.example","backends":["3000","localhost:4000/x"],"static":"/srv"}],"settings":{"bind":"::1"}}`))
	f.Add([]byte(`{"sites":[{"host":{},"backends":[[]],"redirect":1}, 3], "x": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Mechanic("mechanic.json", data, func(string) ([]byte, error) { return nil, errors.ErrUnsupported })
		if err != nil {
			return
		}
		for _, s := range r.Sites {
			if v, err := site.Value(site.Flow(s.Map)); err != nil || !site.Same(v, s.Map) {
				t.Fatalf("%q became %s: %v", data, site.Flow(s.Map), err)
			}
		}
	})
}

// TestBounds holds that a configuration that is none tells of no more than one can read.
func TestBounds(t *testing.T) {
	var list []pavise.Directive
	for i := range 3 * maxTold {
		list = append(list, pavise.Directive{File: "nginx.conf", Line: i + 1, Name: fmt.Sprint("x", i)})
	}
	if r := Nginx(list); len(r.Told) != maxTold+1 || r.Told[maxTold].Fate != Left {
		t.Errorf("told of %d lines", len(r.Told))
	}
}

// TestFates holds what is told of single directives.
func TestFates(t *testing.T) {
	for line, want := range map[string]Fate{
		"proxy_ssl_verify on": Implied, "proxy_ssl_verify off": Left,
		"proxy_pass_request_headers on": Implied, "proxy_pass_request_headers off": Left,
		"proxy_pass_request_body off": Left, "ignore_invalid_headers off": Left,
		"underscores_in_headers off": Implied, "underscores_in_headers on": Left,
		"proxy_hide_header X-Powered-By": Implied, "proxy_hide_header server": Implied, "proxy_hide_header X-Internal-Token": Left,
		"gzip_comp_level 6": Implied, "etag off": Implied, "expires 1d": Left, "frob on": Left,
	} {
		words := strings.Fields(line)
		r := Nginx([]pavise.Directive{{Name: words[0], Args: words[1:]}})
		if len(r.Told) != 1 || r.Told[0].Fate != want {
			t.Errorf("%s: told %v, want %s", line, r.Told, want)
		}
	}
}

// TestOverrides holds that a site is closed that was guarded by hand.
func TestOverrides(t *testing.T) {
	for line, closed := range map[string]bool{
		"auth_basic Staff; auth_basic_user_file /etc/x;": true,
		"location /admin { deny all; }":                  true,
		"if ($remote_addr != 192.0.2.1) {":               true,
		"return 403;":                                    true,
		"internal;":                                      true,
		"include /etc/nginx/staff-only;":                 true,
		"auth_basic off;":                                false,
		"allow 192.0.2.1; # deny all":                    false,
		"# auth_basic Staff;":                            false,
		"if ($http_user_agent ~ bot) { set $a 1; }":      false,
		"add_header X-A b;":                              false,
	} {
		data := []byte(`{"sites":[{"shortname":"a","host":"a.example","backends":["3000"]}]}`)
		r, err := Mechanic("mechanic.json", data, func(file string) ([]byte, error) {
			if file == "/etc/nginx/mechanic-overrides/a/location" {
				return []byte(line), nil
			}
			return nil, errors.ErrUnsupported
		})
		if err != nil || (r.Sites[0].Get("maintenance") == true) != closed {
			t.Errorf("%s: %v: %s", line, err, site.Flow(r.Sites[0].Map))
		}
	}
}
