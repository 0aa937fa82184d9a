package dashboard_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/dashboard"
)

// withUser is a stand that is exposed to the world, and its one user.
func withUser(t *testing.T) (*stand, dashboard.User, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users.json")
	u, err := dashboard.NewUser("ada", "correct horse battery", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := dashboard.SaveUsers(file, []dashboard.User{u}); err != nil {
		t.Fatal(err)
	}
	return newStand(t, func(o *dashboard.Options) { o.Users, o.TLS = file, true }), u, file
}

// code is what the user's authenticator shows.
func code(u dashboard.User, at time.Time) string { return dashboard.TOTPCode(u.TOTP, at) }

// TestPasswordAndCode go together, once.
func TestPasswordAndCode(t *testing.T) {
	s, u, file := withUser(t)
	try := func(name, password, code string) int {
		status, _, _ := s.ask("/login", url.Values{"username": {name}, "password": {password}, "code": {code}})
		return status
	}
	const password = "correct horse battery"
	now := code(u, s.now)
	for what, status := range map[string]int{
		"password": try("ada", "wrong horse battery", now), "code": try("ada", password, "000000"), "name": try("eve", password, now),
		"nothing": try("", "", ""), "long": try("ada", strings.Repeat("x", 5000), now), "old": try("ada", password, code(u, s.now.Add(-2*time.Minute))),
	} {
		if status != http.StatusUnprocessableEntity || s.cookie != nil {
			t.Errorf("wrong %s: %d", what, status)
		}
	}
	if status := try("ada", password, now[:3]+" "+now[3:]); status != http.StatusSeeOther || s.cookie.Name != "__Host-pavise-dashboard" || !s.cookie.Secure {
		t.Errorf("%d %+v", status, s.cookie)
	}
	if status, body, _ := s.ask("/", nil); status != http.StatusOK || !strings.Contains(body, "Log out<span class=\"hidden\"> ada") {
		t.Error(status)
	}
	own := s.cookie
	if s.cookie = nil; try("ada", password, now) != http.StatusUnprocessableEntity {
		t.Error("a code opens twice")
	}
	if s.now = s.now.Add(30 * time.Second); try("ada", password, code(u, s.now)) != http.StatusSeeOther {
		t.Error("the next code does not open")
	}
	if err := dashboard.SaveUsers(file, nil); err != nil {
		t.Fatal(err)
	}
	s.cookie = own
	if status, _, _ := s.ask("/", nil); status != http.StatusSeeOther {
		t.Error("who was removed is still in:", status)
	}
}

// TestSessionIsOfOneUserAndDoor: who is removed and added again, with another password, has
// no session from before; and one that came in from the world is nobody on loopback, where
// users are not asked after.
func TestSessionIsOfOneUserAndDoor(t *testing.T) {
	s, u, file := withUser(t)
	store := pavise.NewMemory(func() time.Time { return s.now })
	door := func(o *dashboard.Options) { o.Store = store }
	s = newStand(t, door, func(o *dashboard.Options) { o.Users, o.TLS = file, true })
	if status, _, _ := s.ask("/login", url.Values{"username": {"ada"}, "password": {"correct horse battery"}, "code": {code(u, s.now)}}); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	loopback := newStand(t, door)
	loopback.cookie = &http.Cookie{Name: "pavise-dashboard", Value: s.cookie.Value}
	if status, _, _ := loopback.ask("/", nil); status != http.StatusSeeOther {
		t.Error("a session of the world opens loopback:", status)
	}
	again, err := dashboard.NewUser("ada", "another horse battery", s.now.Add(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	if err := dashboard.SaveUsers(file, []dashboard.User{again}); err != nil {
		t.Fatal(err)
	}
	if status, _, _ := s.ask("/", nil); status != http.StatusSeeOther {
		t.Error("a session from before the new password goes on:", status)
	}
}

// TestExposedTakesNoToken: what the owner's socket gives is for this machine alone.
func TestExposedTakesNoToken(t *testing.T) {
	s, _, _ := withUser(t)
	token, _ := s.Token(t.Context())
	if status, _, _ := s.ask("/enter?token="+token, nil); status != http.StatusNotFound {
		t.Error(status)
	}
	if status, _, _ := s.ask("/login", url.Values{"token": {token}}); status != http.StatusUnprocessableEntity || s.cookie != nil {
		t.Error(status)
	}
}

// TestCodes are those of RFC 6238, appendix B, of six digits.
func TestCodes(t *testing.T) {
	for at, want := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130"} {
		if got := dashboard.TOTPCode([]byte("12345678901234567890"), time.Unix(at, 0)); got != want {
			t.Errorf("%d: %s, want %s", at, got, want)
		}
	}
	u, err := url.Parse(dashboard.TOTPAddress([]byte("12345678901234567890"), "ada", "dash.example.com"))
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Query().Get("secret") != "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" {
		t.Error(u, err)
	}
}

func TestUsersAreJudged(t *testing.T) {
	for name, password := range map[string]string{"ada": "short", "": "correct horse battery", "a b": "correct horse battery", strings.Repeat("a", 65): "correct horse battery", "eve": strings.Repeat("x", 257)} {
		if _, err := dashboard.NewUser(name, password, time.Now()); err == nil {
			t.Errorf("%.10q and %.10q are taken", name, password)
		}
	}
	file := filepath.Join(t.TempDir(), "users.json")
	for content, mode := range map[string]os.FileMode{"[]": 0o644, "{": 0o600} {
		os.WriteFile(file, []byte(content), 0o600)
		os.Chmod(file, mode)
		if _, err := dashboard.LoadUsers(file); err == nil {
			t.Errorf("%q with %v is taken", content, mode)
		}
	}
	if err := dashboard.SaveUsers(file, make([]dashboard.User, 65)); err == nil {
		t.Error("65 users are taken")
	}
	if info, err := os.Stat(file); err != nil || info.Size() != 1 && info.Size() != 2 {
		t.Error("the file was changed:", err)
	}
}
