package report

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"pavise"
)

// officialSchema is that of OASIS for SARIF 2.1.0, as go-sarif brings it in its source.
func officialSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := strconv.Unquote(file.Scope.Lookup("schema").Decl.(*ast.ValueSpec).Values[0].(*ast.BasicLit).Value)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, sarifSchema) {
		t.Fatalf("it is not the schema %s", sarifSchema)
	}
	return compileSchema(t, text)
}

func compileSchema(t *testing.T, text string) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://schema.test/", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://schema.test/")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(t *testing.T, name string, s *jsonschema.Schema, text []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// everything are reports of all kinds, by what is special about them.
func everything(t *testing.T) map[string]Reports {
	return map[string]Reports{
		"naked": {naked()}, "full": {full()}, "shielded": {shielded()}, "several": {naked(), shielded(), New(Input{Tool: "pavise 0.1.0", Target: "https://gone.example.com"})},
		"hostile": {hostile()}, "forged": {forged(t)}, "empty": {New(Input{})}, "none": {},
		"disk": {disk(t)},
	}
}

func written(t *testing.T, rs Reports, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := rs.Write(&b, format, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSARIF(t *testing.T) {
	schema := officialSchema(t)
	for name, rs := range everything(t) {
		text := written(t, rs, "sarif")
		valid(t, name, schema, text)
		log, err := sarif.FromBytes(text, sarif.WithStrictValidation()) // another reader of the form
		if err != nil || len(log.Runs) != len(rs) {
			t.Fatalf("%s: %v", name, err)
		}
		for i, run := range log.Runs {
			fails := 0
			for _, f := range rs[i].Findings {
				if f.Outcome == pavise.Fail {
					fails++
				}
			}
			if len(run.Results) != fails {
				t.Errorf("%s: %d results for %d failures", name, len(run.Results), fails)
			}
			for _, result := range run.Results {
				if rule := run.Tool.Driver.Rules[result.RuleIndex]; *rule.ID != *result.RuleID {
					t.Errorf("%s: a result of %s points to %s", name, *result.RuleID, *rule.ID)
				}
			}
		}
	}
	golden(t, "naked.sarif", written(t, Reports{naked()}, "sarif"))
	golden(t, "full.sarif", written(t, Reports{full()}, "sarif"))
}

// TestSARIFFingerprints: what was seen changes none, and each place has its own.
func TestSARIFFingerprints(t *testing.T) {
	prints := func(change func(*pavise.Finding)) []string {
		in := nakedInput()
		for i := range in.Findings {
			change(&in.Findings[i])
		}
		var log sarifLog
		if err := json.Unmarshal(written(t, Reports{New(in)}, "sarif"), &log); err != nil {
			t.Fatal(err)
		}
		var list []string
		for _, r := range log.Runs[0].Results {
			list = append(list, r.Fingerprints["ruleAndPlace/v1"])
		}
		return list
	}
	first, again := prints(func(*pavise.Finding) {}), prints(func(f *pavise.Finding) { f.Saw += " today" })
	seen := map[string]bool{}
	for i := range first {
		if first[i] != again[i] || seen[first[i]] {
			t.Errorf("result %d: %s, %s", i, first[i], again[i])
		}
		seen[first[i]] = true
	}
}

func TestSARIFURI(t *testing.T) {
	for where, want := range map[string]string{
		"https://shop.example.com/":             "shop.example.com",
		"https://shop.example.com/a b?x=1&y=%2": "shop.example.com/a%20b?x%3D1%26y%3D%252",
		"https://shop.example.com:8443/login":   "shop.example.com%3A8443/login",
		"https://[::1]:8443/x":                  "%5B%3A%3A1%5D%3A8443/x",
		"shop.example.com:443":                  "shop.example.com%3A443",
		"javascript:alert(1)":                   "javascript%3Aalert%281%29",
		`\x1b[2J`:                               "%5Cx1b%5B2J",
		"":                                      "",
	} {
		got := sarifURI(where)
		if got != want {
			t.Errorf("%s: %s, want %s", where, got, want)
		}
		if u, err := url.Parse(got); err != nil || u.IsAbs() {
			t.Errorf("%s: %s is no relative reference", where, got)
		}
	}
}

// TestSARIFMessages: what a site wrote is no placeholder and no link.
func TestSARIFMessages(t *testing.T) {
	if got := sarifMessage("{0} [here](https://evil.example) {").Text; got != "{{0}} [here] (https://evil.example) {{" {
		t.Error(got)
	}
}
