// Package php_test sends a real browser through a shop on PHP's own sessions, once
// directly and once through pavise serve: the same journey must pass.
package php_test

import (
	"path/filepath"
	"strings"
	"testing"

	"pavise/test/browser"
	"pavise/test/shops"
)

// The browser knows the session directly: name and value.
func TestJourneyDirect(t *testing.T) {
	t.Parallel()
	browser.Need(t, "nodejs", "chromium")
	j := travel(t, "http://127.0.0.1:"+shops.PHP(t), t.TempDir())
	if !strings.HasPrefix(j.Script, "PHPSESSID=") || len(j.Held) != 2 {
		t.Errorf("a script reads %q, and the browser holds %q", j.Script, j.Held)
	}
}

func TestJourneyThroughPavise(t *testing.T) {
	t.Parallel()
	browser.Need(t, "nodejs", "chromium", "libnss3-tools")
	state, home := t.TempDir(), t.TempDir()
	base := browser.Serve(t, browser.Build(t), state, "--to", "127.0.0.1:"+shops.PHP(t))
	browser.Trust(t, home, filepath.Join(state, "authority.crt"))
	travel(t, base, home).Shielded(t)
}

// travel makes the journey; it must pass with nothing to complain of.
func travel(t *testing.T, base, home string) browser.Journey {
	t.Helper()
	j := browser.Travel(t, "journey.mjs", base, home)
	for _, e := range j.Errors {
		t.Error(e)
	}
	return j
}
