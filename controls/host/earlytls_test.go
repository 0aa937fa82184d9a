package host_test

import (
	"testing"

	"pavise"
	"pavise/controls/host"
)

// TestEarlyTLSThatOpenSSLRefuses: what the library keeps out is not offered.
func TestEarlyTLSThatOpenSSLRefuses(t *testing.T) {
	debian := pavise.Software{Name: "openssl", Version: "3.0.17", From: "/var/lib/dpkg/status", Package: "libssl3"}
	packaged := pavise.Software{Name: "nginx", Version: "1.22.1", From: "/var/lib/dpkg/status", Package: "nginx"}
	for _, c := range []struct {
		name     string
		files    map[string]string
		software []pavise.Software
		offered  pavise.Outcome // that nothing old is
		allowed  pavise.Outcome
	}{
		{"OpenSSL 3 of Debian", nil, []pavise.Software{packaged, debian}, pavise.Pass, pavise.Fail},
		{"an nginx that nobody knows", nil, []pavise.Software{debian}, pavise.Fail, pavise.Skip},
		{"OpenSSL 1.1", nil, []pavise.Software{packaged, {Name: "openssl", Version: "1.1.1w", Package: "libssl1.1"}}, pavise.Fail, pavise.Skip},
		{"both", nil, []pavise.Software{packaged, {Name: "openssl", Version: "1.1.1w", Package: "libssl1.1"}, debian}, pavise.Fail, pavise.Skip},
		{"OpenSSL 3.0 of Alpine", nil, []pavise.Software{packaged, {Name: "openssl", Version: "3.0.8", From: "/lib/apk/db/installed", Package: "openssl"}}, pavise.Fail, pavise.Skip},
		{"OpenSSL 3.3 of Alpine", nil, []pavise.Software{packaged, {Name: "openssl", Version: "3.3.2", From: "/lib/apk/db/installed", Package: "openssl"}}, pavise.Pass, pavise.Fail},
		{"an nginx that was built here", nil, []pavise.Software{packaged, {Name: "nginx", Version: "1.26.0", From: "/usr/local/sbin/nginx"}, debian}, pavise.Fail, pavise.Skip},
		{"the level is 0 in nginx", map[string]string{"etc/nginx/nginx.conf": "http { ssl_protocols TLSv1; server { listen 443 ssl; ssl_ciphers DEFAULT:@SECLEVEL=0; } }"},
			[]pavise.Software{packaged, debian}, pavise.Fail, pavise.Skip},
		{"the level is 0 for all", map[string]string{"etc/ssl/openssl.cnf": "[a]\nCipherString = DEFAULT@SECLEVEL=0\n"}, []pavise.Software{packaged, debian}, pavise.Fail, pavise.Skip},
		{"the level may be anything", map[string]string{"etc/ssl/openssl.cnf": ".include /etc/none.cnf\n"}, []pavise.Software{packaged, debian}, pavise.Fail, pavise.Skip},
	} {
		files := map[string]string{"etc/nginx/nginx.conf": "http { ssl_protocols TLSv1 TLSv1.2; server { listen 443 ssl; } }"}
		for name, text := range c.files {
			files[name] = text
		}
		e := read(t, files)
		e.Machine.Software = c.software
		got := outcomes(host.NginxTLS{}.Check(e))
		if got["host.nginx-tls.protocols"] != c.offered || got["host.nginx-tls.allowed"] != c.allowed {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
