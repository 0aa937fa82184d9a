package pavise

import (
	"net/netip"
	"strings"
	"testing"
)

func TestParseNetwork(t *testing.T) {
	for s, want := range map[string]string{
		"10.0.0.0/8":          "10.0.0.0/8",
		"10.0.0.5":            "10.0.0.5/32",
		"::ffff:10.0.0.5":     "10.0.0.5/32",
		"2001:db8::/32":       "2001:db8::/32",
		"::1":                 "::1/128",
		"10.0.0.5/8":          "write 10.0.0.0/8, or 10.0.0.5 alone",
		"10.0.0.0/33":         "neither",
		"10.0.0.0/8 # all":    "neither",
		"0.0.0.0/0":           "the whole world",
		"10.0.0.0/7":          "half the world",
		"fc00::/7":            "fc00::/7",
		"::/0":                "the whole world",
		"::ffff:10.0.0.0/104": "neither",
		"fe80::1%eth0":        "neither",
		"shop.example.com":    "neither",
		"":                    "neither",
		"10.0.0.0/8 ":         "neither",
	} {
		p, err := ParseNetwork(s)
		if got := p.String(); err == nil && got != want || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %s, %v; want %q", s, got, err, want)
		}
	}
	if _, err := (Networks{"x", "10.0.0.0/8", "y"}).Prefixes(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not every mistake at once: %v", err)
	}
	if _, err := make(Networks, maxNetworks+1).Prefixes(); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a list without end is read: %v", err)
	}
}

func TestSubscriber(t *testing.T) {
	for addr, want := range map[string]string{
		"203.0.113.9":        "203.0.113.9/32",
		"::ffff:203.0.113.9": "203.0.113.9/32",
		"2001:db8::1:2:3:4":  "2001:db8::/64",
		"fe80::1%eth0":       "fe80::/64",
	} {
		if got := Subscriber(netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("%s: %s, want %s", addr, got, want)
		}
	}
	if Subscriber(netip.Addr{}).IsValid() {
		t.Error("nobody is somebody")
	}
}

// TestNetworkSet holds the search to the plain question.
func TestNetworkSet(t *testing.T) {
	list := Networks{"10.0.0.0/8", "10.1.0.0/16", "10.1.2.3", "192.168.1.0/24", "192.168.1.0/30", "2001:db8::/32", "2001:db8:1::/48", "::1", "203.0.113.9"}
	prefixes, err := list.Prefixes()
	if err != nil {
		t.Fatal(err)
	}
	set := NewNetworkSet(prefixes)
	for _, s := range []string{"9.255.255.255", "10.0.0.0", "10.1.2.3", "10.255.255.255", "11.0.0.0", "192.168.0.255", "192.168.1.3",
		"192.168.1.255", "192.168.2.0", "203.0.113.9", "203.0.113.10", "::", "::1", "::2", "2001:db8::", "2001:db8:1::5",
		"2001:db9::", "2001:db7:ffff::", "0.0.0.0", "255.255.255.255", "::ffff:10.1.2.3", "::ffff:11.0.0.0", "::1%eth0"} {
		addr, want := netip.MustParseAddr(s), false
		for _, p := range prefixes {
			want = want || p.Contains(addr.Unmap().WithZone(""))
		}
		if got := set.Contains(addr); got != want {
			t.Errorf("%s: %v, want %v", s, got, want)
		}
	}
	if (NetworkSet{}).Contains(netip.MustParseAddr("10.0.0.1")) || set.Contains(netip.Addr{}) {
		t.Error("nothing is in something")
	}
}
