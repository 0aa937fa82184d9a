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
		{odd, "localhost", true, true},
		{odd, "localhost:443", true, true},
		{odd, "localhost:9443", true, false},
	}
	for _, tt := range tests {
		if got := tt.site.Owns(tt.host, tt.secure); got != tt.want {
			t.Errorf("%q (secure %v): %v, want %v", tt.host, tt.secure, got, tt.want)
		}
	}
}

func TestSiteOrigin(t *testing.T) {
	odd := Site{HTTPS: 8443, HTTP: 8080}
	tests := []struct {
		site   Site
		host   string
		port   int
		secure bool
		want   string
	}{
		{Site{}, "a.test", 0, true, "https://a.test"},
		{Site{}, "a.test", 443, true, "https://a.test"},
		{Site{}, "a.test", 0, false, "https://a.test"},
		{odd, "::1", 8443, true, "https://[::1]:8443"},
		{odd, "a.test", 8080, false, "https://a.test:8443"},
		// The standard ports are mapped to ours.
		{odd, "a.test", 0, true, "https://a.test"},
		{odd, "a.test", 0, false, "https://a.test"},
		// Only that of https is odd.
		{Site{HTTPS: 8443}, "a.test", 0, false, "https://a.test:8443"},
	}
	for _, tt := range tests {
		if got := tt.site.Origin(tt.host, tt.port, tt.secure); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
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
