package report

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"

	"pavise"
)

func certificate(t *testing.T, name string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(0xbeef), Subject: pkix.Name{CommonName: name},
		DNSNames: []string{name}, NotBefore: taken.AddDate(0, -1, 0), NotAfter: taken.AddDate(0, 0, 43)}, &x509.Certificate{
		Subject: pkix.Name{CommonName: "An authority"}}, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// stocked is evidence of a site with something of each list.
func stocked(t *testing.T, name string) *pavise.Evidence {
	chain := [][]byte{certificate(t, name), []byte("no certificate")}
	shown := func(address string) pavise.Answer {
		return pavise.Answer{Probe: pavise.Probe{Handshake: &pavise.Handshake{Address: address}},
			Session: &pavise.Session{Chain: chain, Distrust: "signed by " + name}}
	}
	page := func(path string) pavise.Answer {
		return pavise.Answer{Probe: pavise.Ask(pavise.Request{URL: "https://shop.example.com" + path}), Response: &pavise.Response{
			Resources: []pavise.Resource{{Kind: "script", URL: "https://shop.example.com/app.js"}, {Kind: "image", URL: "https://shop.example.com/a.png"},
				{Kind: "script", URL: "https://cdn.example/" + name, Integrity: "sha384-x"}},
			Libraries: []pavise.Library{{Name: "jquery", Version: "1.12.4", By: "name", At: "https://cdn.example/" + name}}}}
	}
	return &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}, Answers: []pavise.Answer{
		shown("shop.example.com:443"), shown("shop.example.com:8443"), page("/"), page("/cart"),
		{Probe: pavise.Probe{Offer: &pavise.Offer{Address: "shop.example.com:443"}}, Offered: &pavise.Offered{
			Groups: []uint16{29, 0xfefe}, ALPN: []string{"h2", name},
			Protocols: []pavise.Protocol{{Version: 2, Suites: []uint32{0x010080}}, {Version: 0x300}, {Version: 0x303, Suites: []uint32{0xc02f, 0x0a}, Ordered: true},
				{Version: 0x304, Unknown: "reset by " + name}}}},
		{Probe: pavise.Probe{Mail: &pavise.Mail{Address: "mail.example.com:25"}}, Mailer: &pavise.Mailer{Session: &pavise.Session{Chain: chain}}},
	}}
}

func TestInventory(t *testing.T) {
	inv := takeInventory(stocked(t, "shop.example.com"))
	if len(inv.Certificates) != 2 {
		t.Fatalf("%+v", inv.Certificates)
	}
	leaf := inv.Certificates[0]
	if leaf.Subject != "CN=shop.example.com" || leaf.Issuer != "CN=An authority" || leaf.Serial != "beef" || leaf.Key != "ECDSA P-256" ||
		leaf.Signature != "ECDSA-SHA256" || !leaf.Leaf || len(leaf.SHA256) != 64 || leaf.Distrust == "" ||
		strings.Join(leaf.At, " ") != "shop.example.com:443 shop.example.com:8443 mail.example.com:25" || strings.Join(leaf.Names, " ") != "shop.example.com" {
		t.Errorf("%+v", leaf)
	}
	if other := inv.Certificates[1]; other.Leaf || !strings.HasPrefix(other.Subject, "cannot be read: ") {
		t.Errorf("%+v", other)
	}
	want := []Server{{At: "shop.example.com:443", Groups: []string{"x25519", "group 65278"}, ALPN: []string{"h2", "shop.example.com"}, Protocols: []Protocol{
		{Version: "SSLv2", Suites: []Suite{{"SSL_CK_RC4_128_WITH_MD5", 128, false, false}}},
		{Version: "TLS 1.2", Ordered: true, Suites: []Suite{{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 128, true, true}, {"TLS_RSA_WITH_3DES_EDE_CBC_SHA", 112, false, false}}},
		{Version: "TLS 1.3", Unknown: "reset by shop.example.com"},
	}}}
	if !reflect.DeepEqual(inv.TLS, want) {
		t.Errorf("%+v", inv.TLS)
	}
	scripts := []Script{{URL: "https://shop.example.com/app.js", Pages: 2, Page: "https://shop.example.com/"},
		{URL: "https://cdn.example/shop.example.com", Foreign: true, Integrity: "sha384-x", Pages: 2, Page: "https://shop.example.com/", Library: "jquery 1.12.4"}}
	if !reflect.DeepEqual(inv.Scripts, scripts) {
		t.Errorf("%+v", inv.Scripts)
	}
	if inv := takeInventory(nil); !reflect.DeepEqual(inv, Inventory{}) {
		t.Errorf("%+v", inv)
	}
}

// TestHostileInventory: what a site wrote is cleaned, and is not longer than is told.
func TestHostileInventory(t *testing.T) {
	e := stocked(t, "evil.example")
	offered := e.Answers[4].Offered
	offered.ALPN = []string{evil}
	offered.Protocols[3].Unknown = evil + long
	for i := range 1000 {
		offered.Groups = append(offered.Groups, uint16(i))
		offered.Protocols[2].Suites = append(offered.Protocols[2].Suites, uint32(i))
		e.Answers[2].Response.Resources = append(e.Answers[2].Response.Resources,
			pavise.Resource{Kind: "script", URL: fmt.Sprint(i, evil, long[:1000])})
		e.Answers[0].Session.Chain = append(e.Answers[0].Session.Chain, []byte(fmt.Sprint(i)))
	}
	in := nakedInput()
	in.Evidence = e
	r := New(in)
	inv := r.Inventory
	if len(inv.Certificates) != maxInventory || len(inv.Scripts) != maxInventory || len(inv.TLS[0].Groups) != maxInventory ||
		len(inv.TLS[0].Protocols[1].Suites) != 2*maxInventory {
		t.Errorf("%d certificates, %d scripts, %d groups", len(inv.Certificates), len(inv.Scripts), len(inv.TLS[0].Groups))
	}
	for _, format := range []string{"json", "html"} {
		harmless(t, format, string(written(t, Reports{r}, format)), 1<<20)
	}
}

func TestLife(t *testing.T) {
	s := section{Report: &Report{Started: taken}}
	for want, end := range map[string]time.Time{"": {}, "it has ended": taken.Add(-time.Hour), "ends in 43 days": taken.AddDate(0, 0, 43), "ends in 1 day": taken.Add(30 * time.Hour)} {
		if got := s.Life(Certificate{Ends: end}); got != want {
			t.Errorf("%s: %q, want %q", end, got, want)
		}
	}
}
