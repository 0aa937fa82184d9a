package main

import (
	"log/slog"
	"os"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
	"pavise/proxy"
)

// TestCheckAgreesWithServe: what check takes serve takes too, and the other way round.
func TestCheckAgreesWithServe(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, folder := range []string{"public", "state"} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const gone = "certificate: {cert: none.pem, key: none.pem}"
	for text, want := range map[string]string{
		"sites: [{hosts: [a.localhost], static: public}]":                                                           "",
		"listen: {http: ':443'}\nsites: [{hosts: [a.localhost], to: 3000}]":                                         "pavise.yaml:1: listen: https and plain http cannot both listen at :443 (--http off, or listen: {http: off}, or a port of its own)",
		"listen: {https: ':80'}\nsites: [{hosts: [a.localhost], to: 3000}]":                                         "cannot both listen at :80",
		"listen: {https: ':0', http: ':0'}\nsites: [{hosts: [a.localhost], to: 3000}]":                              "",
		"sites: [{hosts: [a.localhost], to: 443}]":                                                                  "is where Pavise itself would listen",
		"sites: [{hosts: [a.localhost], static: public, controls: {clients.location: {deny: [KP]}}}]":               "no database that knows them",
		"geoip: {country: none.mmdb}\nsites: [{hosts: [a.localhost], static: public}]":                              "none.mmdb",
		"dashboard: {expose: true, host: d.localhost, " + gone + "}\nsites: [{hosts: [a.localhost], to: 3000}]":     "none.pem",
		"sites: [{hosts: [a.localhost], to: 3000, " + gone + "}]":                                                   "none.pem",
		"sites: [{hosts: [a.localhost], static: ''}]":                                                               "static: must not be empty",
		"sites: [{hosts: [a.localhost], static: {folder: public, fallback: ./index.html}}]":                         "want a file within the folder",
		"sites: [{hosts: [a.localhost], redirect: 'https://a.localhost:8443/'}]":                                    "",
		"listen: {https: ':8443'}\nsites: [{hosts: [a.localhost], redirect: 'https://a.localhost:8443/'}]":          "leads back to itself",
		"sites: [{hosts: [a.localhost], redirect: 'https://a.localhost/'}]":                                         "leads back to itself",
		"sites: [{hosts: [a.localhost], static: public}, {hosts: [b.localhost], disabled: true, static: gone}]":     "",
		"sites: [{hosts: [a.localhost], to: 3000}, {hosts: [b.localhost], disabled: true, to: 3000, " + gone + "}]": "",
		"sites: [{hosts: [a.localhost], to: 3000}, {hosts: [b.localhost], disabled: true, to: 443}]":                "",
	} {
		write(t, cli.ConfigFile, text+"\n")
		code, _, told := runs(t, "check")
		if (code == cli.ExitUsage) != (want != "") || !strings.Contains(told, want) {
			t.Errorf("check of %s: exit %d, %s", text, code, told)
		}
		if err := taken(t); (err != nil) != (want != "") {
			t.Errorf("serve of %s: %v", text, err)
		}
	}
}

// taken makes the configuration of a proxy of the file, as serve does.
func taken(t *testing.T) error {
	t.Helper()
	p, err := planFrom(serveFlags{config: cli.ConfigFile, state: "state"})
	if err != nil {
		return err
	}
	g, err := openGround(t.Context(), p, proxy.NewJournal(slog.New(slog.DiscardHandler), nil))
	if err != nil {
		return err
	}
	defer g.close()
	_, err = g.config(p)
	return err
}
