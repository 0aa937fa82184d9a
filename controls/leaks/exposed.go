package leaks

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// An exposure is an address that is often left open, and how what stands there is
// known by what it holds.
type exposure struct {
	rule, path string
	known      func(body []byte) bool
}

var exposures = []exposure{
	{ruleRepository, "/.git/HEAD", matches(`^(?:ref: refs/|[0-9a-f]{40}\s*$)`)},
	{ruleRepository, "/.git/config", matches(`^\s*\[core\]`)},
	{ruleRepository, "/.svn/entries", matches(`^(?:[89]|1[0-2])\r?\n`)},
	{ruleRepository, "/.svn/wc.db", matches(`^SQLite format 3\x00`)},
	{ruleRepository, "/.hg/requires", matches(`(?m)^(?:revlogv1|share-safe|dotencode)$`)},
	{ruleEnvironment, "/.env", settings},
	{ruleEnvironment, "/.env.production", settings},
	{ruleEnvironment, "/.htpasswd", matches(`^[^\s:<]+:(?:\$(?:apr1|2[aby]|5|6)\$|\{SHA\}|[./0-9A-Za-z]{13}\s)`)},
	{ruleEnvironment, "/.aws/credentials", matches(`(?m)^\s*aws_(?:access_key_id|secret_access_key)\s*=`)},
	{ruleEnvironment, "/.npmrc", matches(`(?m)^(?:registry|//[^\s<]+:_[A-Za-z]+|_auth[A-Za-z]*)\s*=`)},
	{ruleEnvironment, "/.git-credentials", matches(`(?m)^https?://[^\s:@/<]+:[^\s@/<]+@`)},
	{ruleEnvironment, "/.ssh/id_rsa", privateKey},
	{ruleEnvironment, "/id_rsa", privateKey},
	{ruleEnvironment, "/web.config", matches(`^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?<configuration[\s>]`)},
	{ruleEnvironment, "/config/database.yml", matches(`(?m)^[ \t]+adapter:[ \t]*\S`)},
	{ruleBackup, "/backup.sql", sqlDump},
	{ruleBackup, "/dump.sql", sqlDump},
	{ruleBackup, "/backup.zip", begins("PK\x03\x04")},
	{ruleBackup, "/backup.tar.gz", begins("\x1f\x8b")},
	{ruleBackup, "/index.php~", matches(`<\?php\s`)},
	{ruleBackup, "/wp-config.php.bak", matches(`<\?php\s`)},
	{ruleBackup, "/app.js.bak", matches(`^[^<]*(?:\brequire\(["']|\bmodule\.exports\b|\b(?:const|let|var) [\w$]+ ?=|\bfunction ?[\w$]*\(|\bimport [^<"'\n]*\bfrom ["'])`)},
	{ruleBackup, "/.app.js.swp", matches(`^b0VIM `)},
	{ruleBackup, "/.DS_Store", matches(`^\x00\x00\x00\x01Bud1`)},
	{ruleBackup, "/.idea/workspace.xml", matches(`^(?:<\?xml[^>]*>\s*)?<project version=`)},
}

var privateKey = matches(`^-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----`)

func (x exposure) probe(e *pavise.Evidence) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: e.Target.URL + x.path, Keep: maxSign})
}

// exposureProbes asks for each, and for what is not there, to compare.
func exposureProbes(e *pavise.Evidence, list []exposure) []pavise.Probe {
	probes := e.Nowhere()
	for _, x := range list {
		probes = append(probes, x.probe(e))
	}
	return probes
}

// maxSign is how far into a file its signature stands.
const maxSign = 4 << 10

func matches(pattern string) func([]byte) bool {
	re := regexp.MustCompile(pattern)
	return func(body []byte) bool { return re.Match(body[:min(len(body), maxSign)]) }
}

func begins(signature string) func([]byte) bool {
	return func(body []byte) bool { return bytes.HasPrefix(body, []byte(signature)) }
}

// settings knows lines of NAME=value that are neither a page nor a picture. A value may
// have an address in it: Shop <mail@shop.example>.
func settings(body []byte) bool {
	page := bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) || tag.Match(body)
	return !page && bytes.IndexByte(body, 0) < 0 && setting.Match(body[:min(len(body), maxSign)])
}

var (
	setting = regexp.MustCompile(`(?m)^(?:export )?[A-Z][A-Z0-9_]* ?=`)
	tag     = regexp.MustCompile(`(?i)</[a-z]|<(?:html|body|div|p|pre|script|br)\b`)
)

// sqlDump knows what the tools write, and bare statements.
var sqlDump = matches(`(?i)^PGDMP|^(?:CREATE TABLE|INSERT INTO) |^(?:--|/\*|SET |DROP |BEGIN|PRAGMA )[^<]*\b(?:dump|CREATE TABLE|INSERT INTO)\b`)

// everywhere reports whether an address that is not there holds as much: then it is no
// sign of anything.
func (x exposure) everywhere(e *pavise.Evidence) bool {
	return slices.ContainsFunc(e.Nowhere(), func(p pavise.Probe) bool {
		a, _ := e.Heard(p)
		return a != nil && a.Response.Status == http.StatusOK && x.known(a.Response.Body)
	})
}

// checkExposed passes a rule if every address of it was asked for and none is open.
// An answer that the site gives to every path is none of these.
func checkExposed(e *pavise.Evidence, list []exposure, rule string) pavise.Finding {
	f := pavise.Finding{Rule: rule, Where: e.Target.URL, Outcome: pavise.Pass, Want: "404"}
	var served, asked []string
	missing := ""
	for _, x := range list {
		if x.rule != rule {
			continue
		}
		asked = append(asked, x.path)
		probe := x.probe(e)
		a, why := e.Heard(probe)
		switch {
		case a == nil:
			missing = x.path + ": " + why
		case a.Response.Status == http.StatusTooManyRequests || a.Response.Status >= 500:
			missing = fmt.Sprintf("%s is answered %d", x.path, a.Response.Status)
		case a.Response.Status == http.StatusOK && x.known(a.Response.Body) && !e.Missing(*a) && !x.everywhere(e):
			if served = append(served, x.path); len(served) == 1 {
				f.Where, f.Proof = probe.Request.URL, a.Proof()
			}
		}
	}
	unclear := e.Calibrated()
	if barred := e.Barred(); missing == "" {
		missing = barred
	}
	switch {
	case served != nil && unclear != "":
		return pavise.Unlooked(rule, f.Where, unclear)
	case served != nil:
		f.Outcome, f.Saw = pavise.Fail, "served: "+strings.Join(served, ", ")
	case missing != "":
		return pavise.Unlooked(rule, f.Where, missing)
	default:
		f.Saw = "none of " + strings.Join(asked, ", ") + " is served"
	}
	return f
}
