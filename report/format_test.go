package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"pavise"
)

func TestGoldenFormats(t *testing.T) {
	several := Reports{naked(), shielded(), New(Input{Tool: "pavise 0.1.0", Target: "https://gone.example.com", Started: taken})}
	for name, text := range map[string][]byte{
		"full.text":        written(t, Reports{full()}, "text"),
		"full.json":        written(t, Reports{full()}, "json"),
		"full.junit":       written(t, Reports{full()}, "junit"),
		"full.markdown":    written(t, Reports{full()}, "markdown"),
		"naked.junit":      written(t, Reports{naked()}, "junit"),
		"naked.markdown":   written(t, Reports{naked()}, "markdown"),
		"hostile.markdown": written(t, Reports{hostile()}, "markdown"),
		"several.markdown": written(t, several, "markdown"),
		"several.text":     written(t, several, "text"),
	} {
		golden(t, name, text)
	}
}

func TestFormatOf(t *testing.T) {
	for file, want := range map[string]string{
		"a.json": "json", "a.sarif": "sarif", "a.sarif.json": "sarif", "A.SARIF": "sarif", "a.xml": "junit", "a.md": "markdown",
		"a.html": "html", "a.htm": "html", "a.txt": "text", "a": "text", "/dev/stderr": "text", "a.pdf": "", "a.b/c": "text",
	} {
		if got, known := FormatOf(file); got != want || known != (want != "") {
			t.Errorf("%s: %q, %v; want %q", file, got, known, want)
		}
	}
	if err := (Reports{}).Write(io.Discard, "pdf", TextOptions{}); err == nil {
		t.Error("pdf is written")
	}
}

func TestWorstOfSeveral(t *testing.T) {
	pass := New(Input{Controls: shop(), Findings: mended()[:1]})
	unknown := New(Input{Controls: shop(), Findings: weak()[1:2]})
	for _, c := range []struct {
		reports Reports
		want    pavise.Outcome
	}{
		{nil, pavise.Unknown}, {Reports{pass}, pavise.Pass}, {Reports{pass, unknown}, pavise.Unknown},
		{Reports{unknown, naked(), pass}, pavise.Fail},
	} {
		if got := c.reports.Verdict(); got != c.want {
			t.Errorf("%s: %s, want %s", c.reports.Summary(), got, c.want)
		}
	}
}

// TestJUnit: the form is XML whatever the site wrote, and its numbers are right.
func TestJUnit(t *testing.T) {
	for name, rs := range everything(t) {
		text := written(t, rs, "junit")
		harmless(t, name, string(text), 1<<20)
		var all junitSuites
		if err := xml.Unmarshal(text, &all); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var tests, failures, errors, skipped int
		for _, s := range all.Suites {
			for _, c := range s.Cases {
				tests++
				for n, said := range map[*int]*junitSaid{&failures: c.Failure, &errors: c.Error, &skipped: c.Skipped} {
					if said != nil {
						*n++
					}
				}
			}
		}
		if all.Tests != tests || all.Failures != failures || all.Errors != errors || all.Skipped != skipped {
			t.Errorf("%s: %d, %d, %d, %d counted, %d, %d, %d, %d told", name, tests, failures, errors, skipped,
				all.Tests, all.Failures, all.Errors, all.Skipped)
		}
	}
}

// TestJUnitBreaksNoBuild: what changes no verdict is no failure and no error.
func TestJUnitBreaksNoBuild(t *testing.T) {
	in := nakedInput()
	rules := in.Controls[0].(listener).doc.Rules
	rules[0].Severity, rules[1].Severity = pavise.Info, pavise.Info
	in.Findings = weak()[:2]
	text := string(written(t, Reports{New(in)}, "junit"))
	if !strings.Contains(text, `tests="2" failures="0" errors="0" skipped="2"`) {
		t.Error(text)
	}
}

// Outside of code, nothing a site wrote stands in the Markdown.
var (
	fencedCode = regexp.MustCompile("(?ms)^(`{3,})\n.*?^`{3,}$")
	spanned    = regexp.MustCompile("`[^`\n]+`")
)

func TestHostileMarkdown(t *testing.T) {
	text := string(written(t, Reports{hostile()}, "markdown"))
	harmless(t, "markdown", text, 800<<10)
	bare := spanned.ReplaceAllString(fencedCode.ReplaceAllString(text, ""), "")
	for _, evil := range []string{"<script", "alert(1)", "owned", "Set-Cookie"} {
		if strings.Contains(bare, evil) {
			t.Errorf("%s stands outside of code", evil)
		}
	}
}

func TestMarkdownCode(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{codeSpan("a"), "`a`"},
		{codeSpan("a`b``c"), "```a`b``c```"},
		{codeSpan("`"), "`` ` ``"},
		{codeSpan(""), "–"},
		{fenced("a\n"), "```\na\n```"},
		{fenced("```\n# x"), "````\n```\n# x\n````"},
		{markdownText("*a* <b> [c](d) |"), `\*a\* &lt;b&gt; \[c\](d) \|`},
	} {
		if c.got != c.want {
			t.Errorf("%s, want %s", c.got, c.want)
		}
	}
}

func TestSeveralAsJSON(t *testing.T) {
	var many struct {
		Schema  string
		Verdict string
		Reports []json.RawMessage
	}
	text := written(t, Reports{naked(), shielded()}, "json")
	if err := json.Unmarshal(text, &many); err != nil || many.Schema != ManySchema || many.Verdict != "fail" || len(many.Reports) != 2 {
		t.Errorf("%v: %+v", err, many)
	}
	for _, each := range many.Reports {
		if err := json.Unmarshal(each, new(Report)); err != nil {
			t.Error(err)
		}
	}
}

// TestPreflight: wherever the verdict is that of a PCI scan, it says that it is none.
func TestPreflight(t *testing.T) {
	for _, format := range Formats {
		text := strings.Join(strings.Fields(string(written(t, Reports{full()}, format))), " ")
		if !strings.Contains(text, "not an attestation: only an Approved Scanning Vendor can attest") {
			t.Errorf("%s does not say it", format)
		}
	}
}

// TestOtherPlaces: where it fails alike is named in every form, up to a bound, and the
// rest is counted.
func TestOtherPlaces(t *testing.T) {
	for format, want := range map[string][]string{
		"text":     {"  also at  https://shop.example.com/cart\n", "           and at 4 more\n"},
		"markdown": {"- also at: `https://shop.example.com/cart`\n", "- and at 4 more\n"},
		"junit":    {"also at: https://shop.example.com/cart&#xA;", "and at 4 more&#xA;"},
		"html":     {`<span class="mono">https://shop.example.com/about</span>`, "<li>and at 2 more</li>"},
		"sarif":    {`"uri": "shop.example.com/about"`},
		"json":     {`"where": "https://shop.example.com/about"`, `"more": 2`},
	} {
		text := string(written(t, Reports{full()}, format))
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s: not %q", format, w)
			}
		}
	}
}

// TestSamePlace: an address that was asked in several ways is named once, and what
// else was seen there with it.
func TestSamePlace(t *testing.T) {
	f := Finding{Where: "/", Saw: "a without Secure (and at 5 more of 9 responses)", Also: []pavise.Place{
		{Where: "/", Saw: "a without Secure"}, {Where: "/", Saw: "b without Secure"},
		{Where: "/x", Saw: "a without Secure"}, {Where: "/x", Saw: "a without Secure"}}, More: 1}
	told, beyond := f.also(4)
	if len(told) != 2 || beyond != 3 {
		t.Fatalf("%d more beyond %v", beyond, told)
	}
	if got := f.elsewhere(told[0]) + ", " + f.elsewhere(told[1]); got != "/: b without Secure, /x" {
		t.Error(got)
	}
	f.Also = f.Also[:1]
	if told, beyond := f.also(4); told != nil || beyond != 0 {
		t.Errorf("%d more beyond %v, all like the first", beyond, told)
	}
}

// TestLarge: a report of a site with hundreds of pages, each at fault in every way, is
// written without the text growing with it.
func TestLarge(t *testing.T) {
	in := nakedInput()
	in.Findings = nil
	received := strings.Repeat("X-Header: value\n", 50)
	for page := range 200 {
		for _, f := range weak() {
			f.Where = fmt.Sprintf("https://shop.example.com/page/%d", page)
			f.Proof.Received = received
			in.Findings = append(in.Findings, f)
		}
	}
	in.Baseline = New(in)
	rs := Reports{New(in)}
	for format, most := range map[string]int{"text": 24 << 10, "markdown": 24 << 10, "junit": 24 << 10, "html": 400 << 10, "sarif": 3 << 20} {
		if n := len(written(t, rs, format)); n > most {
			t.Errorf("%s: %d KiB", format, n>>10)
		}
	}
}

func TestExplain(t *testing.T) {
	d := pavise.Doc{ID: "transport.hsts", Why: "Somebody on the line answers.", Verifies: "Every response is looked at.", Enforces: "It is sent."}
	r := pavise.Rule{ID: "transport.hsts.present", Title: "Every response promises https", Severity: pavise.Medium,
		CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:H/I:N/A:N", Automatic: "early TLS", Declare: "the reason", Owner: true,
		References: []string{"RFC 6797 6.1", "CWE-319"},
		Fix:        pavise.Fix{Pavise: "pavise serve", Nginx: "add_header A b;", Apache: "Header set A b", Express: "app.use(a);"}}
	for name, opt := range map[string]TextOptions{"explain-40": {Width: 40}, "explain": {}} {
		var b bytes.Buffer
		if err := Explain(&b, d, r, opt); err != nil {
			t.Fatal(err)
		}
		golden(t, name, b.Bytes())
	}
	var b bytes.Buffer // what a rule has nothing of is not told
	if err := Explain(&b, pavise.Doc{ID: "a.b"}, pavise.Rule{ID: "a.b.c", Title: "It holds", Severity: pavise.Info}, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if got, want := b.String(), "It holds\na.b.c · info\n\nIt is a rule of a.b: pavise controls a.b\n"; got != want {
		t.Errorf("got %q", got)
	}
}
