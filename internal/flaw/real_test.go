package flaw_test

import (
	"pavise/test/servers"
	"testing"

	"pavise"
)

// TestOpenSSL: what OpenSSL is made to offer has no flaw but what it is asked for.
func TestOpenSSL(t *testing.T) {
	const all = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"
	for _, s := range []struct {
		name, has string
		args      []string
	}{
		{"as it comes", "", nil},
		{"TLS 1.0 with everything", "", []string{"-tls1", "-cipher", all}},
		{"TLS 1.1 with everything", "", []string{"-tls1_1", "-cipher", all}},
		{"TLS 1.2 with everything", "", []string{"-tls1_2", "-cipher", all}},
		{"RSA key exchange alone", "", []string{"-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"}},
		{"CBC alone", "", []string{"-tls1_2", "-cipher", "AES128-SHA:ECDHE-RSA-AES128-SHA:@SECLEVEL=0"}},
		{"a client may renegotiate", pavise.ClientRenegotiation, []string{"-cipher", all, "-client_renegotiation"}},
		{"even insecurely", pavise.ClientRenegotiation, []string{"-cipher", all, "-client_renegotiation", "-legacy_renegotiation"}},
	} {
		t.Run(s.name, func(t *testing.T) { onlyHas(t, servers.OpenSSL(t, servers.RSA, append(s.args, "-www")...), s.has) })
	}
}

func onlyHas(t *testing.T, address, has string) {
	for _, which := range every {
		if r, _ := try(t, address, which); r.Has != (which == has) || r.Unknown != "" {
			t.Errorf("%s: %+v", which, r)
		}
	}
}

// TestNginx: nginx has none of the flaws, as it comes and with settings of long ago.
func TestNginx(t *testing.T) {
	for name, lines := range map[string]string{
		"as it comes":     "",
		"as long ago was": "ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;",
	} {
		t.Run(name, func(t *testing.T) { onlyHas(t, servers.Nginx(t, lines), "") })
	}
}
