package offer

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/internal/rawtls"
	"pavise/internal/weaktls"
	"pavise/test/servers"
)

// TestFlawedServer surveys a server that speaks what no library does any more.
func TestFlawedServer(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	inner := servers.Listen(t)
	l := weaktls.Listen(inner, weaktls.Config{
		Certificate: der, Key: key, Versions: []uint16{rawtls.SSL2, rawtls.SSL3, rawtls.TLS10}, SSL2: []uint32{0x010080, 0x0700C0},
		Suites: []uint16{0x0014, 0x0033, 0x0018, 0x0004, 0xC014}, Ordered: true, Groups: []uint16{23, 24},
		Compression: true, Insecure: true, Heartbeat: true, Tickets: true,
	})
	o := survey(t, servers.SpeakAt(l, func(conn net.Conn) { io.Copy(io.Discard, conn) }))
	want := `SSLv2: SSL_CK_DES_192_EDE3_CBC_WITH_MD5 SSL_CK_RC4_128_WITH_MD5
SSLv3: DHE_RSA_EXPORT_WITH_DES40_CBC_SHA DHE_RSA_WITH_AES_128_CBC_SHA DH_anon_WITH_RC4_128_MD5 RSA_WITH_RC4_128_MD5 ordered
TLS 1.0: DHE_RSA_EXPORT_WITH_DES40_CBC_SHA DHE_RSA_WITH_AES_128_CBC_SHA DH_anon_WITH_RC4_128_MD5 RSA_WITH_RC4_128_MD5 ECDHE_RSA_WITH_AES_256_CBC_SHA ordered
`
	if got := tell(o); got != want {
		t.Errorf("protocols:\n%s", got)
	}
	if got := traits(o); got != "compression heartbeat" {
		t.Error(got)
	}
	var primes []string
	for _, p := range o.DH {
		primes = append(primes, strings.TrimPrefix(rawtls.Lookup(p.Suite).Name, "TLS_")+" "+p.Name)
		if p.Bits != 1024 && p.Bits != 512 {
			t.Errorf("%+v", p)
		}
	}
	if got := strings.Join(primes, ", "); !slices.Equal(o.Groups, []uint16{23, 24}) ||
		got != "DHE_RSA_WITH_AES_128_CBC_SHA RFC 2409 group 2, DHE_RSA_EXPORT_WITH_DES40_CBC_SHA , DH_anon_WITH_RC4_128_MD5 RFC 2409 group 2" {
		t.Errorf("groups %d, primes %s", o.Groups, got)
	}
	if f := o.Traits[pavise.FallbackSCSV]; f.Has || !strings.Contains(f.Saw, "SSLv3") {
		t.Errorf("fallback: %+v", f)
	}
}
