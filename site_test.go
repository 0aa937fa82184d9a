package pavise

import "testing"

func TestSplitHost(t *testing.T) {
	tests := []struct {
		in, host string
		port     int
	}{
		{"shop.example.com", "shop.example.com", 0},
		{"Shop.Example.COM:8443", "shop.example.com", 8443},
		{"127.0.0.1:80", "127.0.0.1", 80},
		{"[::1]", "::1", 0},
		{"[::1]:8443", "::1", 8443},
		{"", "", 0},
		{"::1", "", 0},
		{"shop:", "", 0},
		{"shop:0", "", 0},
		{"shop:99999", "", 0},
		{"shop:80:80", "", 0},
		{"[shop]:80", "", 0},
		{"[::1", "", 0},
	}
	for _, tt := range tests {
		if host, port := SplitHost(tt.in); host != tt.host || port != tt.port {
			t.Errorf("%q: %q %d, want %q %d", tt.in, host, port, tt.host, tt.port)
		}
	}
}

func TestSiteOwns(t *testing.T) {
	standard := Site{Hosts: []string{"shop.example.com"}}
	odd := Site{Hosts: []string{"localhost", "::1"}, HTTPS: 8443, HTTP: 8080}
	tests := []struct {
		site   Site
		host   string
		secure bool
		want   bool
	}{
		{standard, "shop.example.com", true, true},
		{standard, "SHOP.example.com:443", true, true},
		{standard, "shop.example.com:80", false, true},
		{standard, "shop.example.com:80", true, false},
		{standard, "shop.example.com:8443", true, false},
		{standard, "other.example.com", true, false},
		{standard, "shop.example.com.", true, false},
		{standard, "", true, false},
		{odd, "localhost:8443", true, true},
		{odd, "[::1]:8443", true, true},
		{odd, "localhost:8080", false, true},
		{odd, "localhost", true, false},
	}
	for _, tt := range tests {
		if got := tt.site.Owns(tt.host, tt.secure); got != tt.want {
			t.Errorf("%q (secure %v): %v, want %v", tt.host, tt.secure, got, tt.want)
		}
	}
}

func TestSiteOrigin(t *testing.T) {
	if got := (Site{}).Origin("shop.example.com"); got != "https://shop.example.com" {
		t.Error(got)
	}
	if got := (Site{HTTPS: 8443}).Origin("::1"); got != "https://[::1]:8443" {
		t.Error(got)
	}
}

func TestSessionCookie(t *testing.T) {
	for _, name := range []string{"connect.sid", "PHPSESSID", "JSESSIONID", "__Host-anything", "__Secure-sid", "my_session", "auth_token", "app.sid"} {
		if !SessionCookie(name) {
			t.Errorf("%q is a session", name)
		}
	}
	for _, name := range []string{"theme", "XSRF-TOKEN", "csrftoken", "lang", "_ga", "consent"} {
		if SessionCookie(name) {
			t.Errorf("%q is no session", name)
		}
	}
}
