package session

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise"
)

const shop = "https://shop.example.com"

var ada = pavise.Account{Name: "ada", User: "ada", Login: shop + "/login", Check: shop + "/me", Logout: &pavise.Request{URL: shop + "/logout"}}

func evidence(accounts ...pavise.Account) *pavise.Evidence {
	return &pavise.Evidence{Target: pavise.Target{URL: shop, Agreed: "the owner"}, Accounts: accounts, Taken: time.Unix(1_800_000_000, 0)}
}

// The answers of a check page, and of a login.
var (
	in     = pavise.Response{Status: 200, Body: []byte("orders of ada")}
	out    = pavise.Response{Status: 303, Header: http.Header{"Location": {"/login"}}}
	page   = pavise.Response{Status: 200, Body: []byte("log in")}
	broken = pavise.Response{Status: 500}
)

func entered(cookies ...string) pavise.Response {
	return pavise.Response{Status: 303, Header: http.Header{"Location": {"/me"}, "Set-Cookie": cookies}}
}

func outcomes(found []pavise.Finding) string {
	var list []string
	for _, f := range found {
		list = append(list, f.Outcome.String())
	}
	return strings.Join(list, " ")
}

// answered asks what a control wants, and answers by the title of the journey.
func answered(c pavise.Prober, e *pavise.Evidence, steps map[string][]pavise.Response) *pavise.Evidence {
	for range 3 {
		for _, p := range c.Probes(e) {
			if e.Answer(p) == nil {
				e.Add(pavise.Answer{Probe: p, Steps: steps[p.Journey.Title]})
			}
		}
	}
	return e
}

func TestVerdicts(t *testing.T) {
	login := entered("sid=~aa; Path=/")
	const visits, made, two = "from login to logout", "a made up id", "two logins"
	for name, tt := range map[string]struct {
		control interface {
			pavise.Prober
			pavise.Checker
		}
		steps map[string][]pavise.Response
		want  string
	}{
		"kept":                  {Fixation{}, map[string][]pavise.Response{visits: {out, page, login, in, in}, made: {out, page, login, in, out}}, "fail pass"},
		"foreign":               {Fixation{}, map[string][]pavise.Response{visits: {out, page, login, in, out}, made: {out, page, login, in, in}}, "pass fail"},
		"no cookie at all":      {Fixation{}, map[string][]pavise.Response{visits: {out, page, entered(), in, out}}, "pass skip"},
		"login failed":          {Fixation{}, map[string][]pavise.Response{visits: {out, page, login, out, out}}, "unknown unknown"},
		"broken off":            {Fixation{}, map[string][]pavise.Response{visits: {out, page}}, "unknown unknown"},
		"check page for all":    {Fixation{}, map[string][]pavise.Response{visits: {in, page, login, in, in}}, "unknown unknown"},
		"a crash behind it":     {Fixation{}, map[string][]pavise.Response{visits: {out, page, login, in, broken}, made: {out, page, login, in, broken}}, "unknown unknown"},
		"old session lives":     {Rotation{}, map[string][]pavise.Response{two: {out, login, in, login, in, in}}, "fail"},
		"old session is dead":   {Rotation{}, map[string][]pavise.Response{two: {out, login, in, login, in, out}}, "pass"},
		"no second form":        {Rotation{}, map[string][]pavise.Response{two: {out, login, in}}, "skip"},
		"second login fails":    {Rotation{}, map[string][]pavise.Response{two: {out, login, in, login, out, out}}, "unknown"},
		"logout ends nothing":   {Logout{}, map[string][]pavise.Response{visits: {out, page, login, in, out, out, in}}, "fail"},
		"logout ends it":        {Logout{}, map[string][]pavise.Response{visits: {out, page, login, in, out, out, out}}, "pass"},
		"logout is refused":     {Logout{}, map[string][]pavise.Response{visits: {out, page, login, in, out, broken, in}}, "unknown"},
		"until it is closed":    {Life{}, map[string][]pavise.Response{visits: {out, page, login, in}}, "pass"},
		"for a day":             {Life{}, map[string][]pavise.Response{visits: {out, page, entered("sid=~a; Max-Age=86400"), in}}, "pass"},
		"for a year":            {Life{}, map[string][]pavise.Response{visits: {out, page, entered("sid=~a; Max-Age=31536000"), in}}, "fail"},
		"for ever":              {Life{}, map[string][]pavise.Response{visits: {out, page, entered("sid=~a; Max-Age=999999999999"), in}}, "fail"},
		"until 2038":            {Life{}, map[string][]pavise.Response{visits: {out, page, entered("sid=~a; Expires=Tue, 19 Jan 2038 03:14:07 GMT"), in}}, "fail"},
		"another for a year":    {Life{}, map[string][]pavise.Response{visits: {out, page, entered("sid=~a", "theme=dark; Max-Age=31536000"), in}}, "pass"},
		"life of a bad login":   {Life{}, map[string][]pavise.Response{visits: {out, page, entered("sid=~a; Max-Age=31536000"), out}}, "unknown"},
		"a token and no cookie": {Life{}, map[string][]pavise.Response{visits: {out, page, entered(), in}}, "skip"},
	} {
		e := answered(tt.control, evidence(ada), tt.steps)
		if got := outcomes(tt.control.Check(e)); got != tt.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, tt.control.Check(e))
		}
	}
}

func TestIdle(t *testing.T) {
	login := entered("sid=~aa")
	for name, tt := range map[string]struct {
		idle time.Duration
		last pavise.Response
		want string
	}{
		"ended":              {16 * time.Minute, out, "pass"},
		"lives on":           {16 * time.Minute, in, "fail"},
		"too early to tell":  {5 * time.Minute, in, "unknown"},
		"ended early":        {5 * time.Minute, out, "pass"},
		"nobody would wait":  {0, in, "skip"},
		"the site has ended": {16 * time.Minute, broken, "unknown"},
	} {
		e := evidence(ada)
		e.Target.Idle = tt.idle
		answered(Idle{}, e, map[string][]pavise.Response{"a session that rests": {out, login, in, tt.last}})
		if got := outcomes(Idle{}.Check(e)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	if (Idle{Most: time.Hour}).Validate() == nil || (Idle{Most: -1}).Validate() == nil || (Idle{Most: time.Minute}).Validate() != nil {
		t.Error("bounds of most")
	}
}

func TestURL(t *testing.T) {
	for address, want := range map[string]pavise.Outcome{
		shop + "/a;jsessionid=0123456789ABCDEF0123": pavise.Fail,
		shop + "/?PHPSESSID=0123456789abcdef01234":  pavise.Fail,
		shop + "/?session_id=~0123456789ab~~~~~":    pavise.Fail,
		shop + "/?sid=7":                            pavise.Pass,
		shop + "/?session=a-morning-of-yoga-2026":   pavise.Pass,
		shop + "/?id=0123456789abcdef01234":         pavise.Pass,
		"::":                                        pavise.Pass,
	} {
		for i := range 3 {
			r := &pavise.Response{Status: 200, Header: http.Header{}}
			switch i {
			case 0:
				r.Header.Set("Location", address)
			case 1:
				r.Links = []string{address}
			case 2:
				r.Forms = []pavise.Form{{Action: address}}
			}
			e := evidence()
			e.Add(pavise.Answer{Probe: e.Target.Home(), Response: r})
			if got := (URL{}).Check(e)[0]; got.Outcome != want {
				t.Errorf("%s: %+v", address, got)
			}
		}
	}
}

// TestNobodyActsUnasked: without the owner's word or an account nothing is asked.
func TestNobodyActsUnasked(t *testing.T) {
	ready := ada
	ready.Login = ""
	unasked := evidence(ada)
	unasked.Target.Agreed = ""
	for _, e := range []*pavise.Evidence{unasked, evidence(), evidence(ready)} {
		for _, c := range []interface {
			pavise.Control
			pavise.Prober
			pavise.Checker
		}{Fixation{}, Rotation{}, Logout{}, Idle{}, Life{}} {
			if n := len(c.Probes(e)); n != 0 {
				t.Errorf("%s asks %d times", c.Doc().ID, n)
			}
			for _, f := range c.Check(e) {
				if f.Outcome != pavise.Skip || !strings.Contains(f.Saw, "--active --agreed") {
					t.Errorf("%+v", f)
				}
			}
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0s", time.Second: "1s", 70 * time.Second: "1m10s", 10*time.Minute + 30*time.Second: "10m30s",
		15 * time.Minute: "15m", time.Hour: "1h", 90 * time.Minute: "1h30m", 24 * time.Hour: "24h"} {
		if got := short(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
