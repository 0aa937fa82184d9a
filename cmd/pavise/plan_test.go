package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/proxy"
)

func TestHTTP3Switch(t *testing.T) {
	for _, tt := range []struct {
		file, flag string
		alone      bool
		note, err  string
	}{
		{},
		{flag: "off", alone: true},
		{file: "off", alone: true},
		{file: "off", flag: "on", note: "--http3 on beats"},
		{flag: "maybe", err: "--http3 must be on or off"},
		{file: "maybe", err: "http3: "},
	} {
		f := serveFlags{to: "3000", http3: tt.flag, acme: acmeFlags{mode: "on"}}
		if tt.file != "" {
			f.to, f.config = "", filepath.Join(t.TempDir(), "pavise.yaml")
			text := "listen: {http3: " + tt.file + "}\nsites: [{hosts: [shop.example.com], to: 3000}]\n"
			if err := os.WriteFile(f.config, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		p, err := planFrom(f)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%+v: %v", tt, err)
			}
			continue
		}
		if err != nil || p.cfg.TCPAlone != tt.alone || !strings.Contains(strings.Join(p.notes, "\n"), tt.note) {
			t.Errorf("%+v: %v, %+v", tt, err, p)
		}
	}
}

// TestBalancers: the flag beats the file, and a mistake in it is a mistake of usage.
func TestBalancers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pavise.yaml")
	text := "listen: {proxy-protocol: [10.0.0.0/8, 192.0.2.7]}\nsites: [{hosts: [shop.example.com], to: 127.0.0.1:3000}]\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		flag []string
		want string
		note bool
	}{
		{nil, "10.0.0.0/8, 192.0.2.7", false},
		{[]string{"2001:db8::/32"}, "2001:db8::/32", true},
	} {
		p, err := planFrom(serveFlags{config: file, balancers: tt.flag, acme: acmeFlags{mode: "on"}})
		if err != nil {
			t.Fatal(err)
		}
		noted := strings.Contains(strings.Join(p.notes, "\n"), "--proxy-protocol 2001:db8::/32 beats ")
		if got := networks(p.cfg.ProxyProtocol); got != tt.want || noted != tt.note {
			t.Errorf("%v: %s, notes %q", tt.flag, got, p.notes)
		}
	}
	_, err := planFrom(serveFlags{to: "3000", balancers: []string{"lb.internal"}})
	if err == nil || !strings.Contains(err.Error(), `"lb.internal" is neither an address such as`) {
		t.Error(err)
	}
}

// TestBindsSubdomains: of this machine's own names nothing is said.
func TestBindsSubdomains(t *testing.T) {
	s := proxy.Site{Hosts: []string{"localhost", "shop.localhost", "127.0.0.1"}, Policy: pavise.Recommend(catalog.Controls())}
	if got := bindsSubdomains(s, time.Now()); got != "" {
		t.Errorf("HSTS binds %s", got)
	}
	s.Hosts = append(s.Hosts, "shop.example.com")
	if got := bindsSubdomains(s, time.Now()); got != "shop.example.com" {
		t.Errorf("HSTS binds %q", got)
	}
}
