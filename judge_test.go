package pavise

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestEach(t *testing.T) {
	page := func(path string, status int) Answer {
		a := Answer{Probe: Ask(Request{URL: "https://a.test" + path})}
		if status == 0 {
			a.Error = "i/o timeout"
		} else {
			a.Response = &Response{Status: status}
		}
		return a
	}
	tests := []struct {
		name    string
		answers []Answer
		want    Outcome
	}{
		{"nothing was asked", nil, Unknown},
		{"nobody answers", []Answer{page("/", 0)}, Unknown},
		{"all good", []Answer{page("/", 200), page("/a", 200)}, Pass},
		{"one at fault", []Answer{page("/", 200), page("/a", 500)}, Fail},
		{"applies to nothing", []Answer{page("/", 304)}, Skip},
		{"all good but for the home page, which is not known", []Answer{page("/", 0), page("/a", 200)}, Unknown},
		{"applies to nothing that is known", []Answer{page("/", 0), page("/a", 304)}, Unknown},
		{"all good but for the home page, which the server failed to make", []Answer{page("/", 502), page("/a", 200)}, Unknown},
		{"all good but for the home page, of which there were too many", []Answer{page("/", 429), page("/a", 200)}, Unknown},
		{"a fault is a fault without the home page", []Answer{page("/", 0), page("/a", 500)}, Fail},
	}
	for _, tt := range tests {
		e := &Evidence{Target: Target{URL: "https://a.test"}, Answers: tt.answers}
		f := e.Each("a.b.c", "", func(a Answer) (string, bool) {
			if a.Response.Status == http.StatusNotModified {
				return "", false
			}
			return "a status", a.Response.Status == http.StatusInternalServerError
		})
		if f.Outcome != tt.want {
			t.Errorf("%s: %s, %q", tt.name, f.Outcome, f.Saw)
		}
	}
}

func TestProofKeepsSecrets(t *testing.T) {
	a := Answer{
		Probe: Ask(Request{URL: "https://a.test/", Header: http.Header{"Cookie": {"a=hush; b=hush"}, "Authorization": {"Basic hush"}}}),
		Response: &Response{Proto: "HTTP/2.0", Status: 200,
			Header: http.Header{"Set-Cookie": {"sid=hush; Path=/"}, "Server": {"x"}}},
	}
	p := a.Proof()
	if all := p.Command + p.Sent + p.Received; strings.Contains(all, "hush") ||
		!strings.Contains(all, "a=VALUE; b=VALUE") || !strings.Contains(all, "Set-Cookie: sid=VALUE; Path=/\n") {
		t.Error(all)
	}
}

func TestActs(t *testing.T) {
	for address, want := range map[string]bool{
		"https://a.test/products":       false,
		"https://a.test/users/sign_out": true,
		"https://a.test/Log-Out":        true,
		"https://a.test/cart?delete=1":  true,
		"https://a.test/%6cog%6Fut":     true,
		"https://a.test/%256cogout":     true,
		"https://a.test/log%20out?%zz":  true,
		"https://a.test/?x=del%65te&%":  true,
		"https://a.test/?add-to-cart=1": true,
		"https://a.test/100%":           false,
	} {
		if Acts(address) != want {
			t.Errorf("%s: %v", address, !want)
		}
	}
}

func TestLocal(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "shop.localhost": true, "127.8.0.1": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "10.0.0.1": false, "notlocalhost": false, "localhost.example": false,
	} {
		if Local(host) != want {
			t.Errorf("%s: %v", host, !want)
		}
	}
}

// TestEachLooksAtWhatAnAccountGets: a fault that only who has logged in is shown is one.
func TestEachLooksAtWhatAnAccountGets(t *testing.T) {
	e := &Evidence{Target: Target{URL: "https://a.test"}}
	e.Add(Answer{Probe: e.Target.Home(), Response: &Response{Status: 200}})
	e.Add(Answer{Probe: Probe{Journey: &Journey{As: "ada", Steps: []Step{{Request: Request{URL: "https://a.test/login"}, Login: &Login{}}}}},
		Steps: []Response{{Status: 303}}})
	f := e.Each("a.b.c", "", func(a Answer) (string, bool) { return "seen", a.Response.Status == 303 })
	if f.Outcome != Fail || f.Where != "https://a.test/login" || !strings.Contains(f.Proof.Command, "-X 'POST'") {
		t.Errorf("%+v", f)
	}
}

// TestEachNamesPlaces: every place is named, up to a bound, and counted beyond.
func TestEachNamesPlaces(t *testing.T) {
	e := &Evidence{Target: Target{URL: "https://a.test"}}
	for n := range MaxAlso + 5 {
		e.Add(Answer{Probe: Ask(Request{URL: fmt.Sprintf("https://a.test/%d", n)}), Response: &Response{Status: 200 + n%2}})
	}
	f := e.Each("a.b.c", "", func(a Answer) (string, bool) { return "seen", a.Response.Status == 200 })
	if f.Where != "https://a.test/0" || f.Saw != "seen" || len(f.Also) != 52 || f.More != 0 || f.Of != MaxAlso+5 {
		t.Errorf("half of them: %s %q, %d also, %d more of %d", f.Where, f.Saw, len(f.Also), f.More, f.Of)
	}
	if p := f.Also[0]; p.Where != "https://a.test/2" || p.Saw != "seen" || !strings.Contains(p.Command, "'https://a.test/2'") {
		t.Errorf("%+v", p)
	}
	f = e.Each("a.b.c", "", func(Answer) (string, bool) { return "seen", true })
	if len(f.Also) != MaxAlso || f.More != 4 {
		t.Errorf("all of them: %d also, %d more", len(f.Also), f.More)
	}
}
