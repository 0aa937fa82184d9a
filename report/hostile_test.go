package report

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pavise"
)

const evil = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>\u202eexe.txt\u2066\u200b\x9b31m\xff\r\nSet-Cookie: a\u0085"

var long = strings.Repeat("A", 1<<20)

// hostile is a report on a site that puts what it can into every field.
func hostile() *Report {
	in := nakedInput()
	in.Target += "/" + evil
	for i := range in.Findings {
		f := &in.Findings[i]
		f.Where += evil + long
		f.Saw = long + evil
		f.Want = evil + strings.Repeat("\u202e", 1<<18)
		f.Proof = pavise.Proof{Command: "curl '" + evil + "'", Sent: evil + long, Received: strings.Repeat(evil+"\n", 1<<12)}
	}
	in.Findings[0].Proof.Command = "curl " + long
	return New(in)
}

// forged is a report that was not written by us but read from a file.
func forged(t *testing.T) *Report {
	some := long[:1<<14]
	r := &Report{Schema: Schema, Tool: evil, Target: evil + long, Verdict: pavise.Fail, Grade: evil + long}
	for _, f := range shielded().Findings {
		f.Rule, f.Control, f.Title = f.Rule+evil, evil+f.Control, evil
		f.Where, f.Saw, f.Want = evil+some, evil+some, evil+some
		f.References = []string{evil}
		f.Fix = pavise.Fix{Pavise: evil, Nginx: evil, Express: evil}
		f.Proof = pavise.Proof{Command: evil + some, Sent: evil + some, Received: evil + some}
		r.Findings = append(r.Findings, f)
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	return &back
}

var ourColours = regexp.MustCompile(`\x1b\[[0-9;]{1,4}m`)

// harmless fails if anything could steer a terminal or a reader's eye.
func harmless(t *testing.T, name, text string, most int) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s: not UTF-8", name)
	}
	for i, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%s: %U at %d, after %q", name, r, i, text[max(0, i-40):i])
			return
		}
	}
	if len(text) > most {
		t.Errorf("%s: %d bytes, want at most %d", name, len(text), most)
	}
}

func TestHostileText(t *testing.T) {
	for name, r := range map[string]*Report{"hostile": hostile(), "forged": forged(t)} {
		for _, opt := range []TextOptions{{}, {Color: true}, {Width: 40, Verbose: true, Color: true}} {
			var text, compared bytes.Buffer
			if err := r.Text(&text, opt); err != nil {
				t.Fatal(err)
			}
			if err := Compare(&compared, naked(), r, opt); err != nil {
				t.Fatal(err)
			}
			if !opt.Color && strings.Contains(text.String(), "\x1b") {
				t.Errorf("%s: an escape although there are no colours", name)
			}
			harmless(t, name, ourColours.ReplaceAllString(text.String(), ""), 800<<10)
			harmless(t, name+" compared", ourColours.ReplaceAllString(compared.String(), ""), 800<<10)
			for _, want := range []string{`\x1b[2J`, `\u202e`, `\xff`, "more characters)"} {
				if name == "hostile" && !opt.Verbose && !strings.Contains(text.String(), want) {
					t.Errorf("hostile: the text does not show %s", want)
				}
			}
		}
	}
}

func TestHostileJSON(t *testing.T) {
	var b bytes.Buffer
	if err := hostile().JSON(&b); err != nil {
		t.Fatal(err)
	}
	harmless(t, "json", b.String(), 800<<10)
}

// TestHalfCommand: a command is shown whole or not at all.
func TestHalfCommand(t *testing.T) {
	if got := cleanCommand("curl '" + long + "'"); got != "# left out: a command of 1048583 bytes" {
		t.Errorf("got %.80q", got)
	}
	whole := "curl '" + strings.Repeat("a", 3000) + "'"
	if got := cleanCommand(whole); got != whole {
		t.Errorf("got %.80q", got)
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"no header", "no header"},
		{"naïve 盾 ✓", "naïve 盾 ✓"},
		{"a\x00b\x1b[0m\x7f", `a\x00b\x1b[0m\x7f`},
		{"\xff\xc3(", `\xff\xc3(`},
		{"\ufffd", "\ufffd"},
		{"\u0085\u00a0\u2028\u202e\ufeff\U000e0001", `\u0085\u00a0\u2028\u202e\ufeff\U000e0001`},
		{"a\r\nb\tc", `a\x0d\x0ab\x09c`},
		{strings.Repeat("é", 100), strings.Repeat("é", 67) + "… (33 more characters)"},
		{strings.Repeat("é", 99), strings.Repeat("é", 99)},
	} {
		if got := clean(c.in, 99); got != c.want {
			t.Errorf("clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
	if got := cleanLines("a\r\nb\rc\n", 99); got != "a\nb\\x0dc\n" {
		t.Errorf("cleanLines: %q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add(evil, 50)
	f.Add(strings.Repeat("\u202e", 80), 60)
	f.Fuzz(func(t *testing.T, s string, max int) {
		if max < 40 || max > 1000 {
			return
		}
		got := cleanLines(s, max)
		harmless(t, "clean", got, 4*max)
		if n := utf8.RuneCountInString(got); n > max {
			t.Errorf("%d characters, want at most %d", n, max)
		}
		if again := cleanLines(got, max); again != got {
			t.Errorf("cleaned twice: %q then %q", got, again)
		}
		for _, line := range wrap(got, 20) {
			if columns(line) > 20 {
				t.Errorf("line of %d columns: %q", columns(line), line)
			}
		}
	})
}
