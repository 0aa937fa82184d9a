package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"maps"
	"math/big"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/internal/weakshop"
	"pavise/proxy"
	"pavise/scan"
)

// proveOne asks the policy of one site, on a listener that nobody else knows, in front of
// an app with every fault. Rules count whose control is enforced everywhere.
func proveOne(ctx context.Context, s proxy.Site, clear bool) siteProof {
	began := time.Now()
	p := siteProof{Site: s.Hosts[0], At: began.UTC(), Failed: []provenRule{}, Weaker: []provenRule{}, Unknown: []provenRule{}}
	s.Policy = asStranger(s.Policy)
	controls := enforcedEverywhere(s.Policy, began)
	failed := map[string]provenRule{}
	for _, f := range askOnce(ctx, s, clear, controls) {
		switch of := (provenRule{f.Rule, f.Saw, f.Want}); f.Outcome {
		case pavise.Pass:
			p.Passed++
		case pavise.Fail:
			failed[f.Rule] = of
		case pavise.Unknown:
			p.Unknown = append(p.Unknown, of)
		}
	}
	if len(failed) > 0 { // what a busy machine has made fail would keep a site from being served
		again := failing(askOnce(ctx, s, clear, controls))
		maps.DeleteFunc(failed, func(rule string, _ provenRule) bool { return !again[rule] })
		p.blame(ctx, s, clear, controls, failed)
	}
	p.TookMS = time.Since(began).Milliseconds()
	return p
}

func failing(found []pavise.Finding) map[string]bool {
	rules := map[string]bool{}
	for _, f := range found {
		rules[f.Rule] = rules[f.Rule] || f.Outcome == pavise.Fail
	}
	return rules
}

// blame tells what fails by the settings that the owner has written, which would pass as
// recommended, from what does not hold.
func (p *siteProof) blame(ctx context.Context, s proxy.Site, clear bool, controls []pavise.Control, failed map[string]provenRule) {
	var set []pavise.Control
	s.Policy = slices.Clone(s.Policy)
	for i, setting := range s.Policy {
		recommended := catalog.Find(setting.Control.Doc().ID)
		if reflect.TypeOf(recommended) == reflect.TypeOf(setting.Control) && !reflect.DeepEqual(recommended, setting.Control) {
			s.Policy[i].Control = recommended
			if slices.ContainsFunc(controls, func(c pavise.Control) bool { return c.Doc().ID == recommended.Doc().ID }) {
				set = append(set, recommended)
			}
		}
	}
	byItself := map[string]bool{}
	if set != nil {
		for _, f := range askOnce(ctx, s, clear, set) {
			byItself[f.Rule] = f.Outcome == pavise.Pass
		}
	}
	for _, c := range controls {
		for _, r := range c.Doc().Rules {
			if f, fails := failed[r.ID]; fails && byItself[r.ID] {
				p.Weaker = append(p.Weaker, f)
			} else if fails {
				p.Failed = append(p.Failed, f)
			}
		}
	}
}

// asStranger is the policy as it meets one who asks for the first time: what refuses for
// who asks and how often has the settings that are recommended, and lets the proof pass.
func asStranger(policy pavise.Policy) pavise.Policy {
	policy = slices.Clone(policy)
	for i, s := range policy {
		doc := s.Control.Doc()
		if recommended := catalog.Find(doc.ID); recommended != nil && (doc.Behaviour || doc.ID == "transport.patience") {
			policy[i].Control = recommended
		}
	}
	return policy
}

// enforcedEverywhere are the controls without any exception.
func enforcedEverywhere(policy pavise.Policy, now time.Time) []pavise.Control {
	return slices.DeleteFunc(policy.Controls(), func(c pavise.Control) bool {
		id := c.Doc().ID
		excepted := slices.ContainsFunc(policy, func(s pavise.Setting) bool {
			return s.Mode != pavise.Enforce && s.Control.Doc().ID == id && (s.Until.IsZero() || now.Before(s.Until))
		})
		return excepted || !policy.Enforced(id, now)
	})
}

// askOnce starts the proxy with the site alone, asks what the controls want to know, and
// judges. What only the owner of an app can mend is left out.
func askOnce(ctx context.Context, s proxy.Site, clear bool, controls []pavise.Control) []pavise.Finding {
	server, err := proofServer(s, clear)
	if err != nil {
		return unlooked(controls, s.Hosts[0], err.Error())
	}
	defer func() {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		server.Stop(over)
	}()
	host, port := s.Hosts[0], server.HTTPS().Port
	target := pavise.Target{URL: pavise.Origin("https", host, port), Start: "/", TLS: net.JoinHostPort(host, strconv.Itoa(port)), Untrusted: true, Ports: "none"}
	leads := map[string]string{strings.ToLower(target.TLS): server.HTTPS().String()}
	if http := server.HTTP(); http != nil {
		target.Clear = pavise.Origin("http", host, http.Port)
		leads[strings.ToLower(net.JoinHostPort(host, strconv.Itoa(http.Port)))] = http.String()
	}
	e := scan.Collect(ctx, scan.Options{Target: target, Resolve: leads, Resolver: scan.NoResolver, Rate: 1 << 20, Timeout: proofTime}, controls)
	return slices.DeleteFunc(pavise.Judge(controls, e), func(f pavise.Finding) bool { return owners(controls, f.Rule) })
}

func owners(controls []pavise.Control, rule string) bool {
	return slices.ContainsFunc(controls, func(c pavise.Control) bool {
		return slices.ContainsFunc(c.Doc().Rules, func(r pavise.Rule) bool { return r.ID == rule && r.Owner })
	})
}

func unlooked(controls []pavise.Control, where, why string) []pavise.Finding {
	var list []pavise.Finding
	for _, c := range controls {
		list = append(list, c.Doc().All(pavise.Unlooked, where, why)...)
	}
	return list
}

// proofServer is the site as it would be served, but for its app and its certificate,
// with a memory of its own.
func proofServer(s proxy.Site, clear bool) (*proxy.Server, error) {
	cert, err := proofCertificate(s.Hosts)
	if err != nil {
		return nil, err
	}
	cfg := proxy.Config{HTTPS: "127.0.0.1:0", TCPAlone: true, Journal: proxy.NewJournal(slog.New(slog.DiscardHandler), nil),
		Sites: []proxy.Site{{Hosts: s.Hosts, Handler: weakshop.New(), Policy: s.Policy, Certificate: cert}}}
	if clear {
		cfg.HTTP = "127.0.0.1:0"
	}
	return proxy.Start(cfg)
}

// A shownForProof certificate is for the hosts of a site, by nobody.
type shownForProof struct{ cert *tls.Certificate }

// Certificate implements [proxy.Certificates].
func (s shownForProof) Certificate(now time.Time, check proxy.Check) (*tls.Certificate, error) {
	return s.cert, check(s.cert.Leaf, now)
}

func proofCertificate(hosts []string) (proxy.Certificates, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "self-proof"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(60 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(der)
	return shownForProof{&tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}}, err
}
