package dashboard_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/dashboard"
	"pavise/test/dashboard/shown"
)

// A stand is a dashboard, its clock, and a browser without a screen.
type stand struct {
	*dashboard.Dashboard
	t      *testing.T
	desk   *shown.Desk
	now    time.Time
	cookie *http.Cookie
}

func newStand(t *testing.T, change ...func(*dashboard.Options)) *stand {
	t.Helper()
	s := &stand{t: t, now: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}
	s.desk = shown.Busy(s.now)
	clock := func() time.Time { return s.now }
	o := dashboard.Options{Source: s.desk, Editor: s.desk, Guard: s.desk, Store: pavise.NewMemory(clock), Now: clock,
		Failed: func(err error) { t.Errorf("failed: %v", err) }}
	for _, c := range change {
		c(&o)
	}
	var err error
	if s.Dashboard, err = dashboard.New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a form where one is given, else asks for a page.
func (s *stand) ask(path string, form url.Values, header ...string) (status int, body string, h http.Header) {
	s.t.Helper()
	method, sent := "GET", io.Reader(nil)
	if form != nil {
		method, sent = "POST", strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, path, sent)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	if s.cookie != nil {
		r.AddCookie(s.cookie)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		s.cookie = c
	}
	return w.Code, w.Body.String(), w.Result().Header
}

// entered is a stand where somebody is logged in.
func entered(t *testing.T, change ...func(*dashboard.Options)) *stand {
	t.Helper()
	s := newStand(t, change...)
	token, err := s.Token(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if status, body, _ := s.ask("/enter?token="+token, nil); status != http.StatusSeeOther {
		t.Fatal(status, body)
	}
	return s
}

var everyPage = []string{"/", "/refusals", "/refusals?show=all", "/observed", "/request?id=5f0c3b1e9a7d2468", "/request?id=aa0c3b1e9a7d2469",
	"/certificates", "/bans", "/windows", "/scan?site=blog", "/scan?site=none", "/exempt?id=5f0c3b1e9a7d2468"}

// TestStrangersSeeNothing: neither a page nor a deed without a session.
func TestStrangersSeeNothing(t *testing.T) {
	s := newStand(t)
	for _, page := range everyPage {
		if status, body, h := s.ask(page, nil); status != http.StatusSeeOther || h.Get("Location") != "/login" || strings.Contains(body, "shop") {
			t.Errorf("%s: %d to %s: %s", page, status, h.Get("Location"), body)
		}
	}
	for _, deed := range []string{"/bans/add", "/bans/remove", "/windows/open", "/windows/close", "/exempt", "/exempt/write", "/logout"} {
		if status, _, _ := s.ask(deed, url.Values{"confirmed": {"yes"}, "network": {"192.0.2.1"}, "reason": {"x"}, "for": {"1h"}}); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", deed, status)
		}
	}
	if len(s.desk.Banned) != 2 || len(s.desk.Written) != 0 {
		t.Error("something was done")
	}
}

// TestHostileTextIsText on every page, and no page is kept, framed or told to others.
func TestHostileTextIsText(t *testing.T) {
	s := entered(t)
	for _, page := range everyPage {
		status, body, h := s.ask(page, nil)
		if status != http.StatusOK {
			t.Errorf("%s: %d: %s", page, status, body)
		}
		for _, bad := range []string{"<script>alert", "<img src=x", "\u202e", "\x1b", "javascript:", "ZgotmplZ", "style=", "onclick="} {
			if strings.Contains(body, bad) {
				t.Errorf("%s has %q", page, bad)
			}
		}
		if len(body) > 40_000 {
			t.Errorf("%s has %d bytes", page, len(body))
		}
		if h.Get("Cache-Control") != "no-store" || h.Get("Referrer-Policy") != "no-referrer" || !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %v", page, h)
		}
	}
	if _, body, _ := s.ask("/request?id=%3Cscript%3Ealert", nil); strings.Contains(body, "<script>alert") {
		t.Error("what is looked for comes back as markup")
	}
}

// TestTokenOnce: a token opens one session, within its time, and no browser's guess does.
func TestTokenOnce(t *testing.T) {
	s := newStand(t)
	token, _ := s.Token(t.Context())
	if status, _, _ := s.ask("/enter?token="+token, nil, "Sec-Purpose: prefetch;prerender"); status != http.StatusServiceUnavailable {
		t.Error("a guess of the browser:", status)
	}
	if status, _, h := s.ask("/enter?token="+token, nil); status != http.StatusSeeOther || h.Get("Location") != "/" {
		t.Error(status, h)
	}
	if c := s.cookie; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Domain != "" || strings.Contains(c.Value, token) {
		t.Errorf("%+v", c)
	}
	s.cookie = nil
	for _, bad := range []string{token, "", "x", strings.Repeat("x", 5000)} {
		if status, _, _ := s.ask("/enter?token="+bad, nil); status != http.StatusUnprocessableEntity || s.cookie != nil {
			t.Errorf("%.20q: %d", bad, status)
		}
	}
	late, _ := s.Token(t.Context())
	s.now = s.now.Add(dashboard.TokenLife + time.Second)
	if status, _, _ := s.ask("/login", url.Values{"token": {late}}); status != http.StatusUnprocessableEntity {
		t.Error("late:", status)
	}
	typed, _ := s.Token(t.Context())
	if status, _, _ := s.ask("/login", url.Values{"token": {" " + typed + "\n"}}); status != http.StatusSeeOther {
		t.Error("typed:", status)
	}
}

// TestSessionEnds when nobody uses it, which a page that renews itself does not, and at
// the end of the day whoever does.
func TestSessionEnds(t *testing.T) {
	in := func(s *stand, header ...string) bool {
		status, _, _ := s.ask("/", nil, header...)
		return status == http.StatusOK
	}
	s := entered(t)
	for range 3 {
		s.now = s.now.Add(10 * time.Minute)
		if !in(s) {
			t.Error("ended while in use")
		}
	}
	s.now = s.now.Add(10 * time.Minute)
	if !in(s, "Pavise-Live: 1") {
		t.Error("ended too early")
	}
	s.now = s.now.Add(10 * time.Minute)
	if status, _, _ := s.ask("/", nil, "Pavise-Live: 1"); status != http.StatusUnauthorized {
		t.Error("goes on by itself:", status)
	}
	s = entered(t)
	for range 12 * 6 {
		s.now = s.now.Add(10 * time.Minute)
		in(s)
	}
	if in(s) {
		t.Error("goes on for ever")
	}
	s = entered(t)
	kept := s.cookie
	if status, _, _ := s.ask("/logout", url.Values{}); status != http.StatusSeeOther || s.cookie.MaxAge >= 0 {
		t.Error("logout:", status, s.cookie)
	}
	if s.cookie = kept; in(s) {
		t.Error("a session goes on after its end")
	}
}

// TestDeedsAreAskedTwice: what a form asks for is confirmed before it is done.
func TestDeedsAreAskedTwice(t *testing.T) {
	s := entered(t)
	form := url.Values{"network": {" 192.0.2.77/24 "}, "reason": {"guesses"}, "for": {"24h"}}
	if status, body, _ := s.ask("/bans/add", form); status != http.StatusOK || !strings.Contains(body, "Ban 192.0.2.0/24?") || len(s.desk.Banned) != 2 {
		t.Error(status, body)
	}
	form.Set("confirmed", "yes")
	if status, _, h := s.ask("/bans/add", form); status != http.StatusSeeOther || h.Get("Location") != "/bans?done=banned" || s.desk.Banned[2].Network != "192.0.2.0/24" || s.desk.Banned[2].By != "owner" {
		t.Errorf("%d %+v", status, s.desk.Banned)
	}
	if status, _, _ := s.ask("/bans/remove", url.Values{"network": {"192.0.2.0/24"}, "confirmed": {"yes"}}); status != http.StatusSeeOther || len(s.desk.Banned) != 2 {
		t.Error(status, s.desk.Banned)
	}
	open := url.Values{"networks": {"192.0.2.1, 2001:db8::/32"}, "reason": {"scan"}, "for": {"4h"}, "confirmed": {"yes"}}
	if status, _, _ := s.ask("/windows/open", open); status != http.StatusSeeOther || s.desk.Opened[1].Until.Sub(s.now) != 4*time.Hour {
		t.Error(status, s.desk.Opened)
	}
	if status, _, _ := s.ask("/windows/close", url.Values{"id": {"2"}, "confirmed": {"yes"}}); status != http.StatusSeeOther || len(s.desk.Opened) != 1 {
		t.Error(status, s.desk.Opened)
	}
}

// TestManyBans: an attack from everywhere makes no page that nobody can load.
func TestManyBans(t *testing.T) {
	s := entered(t)
	for range 5000 {
		s.desk.Banned = append(s.desk.Banned, dashboard.Ban{Network: "192.0.2.7", Reason: "probing"})
	}
	if _, body, _ := s.ask("/bans", nil); strings.Count(body, "/bans/remove") != 200 || !strings.Contains(body, "200 of 5002 bans are shown") {
		t.Errorf("%d forms", strings.Count(body, "/bans/remove"))
	}
}

// TestFormsSayWhatIsWrong, keep what was typed, and do nothing.
func TestFormsSayWhatIsWrong(t *testing.T) {
	s := entered(t)
	for i, bad := range []struct {
		path, want string
		form       url.Values
	}{
		{"/bans/add", "Write an address", url.Values{"network": {"nonsense"}, "reason": {"kept <b>"}, "for": {"1h"}}},
		{"/bans/add", "Give a reason", url.Values{"network": {"192.0.2.1"}, "reason": {" "}, "for": {"1h"}}},
		{"/bans/add", "Give a reason", url.Values{"network": {"192.0.2.1"}, "reason": {strings.Repeat("x", 201)}, "for": {"1h"}}},
		{"/bans/add", "how long", url.Values{"network": {"192.0.2.1"}, "reason": {"x"}, "for": {"99999h"}}},
		{"/windows/open", "how long", url.Values{"networks": {"192.0.2.1"}, "reason": {"x"}, "for": {""}}},
		{"/windows/open", "up to 64", url.Values{"networks": {strings.Repeat("192.0.2.1 ", 65)}, "reason": {"x"}, "for": {"1h"}}},
		{"/exempt", "Give a reason", exemption("reason", "")},
		{"/exempt", "last day", exemption("until", "soon")},
		{"/exempt", "last day", exemption("until", "2027-02-27")},
		{"/exempt", "last day", exemption("until", "2031-01-01")},
		{"/exempt", "no pattern", exemption("path", "//x")},
		{"/exempt/write", "how far", exemption("mode", "everything")},
	} {
		bad.form.Set("confirmed", "yes")
		status, body, _ := s.ask(bad.path, bad.form)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, bad.want) || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%d: %d, want %q:\n%s", i, status, bad.want, body)
		}
		if i == 0 && !strings.Contains(body, "kept &lt;b&gt;") {
			t.Error("what was typed is lost")
		}
	}
	if len(s.desk.Banned) != 2 || len(s.desk.Opened) != 1 || len(s.desk.Written) != 0 {
		t.Error("something was done")
	}
	if status, _, _ := s.ask("/bans/add", url.Values{"reason": {strings.Repeat("x", 20<<10)}}); status == http.StatusOK || len(s.desk.Banned) != 2 {
		t.Error("more than a form may hold:", status)
	}
}

func exemption(change ...string) url.Values {
	form := url.Values{"site": {"shop"}, "control": {"requests.origin"}, "path": {"POST /webhooks/pay"}, "mode": {"off"}, "reason": {"signed"}, "until": {"2027-06-01"}}
	for i := 0; i < len(change); i += 2 {
		form.Set(change[i], change[i+1])
	}
	return form
}

// TestExemption is seen before it is written, and is not where the file is another.
func TestExemption(t *testing.T) {
	s := entered(t)
	if _, body, _ := s.ask("/exempt?id=5f0c3b1e9a7d2468", nil); !strings.Contains(body, `value="POST /webhooks/pay"`) || !strings.Contains(body, `value="2027-05-30"`) {
		t.Error(body)
	}
	_, body, _ := s.ask("/exempt", exemption())
	for _, want := range []string{"At shop, requests.origin does nothing for POST /webhooks/pay up to and including 2027-06-01.", "CSRF", "- control: requests.origin", `name="version" value="1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("without %q:\n%s", want, body)
		}
	}
	if len(s.desk.Written) != 0 {
		t.Error("a preview writes")
	}
	if status, body, _ := s.ask("/exempt/write", exemption("version", "0")); status != http.StatusConflict || len(s.desk.Written) != 0 {
		t.Error(status, body)
	}
	if status, _, _ := s.ask("/exempt/write", exemption("version", "1")); status != http.StatusOK || len(s.desk.Written) != 1 {
		t.Error(status, s.desk.Written)
	}
	s.desk.Flags = true
	if _, body, _ := s.ask("/exempt", exemption()); strings.Contains(body, "Write it") || !strings.Contains(body, "Copy them") {
		t.Error("there is nothing to write to:", body)
	}
}

// TestWithoutGuard: where there are no bans there is no page of them.
func TestWithoutGuard(t *testing.T) {
	s := entered(t, func(o *dashboard.Options) { o.Guard = nil })
	if status, body, _ := s.ask("/", nil); status != http.StatusOK || strings.Contains(body, "Bans") {
		t.Error(status, body)
	}
	if status, _, _ := s.ask("/bans", nil); status != http.StatusNotFound {
		t.Error(status)
	}
}

// TestNothingYet: a Pavise that has just started.
func TestNothingYet(t *testing.T) {
	s := entered(t)
	s.desk.Empty, s.desk.Banned, s.desk.Opened = true, nil, nil
	for page, want := range map[string]string{"/": "All is well", "/refusals": "nothing to show", "/observed": "Nothing would have been", "/bans": "Nobody", "/windows": "No window"} {
		if status, body, _ := s.ask(page, nil); status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %q", page, status, want)
		}
	}
	for page, want := range map[string]int{"/request?id=none": 404, "/exempt?id=none": 404, "/nowhere": 404, "/assets/none": 404} {
		if status, _, _ := s.ask(page, nil); status != want {
			t.Errorf("%s: %d", page, status)
		}
	}
}

// TestSearch finds in what was decided.
func TestSearch(t *testing.T) {
	s := entered(t)
	for find, want := range map[string]int{"": 4, "LOGIN": 1, "203.0.113.9": 2, "nowhere": 0} {
		_, body, _ := s.ask(fmt.Sprintf("/refusals?find=%s", url.QueryEscape(find)), nil)
		if got := strings.Count(body, `class="when"`); got != want {
			t.Errorf("%q: %d, want %d", find, got, want)
		}
	}
}
