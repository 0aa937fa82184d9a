package leaks

import (
	"bytes"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"pavise"
)

// An exposure is a file that is often left behind, and how it is known by what
// it holds.
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
	{ruleEnvironment, "/.htpasswd", matches(`^[^\s:<]+:(?:\$(?:apr1|2[aby]|5|6)\$|\{SHA\}|[./0-9A-Za-z]{13}\s)`)},
	{ruleBackup, "/backup.sql", sqlDump},
	{ruleBackup, "/dump.sql", sqlDump},
	{ruleBackup, "/backup.zip", matches(`^(?:PK\x03\x04|\x1f\x8b)`)},
	{ruleBackup, "/index.php~", matches(`<\?php\s`)},
	{ruleBackup, "/app.js.bak", matches(`^[^<]*(?:\brequire\(["']|\bmodule\.exports\b|\b(?:const|let|var) [\w$]+ ?=|\bfunction ?[\w$]*\(|\bimport [^<"'\n]*\bfrom ["'])`)},
	{ruleBackup, "/.app.js.swp", matches(`^b0VIM `)},
}

func (x exposure) probe(e *pavise.Evidence) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: e.Target.URL + x.path, Keep: maxSign})
}

// maxSign is how far into a file its signature stands.
const maxSign = 4 << 10

func matches(pattern string) func([]byte) bool {
	re := regexp.MustCompile(pattern)
	return func(body []byte) bool { return re.Match(body[:min(len(body), maxSign)]) }
}

// settings knows lines of NAME=value that are neither a page nor a picture.
func settings(body []byte) bool {
	return !bytes.ContainsAny(body, "<\x00") && setting.Match(body[:min(len(body), maxSign)])
}

var setting = regexp.MustCompile(`(?m)^(?:export )?[A-Z][A-Z0-9_]*=`)

// sqlDump knows what the tools write, and bare statements.
var sqlDump = matches(`(?i)^PGDMP|^(?:CREATE TABLE|INSERT INTO) |^(?:--|/\*|SET |DROP |BEGIN|PRAGMA )[^<]*\b(?:dump|CREATE TABLE|INSERT INTO)\b`)

// checkExposed passes a rule if every file of it was asked for and none served.
func checkExposed(e *pavise.Evidence, rule string) pavise.Finding {
	f := pavise.Finding{Rule: rule, Where: e.Target.URL, Outcome: pavise.Pass, Want: "404"}
	var served, asked []string
	missing := ""
	for _, x := range exposures {
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
		case a.Response.Status == http.StatusOK && x.known(a.Response.Body):
			if served = append(served, x.path); len(served) == 1 {
				f.Where, f.Proof = probe.Request.URL, a.Proof()
			}
		}
	}
	switch {
	case served != nil:
		f.Outcome, f.Saw = pavise.Fail, "served: "+strings.Join(served, ", ")
	case missing != "":
		return pavise.Unlooked(rule, f.Where, missing)
	default:
		f.Saw = "none of " + strings.Join(asked, ", ") + " is served"
	}
	return f
}
