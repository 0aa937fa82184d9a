package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"strconv"
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
		"full": full(), "forged": forged(t), "empty": New(Input{})} {
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

// TestHTMLOfSeveral: each site has its place, and one choice of severity is for all.
func TestHTMLOfSeveral(t *testing.T) {
	page := string(written(t, Reports{naked(), shielded(), full()}, "html"))
	for want, times := range map[string]int{`<h1>3 sites: 3 fail, 0 unknown, 0 pass</h1>`: 1, `aria-level="1"`: 0, `id="only-all"`: 1, `href="#site-3"`: 1,
		`id="site-3"`: 1, `class="site preflight"`: 1, "not an attestation": 4} {
		if n := strings.Count(page, want); n != times {
			t.Errorf("%s stands there %d times, want %d", want, n, times)
		}
	}
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(`\sid="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if ids[m[1]] {
			t.Errorf("two of id %s", m[1])
		}
		ids[m[1]] = true
	}
}

// TestContrast: text can be read on what is behind it, light, dark and printed (WCAG
// 2.2 1.4.3).
func TestContrast(t *testing.T) {
	themes := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(htmlStyle, -1)
	if len(themes) != 3 {
		t.Fatalf("%d themes", len(themes))
	}
	for _, theme := range themes {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]{3,6})`).FindAllStringSubmatch(theme[1], -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for _, pair := range strings.Fields("ink/back ink/card soft/back soft/card ink/code back/ink low/card low/back high/back critical/card high/card " +
			"medium/card pass/card unknown/card skip/card on/critical on/high on/medium on/low on/skip") {
			text, behind, _ := strings.Cut(pair, "/")
			a, b := colours[text]+0.05, colours[behind]+0.05
			if ratio := max(a, b) / min(a, b); ratio < 4.5 {
				t.Errorf("%s: %.2f to 1 in%s", pair, ratio, theme[1])
			}
		}
	}
}

// luminance is the relative one of WCAG 2.2.
func luminance(t *testing.T, hex string) float64 {
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	part := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(16) + 0.7152*part(8) + 0.0722*part(0)
}

func TestHTMLSays(t *testing.T) {
	page := htmlOf(t, naked())
	for _, want := range []string{
		"<b>Fails: 9 rules to mend</b>", `aria-label="Grade F"`, "14 March 2026, 09:26 UTC", "1.2 s, 61 requests, 14 connections",
		"https://shop.example.com/.env", "No file of the project or of its secrets is handed out", "controls: {leaks.files: {}}",
		"could not look: dial tcp 203.0.113.7:443: i/o timeout", "Pavise does not mend this",
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
