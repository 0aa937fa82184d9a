package clients

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"pavise"
)

// atlas knows a few addresses.
func atlas(a netip.Addr) pavise.Location {
	return map[string]pavise.Location{
		"192.0.2.1":    {Country: "DE", AS: 64496, Name: "Example Net"},
		"198.51.100.1": {Country: "KP"},
		"203.0.113.1":  {Country: "AT", AS: 64497},
	}[a.String()]
}

func TestLocation(t *testing.T) {
	for name, test := range map[string]struct {
		l       Location
		refused string
	}{
		"nothing": {Location{}, ""},
		"deny":    {Location{Deny: []string{"kp", "AS64497"}}, "198.51.100.1 203.0.113.1"},
		"only":    {Location{Only: []string{"DE", "at"}}, "198.51.100.1 203.0.113.99"},
		"both":    {Location{Deny: []string{"AS64497"}, Only: []string{"DE", "AT"}}, "198.51.100.1 203.0.113.1 203.0.113.99"},
		"allow":   {Location{Only: []string{"DE"}, Allow: pavise.Networks{"203.0.113.0/24"}}, "198.51.100.1"},
	} {
		var last pavise.Decision
		chain, err := pavise.Recommend([]pavise.Control{test.l}).Wrap(pavise.Env{Locate: atlas, Decide: func(d pavise.Decision) { last = d }}, http.NotFoundHandler())
		if err != nil {
			t.Fatal(err)
		}
		var refused []string
		for _, from := range []string{"127.0.0.1", "10.0.0.7", "192.0.2.1", "198.51.100.1", "203.0.113.1", "203.0.113.99"} {
			r, w := httptest.NewRequest("GET", "https://shop.example/", nil), httptest.NewRecorder()
			r.RemoteAddr = from + ":1"
			if chain.ServeHTTP(w, r); w.Code == http.StatusForbidden {
				refused = append(refused, from)
			}
		}
		if got := strings.Join(refused, " "); got != test.refused {
			t.Errorf("%s: refused %q, want %q", name, got, test.refused)
		}
		if name == "deny" && (last.Saw != "203.0.113.1, in AT, of AS64497" || last.Rule != locationID) {
			t.Errorf("%+v", last)
		}
	}
}

func TestLocationNeedsADatabase(t *testing.T) {
	if _, err := (Location{Only: []string{"DE"}}).Enforce(pavise.Env{}); err == nil {
		t.Error("nobody knows where an address is, and nobody minds")
	}
	if _, err := (Location{}).Enforce(pavise.Env{}); err != nil {
		t.Error(err)
	}
	if country, as := (Location{Deny: []string{"AS1"}, Only: []string{"DE"}}).Locates(); !country || !as {
		t.Error(country, as)
	}
	if country, as := (Location{}).Locates(); country || as {
		t.Error(country, as)
	}
}

func TestLocationSettings(t *testing.T) {
	err := Location{Deny: []string{"Germany", "AS0", "AS99999999999", "D1", "DE"}, Only: []string{"de"}, Allow: pavise.Networks{"x"}}.Validate()
	if err == nil || strings.Count(err.Error(), "\n") != 5 {
		t.Error(err)
	}
	if (Location{Only: []string{}}).Validate() == nil {
		t.Error("an empty list lets nobody in, or everybody")
	}
	if (Location{Deny: make([]string, 2*maxPlaces+1)}).Validate() == nil {
		t.Error("a list without end")
	}
}
