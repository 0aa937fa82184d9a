package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
)

func htmlOf(t *testing.T, r *Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := (Reports{r}).HTML(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestHTMLWellFormed: the page is written so that even an XML parser takes it,
// which finds each tag left open and each character left raw.
func TestHTMLWellFormed(t *testing.T) {
	for name, r := range map[string]*Report{"naked": naked(), "shielded": shielded(), "hostile": hostile(),
		"forged": forged(t), "empty": New(Input{})} {
		page := htmlOf(t, r)
		dec := xml.NewDecoder(strings.NewReader(page))
		for {
			_, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		harmless(t, name, page, 1<<20)
		if strings.Contains(page, "<script") || strings.Contains(page, "ZgotmplZ") {
			t.Errorf("%s: something came through unescaped", name)
		}
	}
}

func TestHTMLNeedsNothing(t *testing.T) {
	page := htmlOf(t, naked())
	if m := regexp.MustCompile(`(?i)<(link|script|img|iframe|object|base|form)\b|\s(src|href|action|style|on\w+)\s*=|@import|url\(`).FindString(page); m != "" {
		t.Errorf("the page has %q", m)
	}
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, ok := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)
	unescape := strings.NewReplacer("&#39;", "'", "&#43;", "+")
	if !ok || policy == nil || unescape.Replace(policy[1]) != want {
		t.Errorf("policy %q, want %q", policy, want)
	}
}

func TestHTMLSays(t *testing.T) {
	page := htmlOf(t, naked())
	for _, want := range []string{
		"<b>Fails: 9 rules to mend</b>", `aria-label="Grade F"`, "14 March 2026, 09:26 UTC", "1.2 s, 61 requests, 14 connections",
		"https://shop.example.com/.env", "No file of the project or of its secrets is handed out", "controls: {leaks.files: {}}",
		"could not look: dial tcp 203.0.113.7:443: i/o timeout", "No edge can mend this",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestShares: the pieces of the bar fill it exactly.
func TestShares(t *testing.T) {
	for n := 1; n <= 9; n++ {
		var failures []rule
		for _, r := range naked().rules() {
			if len(failures) < n && r.Outcome.String() == "fail" {
				failures = append(failures, r)
			}
		}
		x, rules := 0, 0
		for _, s := range shares(failures) {
			if s.X != x || s.Width < 1 {
				t.Errorf("%d failures: %s begins at %d with %d, want %d", n, s.Kind, s.X, s.Width, x)
			}
			x += s.Width
			rules += s.Rules
		}
		if x != 1000 || rules != n {
			t.Errorf("%d failures: the bar is %d long and shows %d", n, x, rules)
		}
	}
}
