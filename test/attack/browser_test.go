package attack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"pavise/test/browser"
)

// What browser.mjs prints: the status of each answer, or whether it worked.
type browsed struct {
	OwnForm, ForeignForm, SiblingForm, SandboxedForm int
	OwnSocket, ForeignSocket, SiblingSocket, Framed  bool
}

// TestForgery: in a real browser, a page of another site, of a sibling host or in
// a sandboxed frame can neither send a form to the shop, nor open its WebSocket,
// nor frame it; the shop's own pages can. The shop defends itself with nothing.
func TestForgery(t *testing.T) {
	browser.Need(t, "nodejs", "chromium")
	victim := newShop(t)
	mallory := serveTLS(t, http.HandlerFunc(attackerPages), attackerHost, siblingHost)
	foreign, sibling := origin(attackerHost, mallory), origin(siblingHost, mallory)

	t.Run("naked", func(t *testing.T) {
		naked := origin(shopHost, serveTLS(t, victim, shopHost))
		want := browsed{200, 200, 200, 200, true, true, true, true}
		if got := browse(t, naked, foreign, sibling); got != want {
			t.Errorf("the attacks do not work on the naked shop: %+v", got)
		}
		if n := victim.transfers.Load(); n != 6 {
			t.Errorf("%d transfers, want those of four forms and two scripts", n)
		}
	})
	t.Run("shielded", func(t *testing.T) {
		before := victim.transfers.Load()
		want := browsed{OwnForm: 200, OwnSocket: true, ForeignForm: 403, SiblingForm: 403, SandboxedForm: 403}
		if got := browse(t, shield(t, victim).secure, foreign, sibling); got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
		if n := victim.transfers.Load() - before; n != 1 {
			t.Errorf("%d transfers, want the shop's own alone", n)
		}
	})
}

// attackerPages are what Mallory serves.
func attackerPages(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	to := html.EscapeString(r.FormValue("to"))
	form := `<form target="_top" method="post" action="` + to + `/transfer"><input name="to" value="mallory"></form><script>document.forms[0].submit()</script>`
	switch r.URL.Path {
	case "/form":
		io.WriteString(w, "<!doctype html>"+form)
	case "/sandbox":
		fmt.Fprintf(w, `<!doctype html><iframe sandbox="allow-scripts allow-forms allow-top-navigation" srcdoc="%s"></iframe>`, html.EscapeString(form))
	case "/frame":
		fmt.Fprintf(w, `<!doctype html><iframe src="%s/account"></iframe>`, to)
	default:
		io.WriteString(w, "<!doctype html><p>Nothing to see.")
	}
}

// browse lets a browser with a session at the shop visit the attacker.
func browse(t *testing.T, shop, foreign, sibling string) browsed {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "browser.mjs", shop, foreign, sibling)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // the browser goes too
	cmd.WaitDelay = 10 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &stderr)
	}
	var saw browsed
	if err := json.Unmarshal(out, &saw); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return saw
}
