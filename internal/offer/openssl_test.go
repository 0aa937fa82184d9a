package offer

import (
	"os"
	"path/filepath"
	"pavise/test/servers"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestOpenSSL(t *testing.T) {
	prime := filepath.Join(t.TempDir(), "dh1024.pem")
	if err := os.WriteFile(prime, []byte(dh1024), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, kind, args string
		want             []string // lines of the protocols
		groups           []uint16
		dh               string
		traits           string
	}{
		{"one suite of each kind, in the server's order", "rsa",
			"-www -tls1_2 -serverpref -no_ticket -dhparam dh1024.pem " +
				"-cipher DHE-RSA-AES128-SHA:ECDHE-RSA-AES256-GCM-SHA384:AECDH-NULL-SHA:RSA-PSK-ARIA128-GCM-SHA256:CAMELLIA256-SHA:@SECLEVEL=0 -psk abcdef",
			[]string{"TLS 1.2: DHE_RSA_WITH_AES_128_CBC_SHA ECDHE_RSA_WITH_AES_256_GCM_SHA384 ECDH_anon_WITH_NULL_SHA " +
				"RSA_PSK_WITH_ARIA_128_GCM_SHA256 RSA_WITH_CAMELLIA_256_CBC_SHA ordered"},
			[]uint16{29, 23, 30, 25, 24}, "1024", "encrypt-then-mac extended-master-secret secure-renegotiation"},
		{"in the client's order", "rsa", "-www -cipher AES256-SHA:AES128-SHA:ADH-AES128-SHA:@SECLEVEL=0 -no_tls1_3 -no_etm",
			[]string{
				"TLS 1.0: RSA_WITH_AES_128_CBC_SHA DH_anon_WITH_AES_128_CBC_SHA RSA_WITH_AES_256_CBC_SHA",
				"TLS 1.1: RSA_WITH_AES_128_CBC_SHA DH_anon_WITH_AES_128_CBC_SHA RSA_WITH_AES_256_CBC_SHA",
				"TLS 1.2: RSA_WITH_AES_128_CBC_SHA DH_anon_WITH_AES_128_CBC_SHA RSA_WITH_AES_256_CBC_SHA"},
			nil, "1024 RFC 2409 group 2", "extended-master-secret fallback-scsv secure-renegotiation tickets"},
		{"TLS 1.3 alone with early data", "rsa",
			"-early_data -max_early_data 4096 -serverpref -tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_CCM_8_SHA256 -groups P-384:ffdhe3072:X448",
			[]string{"TLS 1.3: CHACHA20_POLY1305_SHA256 AES_256_GCM_SHA384 AES_128_CCM_8_SHA256 ordered"},
			[]uint16{24, 257, 30}, "", "early-data tickets"},
		{"elliptic", "ecdsa", "-www -groups P-384:P-256 -cipher ECDHE+AESGCM -alpn h2,http/1.1",
			[]string{"TLS 1.2: ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
				"TLS 1.3: AES_128_GCM_SHA256 AES_256_GCM_SHA384 CHACHA20_POLY1305_SHA256"},
			[]uint16{24, 23}, "", "extended-master-secret fallback-scsv secure-renegotiation tickets"},
		{"a curve in the certificate", "ecdsa", "-www -tls1_2 -groups X448:P-256:P-384 -cipher ECDHE-ECDSA-AES128-GCM-SHA256 -no_ticket",
			[]string{"TLS 1.2: ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}, []uint16{23, 30, 24}, "", "extended-master-secret secure-renegotiation"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := survey(t, servers.OpenSSL(t, tt.kind, strings.Fields(strings.ReplaceAll(tt.args, "dh1024.pem", prime))...))
			if got := tell(o); got != strings.Join(tt.want, "\n")+"\n" {
				t.Errorf("protocols:\n%s", got)
			}
			dh := ""
			for _, p := range o.DH {
				dh = strings.TrimSpace(strconv.Itoa(p.Bits) + " " + p.Name)
			}
			if !slices.Equal(o.Groups, tt.groups) || dh != tt.dh || traits(o) != tt.traits {
				t.Errorf("groups %d, DH %q, traits %s: %v", o.Groups, dh, traits(o), o.Traits)
			}
			if o.Traits[pavise.Tickets].Has != (o.TicketLife == 7200*time.Second) {
				t.Errorf("tickets live %s", o.TicketLife)
			}
		})
	}
}

// dh1024 is a short prime of nobody's but ours.
const dh1024 = `-----BEGIN DH PARAMETERS-----
MIGHAoGBAJaTEp5LmwYctd2RLcuGy98nRcDSIISbBQHnIBG6xQArsj1o0BPuu3JU
O2YmNssDohEUUZtsfhlFRpxZQJ36AL8zH1hv4mekas/KYBCCub55L0aLlEAZO4TR
97lRKZjDW+YPZ0VhipGMxIPoAoLZwYUCeKYvlE+12h1Kww1WQraHAgEC
-----END DH PARAMETERS-----
`
