package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"pavise"
)

// An issuer signs certificates of the tests.
type issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func (by *issuer) sign(t *testing.T, template *x509.Certificate) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if by == nil {
		by = &issuer{template, key}
	}
	template.SerialNumber = big.NewInt(7)
	template.BasicConstraintsValid = true
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &issuer{cert, key}
}

var made = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func authorityOf(name string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, IsCA: true, NotBefore: made, NotAfter: made.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign}
}

func TestComplete(t *testing.T) {
	var nobody *issuer
	root := nobody.sign(t, authorityOf("root"))
	between := root.sign(t, authorityOf("between"))
	leaf := between.sign(t, &x509.Certificate{IssuingCertificateURL: []string{"http://ca.test/between.crt"}}).cert
	silent := between.sign(t, &x509.Certificate{}).cert
	const strange = "x509: certificate signed by unknown authority"
	for name, test := range map[string]struct {
		chain    []*x509.Certificate
		distrust string
		want     pavise.Outcome
	}{
		"trusted":              {[]*x509.Certificate{leaf, between.cert}, "", pavise.Pass},
		"one is missing":       {[]*x509.Certificate{leaf}, strange, pavise.Fail},
		"another in its place": {[]*x509.Certificate{leaf, root.cert}, strange, pavise.Fail},
		"a root of one's own":  {[]*x509.Certificate{leaf, between.cert, root.cert}, strange, pavise.Skip},
		"out of order":         {[]*x509.Certificate{leaf, root.cert, between.cert}, strange, pavise.Skip},
		"root not sent":        {[]*x509.Certificate{leaf, between.cert}, strange, pavise.Skip},
		"says nothing":         {[]*x509.Certificate{silent}, strange, pavise.Skip},
	} {
		if got := complete(test.chain, &pavise.Session{Distrust: test.distrust}); got.Outcome != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for name, test := range map[string]struct {
		chain []*x509.Certificate
		want  pavise.Outcome
	}{
		"in order":     {[]*x509.Certificate{leaf, between.cert}, pavise.Pass},
		"alone":        {[]*x509.Certificate{leaf}, pavise.Pass},
		"with a root":  {[]*x509.Certificate{leaf, between.cert, root.cert}, pavise.Fail},
		"out of order": {[]*x509.Certificate{leaf, root.cert, between.cert}, pavise.Fail},
		"twice":        {[]*x509.Certificate{leaf, leaf}, pavise.Fail},
	} {
		if got := order(test.chain); got.Outcome != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestTwoThatSignEachOther end the way up.
func TestTwoThatSignEachOther(t *testing.T) {
	var nobody *issuer
	one := nobody.sign(t, authorityOf("one"))
	two := one.sign(t, authorityOf("two"))
	again := two.sign(t, authorityOf("one"))
	if got := complete([]*x509.Certificate{two.cert, again.cert}, &pavise.Session{Distrust: "no"}); got.Outcome != pavise.Skip {
		t.Errorf("%+v", got)
	}
}

func TestLifetime(t *testing.T) {
	domain := asn1.ObjectIdentifier{2, 23, 140, 1, 2, 1}
	on := func(year int, month time.Month, d int) time.Time {
		return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
	}
	for _, test := range []struct {
		from time.Time
		days int
		id   asn1.ObjectIdentifier
		want pavise.Outcome
	}{
		{on(2026, 3, 14), 398, domain, pavise.Pass}, {on(2026, 3, 14), 399, domain, pavise.Fail},
		{on(2026, 3, 15), 200, domain, pavise.Pass}, {on(2026, 3, 15), 201, domain, pavise.Fail},
		{on(2027, 3, 15), 100, domain, pavise.Pass}, {on(2027, 3, 15), 101, domain, pavise.Fail},
		{on(2029, 3, 15), 47, domain, pavise.Pass}, {on(2029, 3, 15), 48, domain, pavise.Fail},
		{on(2026, 6, 1), 3650, nil, pavise.Skip}, {on(2026, 6, 1), 3650, asn1.ObjectIdentifier{2, 23, 140, 1, 20}, pavise.Skip},
		{on(2026, 6, 1), 201, asn1.ObjectIdentifier{2, 23, 140, 1, 1}, pavise.Fail},
		{on(2019, 6, 1), 825, domain, pavise.Skip},
	} {
		leaf := &x509.Certificate{NotBefore: test.from, NotAfter: test.from.AddDate(0, 0, test.days).Add(-time.Second)}
		if test.id != nil {
			leaf.PolicyIdentifiers = []asn1.ObjectIdentifier{test.id}
		}
		if got := lifetime(leaf); got.Outcome != test.want {
			t.Errorf("%s, %d days, %v: %+v", test.from, test.days, test.id, got)
		}
	}
}

func TestRevoked(t *testing.T) {
	var nobody *issuer
	root := nobody.sign(t, authorityOf("root"))
	stranger := nobody.sign(t, authorityOf("root"))
	plain := root.sign(t, &x509.Certificate{}).cert
	owes := root.sign(t, &x509.Certificate{ExtraExtensions: []pkix.Extension{{Id: mustStaple, Value: []byte{0x30, 3, 2, 1, 5}}}}).cert
	staple := func(by *issuer, status int, until time.Time) []byte {
		answer, err := ocsp.CreateResponse(by.cert, by.cert, ocsp.Response{Status: status, SerialNumber: big.NewInt(7),
			ThisUpdate: made, NextUpdate: until, RevokedAt: made}, by.key)
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	later := made.AddDate(0, 1, 0)
	e := &pavise.Evidence{Taken: made.AddDate(0, 0, 10)}
	for name, test := range map[string]struct {
		leaf   *x509.Certificate
		alone  bool
		staple []byte
		want   pavise.Outcome
	}{
		"good":                     {plain, false, staple(root, ocsp.Good, later), pavise.Pass},
		"revoked":                  {plain, false, staple(root, ocsp.Revoked, later), pavise.Fail},
		"none":                     {plain, false, nil, pavise.Skip},
		"none, and owed":           {owes, false, nil, pavise.Fail},
		"good, and owed":           {owes, false, staple(root, ocsp.Good, later), pavise.Pass},
		"too old":                  {plain, false, staple(root, ocsp.Good, made.AddDate(0, 0, 5)), pavise.Skip},
		"too old, and owed":        {owes, false, staple(root, ocsp.Good, made.AddDate(0, 0, 5)), pavise.Fail},
		"of a stranger":            {plain, false, staple(stranger, ocsp.Good, later), pavise.Skip},
		"unknown":                  {plain, false, staple(root, ocsp.Unknown, later), pavise.Skip},
		"nothing that can be read": {plain, false, []byte("x"), pavise.Skip},
		"nobody to check it":       {plain, true, staple(root, ocsp.Good, later), pavise.Skip},
		"revoked, and alone":       {plain, true, staple(root, ocsp.Revoked, later), pavise.Fail},
	} {
		chain := []*x509.Certificate{test.leaf, root.cert}
		if test.alone {
			chain = chain[:1]
		}
		if got := revoked(chain, &pavise.Session{Staple: test.staple}, e); got.Outcome != test.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNoTLSNoChain(t *testing.T) {
	e := &pavise.Evidence{Target: pavise.Target{URL: "http://shop.example.com", TLS: "shop.example.com:443"}}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200}})
	e.Add(pavise.Answer{Probe: handshake(e), Error: "refused", Closed: true})
	for _, f := range (Chain{}).Check(e) {
		if f.Outcome != pavise.Skip {
			t.Errorf("%s: %s", f.Rule, f.Outcome)
		}
	}
}

// FuzzTimestamps: what an extension says of itself is not believed.
func FuzzTimestamps(f *testing.F) {
	f.Add([]byte{4, 10, 0, 8, 0, 2, 1, 1, 0, 2, 2, 2})
	f.Add([]byte{4, 4, 0, 2, 255, 255})
	f.Fuzz(func(t *testing.T, value []byte) {
		if n := countTimestamps(value); n > len(value)/2 {
			t.Errorf("%d in %d bytes", n, len(value))
		}
	})
}
