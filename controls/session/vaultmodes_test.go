package session

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"pavise"
)

func handleOf(b *tab) string { return b.cookies["__Host-visit"] }

func TestSealedMode(t *testing.T) {
	d := newDesk(t, Vault{Mode: "sealed"})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	first := handleOf(b)
	if _, isToken := parseToken(first); first == "" || isToken || strings.Contains(first, "abc") {
		t.Fatalf("handle %q", first)
	}
	d.app = nil
	if b.ask("/"); d.heard != "connect.sid=s%3Aabc.def" {
		t.Fatalf("the app heard %q", d.heard)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(first)
	raw[len(raw)-1] ^= 1
	for name, forged := range map[string]string{"changed": base64.RawURLEncoding.EncodeToString(raw), "cut": first[:40], "": "x"} {
		if d.send("/", "__Host-visit="+forged); d.heard != "" {
			t.Errorf("%s: the app heard %q", name, d.heard)
		}
	}
	d.app = sets(sid)
	b.ask("POST /login")
	if handleOf(b) == first {
		t.Error("the handle of before the login stays")
	}
	d.app = nil
	member := b.line()
	d.now = d.now.Add(14 * time.Minute)
	if b.ask("/"); d.heard == "" || b.line() == member {
		t.Errorf("in use: the app heard %q, the handle is another: %v", d.heard, b.line() != member)
	}
	d.now = d.now.Add(2 * time.Minute)
	if d.send("/", member); d.heard != "" {
		t.Errorf("after 16 minutes of rest the app heard %q", d.heard)
	}
	if b.ask("/"); d.heard == "" {
		t.Error("a session in use has ended")
	}
	if b.ask("POST /logout"); handleOf(b) != "" {
		t.Error("the logout leaves the handle")
	}
}

// TestSealedElsewhere: what is sealed for one host, or under one name, opens nothing
// for another; and a former secret opens what a new one seals again.
func TestSealedElsewhere(t *testing.T) {
	d := newDesk(t, Vault{Mode: "sealed"})
	d.app = sets(sid)
	b := d.tab()
	b.ask("/")
	old := handleOf(b)
	d.open(Vault{Mode: "sealed", Handle: "other"})
	if d.send("/", "__Host-other="+old); d.heard != "" {
		t.Errorf("under another name: %q", d.heard)
	}
	d.env.Former, d.env.Secret = [][]byte{d.env.Secret}, []byte(strings.Repeat("n", 32))
	d.open(Vault{Mode: "sealed"})
	d.app = nil
	if b.ask("/"); d.heard == "" || handleOf(b) == old {
		t.Errorf("after a new secret the app heard %q, sealed again: %v", d.heard, handleOf(b) != old)
	}
}

func TestTooBigIsLoud(t *testing.T) {
	d := newDesk(t, Vault{Mode: "sealed"})
	big := "connect.sid=" + strings.Repeat("x", 3500)
	d.app = sets(big+"; Path=/; HttpOnly", "auth_token=0123; Path=/; HttpOnly")
	b := d.tab()
	b.ask("/")
	if b.cookies["connect.sid"] == "" || b.cookies["auth_token"] != "" || !d.noted("too big") {
		t.Fatalf("%v %q", b.lines, d.notes)
	}
	d.app = nil
	if b.ask("/"); !strings.Contains(d.heard, big) || !strings.Contains(d.heard, "auth_token=0123") {
		t.Errorf("the app heard %.80q", d.heard)
	}
	if d.send("/", "__Host-visit="+handleOf(b)+"; connect.sid=planted"); d.heard != "auth_token=0123" {
		t.Errorf("another value comes in: %q", d.heard)
	}
	for _, line := range b.lines {
		if c := pavise.ParseSetCookie(line); c.Size() > pavise.MaxCookie {
			t.Errorf("%s has %d bytes", c.Name, c.Size())
		}
	}

	d = newDesk(t, Vault{})
	var many []string
	for n := range 30 {
		many = append(many, fmt.Sprintf("sess%d=%s; Path=/; HttpOnly", n, strings.Repeat("y", 600)))
	}
	d.app = sets(many...)
	b = d.tab()
	b.ask("/")
	d.app = nil
	b.ask("/")
	if n := strings.Count(d.heard, "sess"); n != 30 {
		t.Errorf("of 30 cookies the app heard %d", n)
	}
}

// TestModesMigrate: from each mode to each other nobody is logged out.
func TestModesMigrate(t *testing.T) {
	for _, from := range []string{"vault", "sealed", "rename"} {
		for _, to := range []string{"vault", "sealed", "rename"} {
			adopt := Vault{Mode: to, InsecureAdoptUntil: time.Unix(1_800_000_000, 0).Add(24 * time.Hour)}
			d := newDesk(t, Vault{Mode: from})
			d.app = sets(sid)
			b := d.tab()
			b.ask("POST /login")
			d.open(adopt)
			d.app = nil
			for range 3 {
				if b.ask("/", "Sec-Fetch-Mode", "navigate"); d.heard != "connect.sid=s%3Aabc.def" {
					t.Errorf("from %s to %s: the app heard %q", from, to, d.heard)
				}
				d.now = d.now.Add(2 * time.Minute)
			}
			_, isToken := parseToken(handleOf(b))
			raw := b.cookies["connect.sid"] != ""
			if raw != (to == "rename") || isToken != (to == "vault") || (handleOf(b) == "") != (to == "rename") {
				t.Errorf("from %s to %s: %v", from, to, b.cookies)
			}
		}
	}
}

func TestAdoption(t *testing.T) {
	d := newDesk(t, Vault{InsecureAdoptUntil: time.Unix(1_800_000_000, 0).Add(time.Hour)})
	b := d.tab()
	b.cookies["PHPSESSID"] = "old"
	b.cookies["theme"] = "dark"
	b.ask("/")
	if !strings.Contains(d.heard, "PHPSESSID=old") || b.cookies["PHPSESSID"] != "" || handleOf(b) == "" {
		t.Fatalf("the app heard %q, the browser has %v", d.heard, b.cookies)
	}
	if b.ask("/"); !strings.Contains(d.heard, "PHPSESSID=old") || len(b.lines) != 0 {
		t.Errorf("the app heard %q, %q", d.heard, b.lines)
	}
	d.now = d.now.Add(2 * time.Hour)
	if d.send("/", "PHPSESSID=old"); d.heard != "" {
		t.Errorf("after the date the app heard %q", d.heard)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
