package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pavise"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (run with -update if that is right); got:\n%s", path, got)
	}
}

func TestVerdict(t *testing.T) {
	fail := func(rule string) pavise.Finding { return found(rule, pavise.Fail, "bad", "good") }
	pass := found("headers.frame.denied", pavise.Pass, "good", "good")
	skip := found("leaks.traces.hidden", pavise.Skip, "none", "")
	unknown := found("transport.tls.aead", pavise.Unknown, "time-out", "")
	critical, high := fail("leaks.files.hidden"), fail("cookies.flags.secure")
	medium, low := fail("headers.nosniff.present"), fail("headers.fingerprints.removed")

	for _, c := range []struct {
		name    string
		found   []pavise.Finding
		verdict pavise.Outcome
		grade   string
	}{
		{"nothing", nil, pavise.Unknown, "?"},
		{"only skipped", []pavise.Finding{skip}, pavise.Unknown, "?"},
		{"pass", []pavise.Finding{pass, skip}, pavise.Pass, "A"},
		{"unknown beats pass", []pavise.Finding{pass, unknown}, pavise.Unknown, "?"},
		{"fail beats unknown", []pavise.Finding{pass, unknown, low}, pavise.Fail, "B"},
		{"medium", []pavise.Finding{low, medium, pass}, pavise.Fail, "C"},
		{"high", []pavise.Finding{low, high, medium}, pavise.Fail, "D"},
		{"critical", []pavise.Finding{critical, high}, pavise.Fail, "F"},
	} {
		r := New(Input{Controls: shop(), Findings: c.found})
		if r.Verdict != c.verdict || r.Grade != c.grade {
			t.Errorf("%s: %v, %s; want %v, %s", c.name, r.Verdict, r.Grade, c.verdict, c.grade)
		}
		if n := r.Counts; n.Pass+n.Fail+n.Skip+n.Unknown != len(c.found) {
			t.Errorf("%s: counts %+v do not add up to %d", c.name, n, len(c.found))
		}
	}
}

func TestEdge(t *testing.T) {
	rule := func(id string, owner bool) pavise.Rule {
		return pavise.Rule{ID: id + ".rule", Severity: pavise.Low, Owner: owner}
	}
	doc := func(id string, owner bool) verified {
		return verified{pavise.Doc{ID: id, Rules: []pavise.Rule{rule(id, owner)}}}
	}
	in := Input{
		Controls: []pavise.Control{
			defence{doc("a.enforced", false)}, listener{doc("a.tuned", false)}, defence{doc("a.owner", true)},
			defence{doc("a.off", false)}, doc("a.verified", false),
		},
		Enforced: func(id string) bool { return id != "a.off" },
	}
	want := map[string]bool{"a.enforced": true, "a.tuned": true, "a.owner": false, "a.off": false, "a.verified": false}
	for id := range want {
		in.Findings = append(in.Findings, pavise.Finding{Rule: id + ".rule", Outcome: pavise.Pass})
	}
	for _, f := range New(in).Findings {
		if f.Edge != want[f.Control] {
			t.Errorf("%s: edge %v, want %v", f.Control, f.Edge, want[f.Control])
		}
	}
	in.Enforced = nil
	for _, f := range New(in).Findings {
		if f.Edge {
			t.Errorf("%s: edge without any shield", f.Control)
		}
	}
}

func TestUndocumentedRule(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a finding without a documented rule was taken")
		}
	}()
	New(Input{Controls: shop(), Findings: []pavise.Finding{{Rule: "transport.tls.new", Outcome: pavise.Pass}}})
}

func TestJSONRoundTrip(t *testing.T) {
	for name, r := range map[string]*Report{"naked": naked(), "shielded": shielded(), "hostile": hostile(), "empty": New(Input{})} {
		var first, second bytes.Buffer
		if err := r.JSON(&first); err != nil {
			t.Fatal(err)
		}
		var back Report
		if err := json.Unmarshal(first.Bytes(), &back); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := back.JSON(&second); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Errorf("%s: changed by being read back", name)
		}
		want := *r // what the JSON does not hold
		want.Findings = slices.Clone(r.Findings)
		for i := range want.Findings {
			want.Findings[i].Why, want.Findings[i].Verifies = "", ""
		}
		if !reflect.DeepEqual(back, want) {
			t.Errorf("%s: read back as another report", name)
		}
	}
}

// TestJSONShape holds the names that the schema promises, and their order.
func TestJSONShape(t *testing.T) {
	var b bytes.Buffer
	if err := CompareJSON(&b, naked(), shielded()); err != nil {
		t.Fatal(err)
	}
	golden(t, "compare.json", b.Bytes())
	var pair map[string]struct {
		Schema   string
		Findings []map[string]json.RawMessage
	}
	if err := json.Unmarshal(b.Bytes(), &pair); err != nil {
		t.Fatal(err)
	}
	if len(pair) != 2 || pair["naked"].Schema != Schema || pair["shielded"].Schema != Schema {
		t.Errorf("not a pair of reports: %v", pair)
	}
	want := strings.Fields("control edge fix outcome owner proof references rule saw severity title want where")
	for _, f := range pair["naked"].Findings {
		var keys []string
		for k := range f {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		if !slices.Equal(keys, want) {
			t.Errorf("finding has %v, want %v", keys, want)
		}
	}
}

// TestDocs reads the example of docs/report.md as the report that it claims to
// be: no field too few, none too many.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "report.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(page), "```json\n")
	example, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/report.md has no example")
	}
	dec := json.NewDecoder(strings.NewReader(example))
	dec.DisallowUnknownFields()
	var r Report
	if err := dec.Decode(&r); err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := r.JSON(&again); err != nil {
		t.Fatal(err)
	}
	if again.String() != example {
		t.Errorf("the example is not what is written; that is:\n%s", again.String())
	}
}
