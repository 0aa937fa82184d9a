package site

import (
	"strings"
	"testing"
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
		"{lisen: \"127.0.0.1:9910\"}":            `did you mean "listen"?`,
	} {
		_, err := Parse("pavise.yaml", []byte("dashboard: "+section+"\n"+rest), nil, nil)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", section, err, want)
		}
	}
}
