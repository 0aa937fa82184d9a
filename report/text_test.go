package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pavise"
)

func TestText(t *testing.T) {
	passing := New(Input{Tool: "pavise 0.1.0", Target: "https://shop.example.com", Started: taken, Controls: shop(),
		Findings: mended()[:14], Enforced: func(string) bool { return true }})
	unsure := nakedInput()
	unsure.Findings = weak()[1:2]

	for _, c := range []struct {
		name   string
		report *Report
		opt    TextOptions
	}{
		{"text-60", naked(), TextOptions{Width: 60}},
		{"text-100", naked(), TextOptions{Width: 100}},
		{"text-100-colour", naked(), TextOptions{Width: 100, Color: true}},
		{"text-verbose", naked(), TextOptions{Verbose: true}},
		{"text-pass", passing, TextOptions{}},
		{"text-unknown", New(unsure), TextOptions{}},
		{"text-hostile", hostile(), TextOptions{}},
	} {
		var b bytes.Buffer
		if err := c.report.Text(&b, c.opt); err != nil {
			t.Fatal(err)
		}
		golden(t, c.name, b.Bytes())
	}
}

func TestCompare(t *testing.T) {
	// A shield that does not hold: one rule broken, one not looked at, one gone.
	in := nakedInput()
	in.Enforced = func(string) bool { return true }
	in.Findings = mended()
	in.Findings[5] = weak()[5]
	in.Findings[4] = found("transport.hsts.max-age", pavise.Unknown, "could not look: was not asked", "")
	in.Findings[8] = found("cookies.flags.secure", pavise.Skip, "nothing here that it applies to", "")

	for _, c := range []struct {
		name     string
		shielded *Report
		opt      TextOptions
	}{
		{"compare-60", shielded(), TextOptions{Width: 60}},
		{"compare-80", shielded(), TextOptions{}},
		{"compare-80-colour", shielded(), TextOptions{Color: true}},
		{"compare-120", shielded(), TextOptions{Width: 120}},
		{"compare-broken", New(in), TextOptions{}},
	} {
		var b bytes.Buffer
		if err := Compare(&b, naked(), c.shielded, c.opt); err != nil {
			t.Fatal(err)
		}
		golden(t, c.name, b.Bytes())
	}
}

func TestProven(t *testing.T) {
	with := func(change func([]pavise.Finding)) *Report {
		in := nakedInput()
		in.Findings, in.Enforced = mended(), func(string) bool { return true }
		change(in.Findings)
		return New(in)
	}
	to := func(o pavise.Outcome, i int) func([]pavise.Finding) {
		return func(f []pavise.Finding) { f[i].Outcome = o }
	}
	for _, c := range []struct {
		name            string
		naked, shielded *Report
		want            string
	}{
		{"as it should be", naked(), shielded(), ""},
		{"a rule that does not apply", naked(), with(to(pavise.Skip, 3)), ""},
		{"nothing wrong before", shieldedWithoutOwner(), shielded(), "the naked site does not fail"},
		{"a rule fails", naked(), with(to(pavise.Fail, 3)), "1 enforced rule could not be shown to hold behind the shield"},
		{"a rule not looked at", naked(), with(to(pavise.Unknown, 3)), "1 enforced rule could not be shown to hold behind the shield"},
		{"nothing enforced", naked(), naked(), "no enforced rule was looked at"},
	} {
		got := ""
		if err := Proven(c.naked, c.shielded); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func shieldedWithoutOwner() *Report {
	in := nakedInput()
	in.Findings = mended()[:14]
	return New(in)
}

// TestWidth: nothing but what is to be copied is wider than the terminal.
func TestWidth(t *testing.T) {
	bare := func(r *Report) *Report {
		for i := range r.Findings {
			r.Findings[i].Fix, r.Findings[i].Proof = pavise.Fix{}, pavise.Proof{}
			for j := range r.Findings[i].Also {
				r.Findings[i].Also[j].Command = ""
			}
			r.Findings[i].Saw += " 盾の前に立つ者は誰もいない"
		}
		return r
	}
	for _, r := range []*Report{bare(naked()), bare(hostile()), bare(full())} {
		for width := 40; width <= 120; width++ {
			var b bytes.Buffer
			opt := TextOptions{Width: width, Verbose: width%2 == 0}
			if err := errors.Join(r.Text(&b, opt), Compare(&b, r, bare(shielded()), opt)); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := columns(strings.TrimSuffix(line, "\n")); n > width {
					t.Fatalf("width %d: %d columns: %s", width, n, line)
				}
			}
		}
	}
}

func TestWidthBounds(t *testing.T) {
	for given, want := range map[int]int{0: 80, 1: 40, -5: 40, 60: 60, 500: 120} {
		if got := (TextOptions{Width: given}).width(); got != want {
			t.Errorf("width %d is held to %d, want %d", given, got, want)
		}
	}
}

// TestManyPlaces: a rule that fails in many places is told once.
func TestManyPlaces(t *testing.T) {
	in := nakedInput()
	in.Findings = nil
	for range 1000 {
		in.Findings = append(in.Findings, weak()[11])
	}
	var b bytes.Buffer
	if err := New(in).Text(&b, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), ".git/HEAD"); n != maxPlaces {
		t.Errorf("%d places are shown, want %d", n, maxPlaces)
	}
	if !strings.Contains(b.String(), "and in 995 more places") {
		t.Error("the rest is not counted")
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestWriteErrors(t *testing.T) {
	r := naked()
	for name, err := range map[string]error{
		"text":    r.Text(brokenPipe{}, TextOptions{}),
		"compare": Compare(brokenPipe{}, r, r, TextOptions{}),
		"json":    r.JSON(brokenPipe{}),
		"html":    Reports{r}.HTML(brokenPipe{}),
	} {
		if err == nil {
			t.Errorf("%s: the writer's error is lost", name)
		}
	}
}
