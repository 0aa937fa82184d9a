package login_test

import (
	"strings"
	"testing"

	"pavise"
	"pavise/controls/login"
)

const shop = "https://shop.example.com"

// seen is evidence of a site with the form, and what it answers to every login.
func seen(form pavise.Form, answer pavise.Response) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: shop, Agreed: "the owner"}}
	e.Add(pavise.Answer{Probe: e.Target.Home(), Response: &pavise.Response{Status: 200, Forms: []pavise.Form{form}}})
	for _, p := range (login.Guard{}).Probes(e) {
		a := pavise.Answer{Probe: p, Response: &answer}
		if answer.Status == 0 {
			a.Response, a.Error = nil, "timeout"
		}
		e.Add(a)
	}
	return e
}

func times(n, status int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = status
	}
	return list
}

func TestCheck(t *testing.T) {
	form := pavise.Form{Action: shop + "/login", Method: "POST", Password: true, Account: "mail", Secret: "pw"}
	elsewhere := form
	elsewhere.Action = "https://other.example.com/login"
	register := form
	register.Action = shop + "/register"
	for what, tt := range map[string]struct {
		form   pavise.Form
		answer pavise.Response
		want   pavise.Outcome
	}{
		"never refused":             {form, pavise.Response{Before: times(10, 302), Status: 302}, pavise.Fail},
		"401 for ever":              {form, pavise.Response{Before: times(10, 401), Status: 401}, pavise.Fail},
		"429 at last":               {form, pavise.Response{Before: times(10, 401), Status: 429}, pavise.Pass},
		"429 early":                 {form, pavise.Response{Before: times(3, 302), Status: 429}, pavise.Pass},
		"403 at last":               {form, pavise.Response{Before: times(10, 200), Status: 403}, pavise.Pass},
		"423 at last":               {form, pavise.Response{Before: times(10, 200), Status: 423}, pavise.Pass},
		"a page that says so":       {form, pavise.Response{Before: times(10, 200), Status: 200, Body: []byte("<p>Too many attempts")}, pavise.Pass},
		"403 from the first":        {form, pavise.Response{Before: times(10, 403), Status: 403}, pavise.Unknown},
		"429 at once":               {form, pavise.Response{Status: 429}, pavise.Unknown},
		"404":                       {form, pavise.Response{Before: times(10, 404), Status: 404}, pavise.Unknown},
		"500 at last":               {form, pavise.Response{Before: times(10, 401), Status: 503}, pavise.Unknown},
		"no answer":                 {form, pavise.Response{}, pavise.Unknown},
		"no form":                   {pavise.Form{}, pavise.Response{Status: 200}, pavise.Skip},
		"a form for elsewhere":      {elsewhere, pavise.Response{Status: 200}, pavise.Skip},
		"a form that registers one": {register, pavise.Response{Status: 200}, pavise.Skip},
	} {
		findings := login.Guard{}.Check(seen(tt.form, tt.answer))
		if len(findings) != 2 {
			t.Fatalf("%s: %d findings", what, len(findings))
		}
		for _, f := range findings {
			if f.Outcome != tt.want {
				t.Errorf("%s: %s: %s (%s), want %s", what, f.Rule, f.Outcome, f.Saw, tt.want)
			}
		}
	}
}

// TestProbes: they go to the asker's own site alone, name no account that there is,
// and each rule has one of its own.
func TestProbes(t *testing.T) {
	form := pavise.Form{Action: shop + "/login", Method: "post", Password: true, Account: "mail", Secret: "pw"}
	e := seen(form, pavise.Response{Status: 200})
	probes := login.Guard{}.Probes(e)
	if len(probes) != 2 || probes[0].Request.Body == probes[1].Request.Body {
		t.Fatalf("%+v", probes)
	}
	for i, p := range probes {
		r := p.Request
		forged := strings.Contains(r.Header.Get("X-Forwarded-For"), "{n}")
		if r.Times != 11 || r.Method != "POST" || !strings.Contains(r.Body, "mail=pavise-nobody") || !strings.Contains(r.Body, "pw=not-the-password-{n}") || forged != (i == 1) {
			t.Errorf("%+v", r)
		}
	}
	e.Target.Agreed = ""
	if probes := (login.Guard{}).Probes(e); probes != nil {
		t.Errorf("a stranger's site: %+v", probes)
	}
	for _, f := range (login.Guard{}).Check(e) {
		if f.Outcome != pavise.Skip || !strings.Contains(f.Saw, "--active") {
			t.Errorf("%+v", f)
		}
	}
	e = &pavise.Evidence{Target: pavise.Target{URL: shop, Agreed: "the owner"}}
	for _, f := range (login.Guard{}).Check(e) {
		if f.Outcome != pavise.Unknown {
			t.Errorf("nothing seen: %+v", f)
		}
	}
}
