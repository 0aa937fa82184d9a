package site

import (
	"strings"
	"testing"

	"pavise/catalog"
)

func TestDashboard(t *testing.T) {
	const rest = "sites: [{hosts: [shop.example.com], to: 3000}]\n"
	for section, want := range map[string]string{
		"{}": "", "{listen: \"127.0.0.1:9911\", idle: 1h}": "", "{listen: \"[::1]:0\"}": "", "{listen: \"localhost:9910\"}": "",
		"{expose: true, host: dash.example.com}":                                 "",
		"{expose: true, host: dash.example.com, certificate: {cert: c, key: k}}": "",
		"{listen: \":9910\"}":                    "want an address on loopback",
		"{listen: \"0.0.0.0:9910\"}":             "want an address on loopback",
		"{listen: \"shop.example.com:9910\"}":    "want an address on loopback",
		"{idle: 13h}":                            "idle must be 1m to 12h",
		"{idle: 1s}":                             "idle must be 1m to 12h",
		"{expose: true}":                         "expose needs a host",
		"{host: dash.example.com}":               "that is exposed",
		"{expose: true, host: shop.example.com}": "already named",
		"{controls: {}}":                         "those of a dashboard that is exposed",
		"{lisen: \"127.0.0.1:9910\"}":            `did you mean "listen"?`,
	} {
		_, err := Parse("pavise.yaml", []byte("dashboard: "+section+"\n"+rest), nil, nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", section, err, want)
		}
	}
}

// TestDashboardControls are read and judged as those of a site are.
func TestDashboardControls(t *testing.T) {
	const rest = "sites: [{hosts: [shop.example.com], to: 3000}]\n"
	for set, want := range map[string]string{
		"{login.rate: {rate: 5}}":          "",
		"{login.rate: {rate: -5}}":         "pavise.yaml:1:75: login.rate: rate",
		"{login.rat: {}}":                  `did you mean "login.rate"?`,
		"{clients.location: {deny: [KP]}}": "there is no database that knows them",
	} {
		f, err := Parse("pavise.yaml", []byte("dashboard: {expose: true, host: dash.example.com, controls: "+set+"}\n"+rest), catalog.Controls(), nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", set, err, want)
		}
		if want != "" {
			continue
		}
		before, _ := Parse("pavise.yaml", []byte(rest), catalog.Controls(), nil)
		if c := before.Changes(f); len(c) != 3 || c[2].String() != "dashboard.controls.login.rate added" {
			t.Error(c)
		}
	}
}
