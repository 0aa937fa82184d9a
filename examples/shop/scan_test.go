package main

import (
	"crypto/x509"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/scan"
	"pavise/site"
)

// skipped are the rules that do not apply to a shop on one's own machine that has no
// script, and why. Every other one holds.
var skipped = map[string]string{
	"transport.chain.":          "", // no public authority: neither its requirements, nor OCSP, nor a second key
	"transport.patience.":       "only waiting shows it",
	"session.idle.":             "only waiting shows it",
	"session.vault.":            "nothing here that it applies to", // for nobody a session is begun
	"headers.csp.":              "nothing here that it applies to", // nonces, reports and hosts that scripts come from
	"scripts.integrity.":        "nothing here that it applies to",
	"requests.cors.":            "nothing here that it applies to",
	"requests.origin.websocket": "no WebSocket is named",
	"requests.redirect.":        "no link was found whose query says where to go",
	"requests.parameters.":      "no link bears a parameter such as id",
	"cookies.tossing.":          "no session cookie is set for a new visitor",
	"access.objects.unlinked":   "nothing was found that is one account's alone",
	"access.cache.":             "the page is not to be had under this address",
	"transport.api.":            "the host has pages",
	"ports.":                    "every port of one's own machine can be reached from it",
	"dns.":                      "a name of this machine",
	"mail.":                     "no mail server was found",
	"leaks.versions.":           "no version is told",
	"scripts.libraries.":        "no library was recognised",
}

// TestScanAsTwoAccounts: nothing fails, nothing is left unknown, and what is skipped is
// for a reason that we know.
func TestScanAsTwoAccounts(t *testing.T) {
	r, _ := open(t)
	target, err := scan.ParseTarget(r.url())
	if err != nil {
		t.Fatal(err)
	}
	target.Agreed = "the shop is ours"
	roots := x509.NewCertPool()
	roots.AddCert(r.authority.cert)
	e := scan.Collect(t.Context(), scan.Options{Target: target, Roots: roots, Timeout: time.Minute,
		Accounts: []scan.Account{account(t, "ann.yaml"), account(t, "ben.yaml")}}, catalog.Controls())
	passed := map[string]bool{}
	for _, f := range pavise.Judge(catalog.Controls(), e) {
		switch f.Outcome {
		case pavise.Pass:
			passed[f.Rule] = true
		case pavise.Skip:
			if !expected(f) {
				t.Errorf("%s is skipped: %s", f.Rule, f.Saw)
			}
		default:
			t.Errorf("%s: %s at %s: saw %s, want %s", f.Rule, f.Outcome, f.Where, f.Saw, f.Want)
		}
	}
	for _, rule := range []string{"access.objects.other", "access.private.pages", "session.fixation.kept", "session.rotation.again", "session.logout.ended",
		"login.guard.account", "login.guard.forwarded", "login.enumeration.answer", "requests.origin.form", "injection.xss.reflected", "transport.strict.framing"} {
		if !passed[rule] {
			t.Errorf("%s does not hold", rule)
		}
	}
	if left := e.Left(); !slices.ContainsFunc(left, func(s string) bool { return strings.HasSuffix(s, "session of ben") }) {
		t.Errorf("nobody looked as ben: %q", left)
	}
}

func expected(f pavise.Finding) bool {
	for rule, why := range skipped {
		if strings.HasPrefix(f.Rule, rule) && strings.Contains(f.Saw, why) {
			return true
		}
	}
	return false
}

// account reads a file as pavise scan --as does.
func account(t *testing.T, file string) scan.Account {
	read, err := site.LoadAccount(file, os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	method, path := read.LogoutBy()
	return scan.Account{Password: read.Password, Account: pavise.Account{Name: read.Name, User: read.User, Login: read.Login.URL,
		Check: read.Check, Paths: read.Paths, Logout: &pavise.Request{Method: method, URL: path}}}
}
