package scan

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"pavise"
)

// ParseTarget reads the address of a site as a person writes it: a URL, or a
// host name, which stands for https.
func ParseTarget(s string) (pavise.Target, error) {
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return pavise.Target{}, fmt.Errorf("target: %w", err)
	case u.Scheme != "https" && u.Scheme != "http":
		return pavise.Target{}, fmt.Errorf("target %q: the scheme must be https or http", s)
	case u.Hostname() == "" || u.User != nil:
		return pavise.Target{}, fmt.Errorf("target %q: must be a URL such as https://shop.example.com", s)
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	t := pavise.Target{URL: origin(u.Scheme, host, port), Start: "/"}
	if u.EscapedPath() != "" {
		t.Start = u.RequestURI()
	}
	if u.Scheme == "http" {
		t.Clear = t.URL
		t.TLS = net.JoinHostPort(host, securePort(port))
		return t, nil
	}
	t.Clear = origin("http", host, clearPort(port))
	t.TLS = net.JoinHostPort(host, orDefault(port, "443"))
	return t, nil
}

func origin(scheme, host, port string) string {
	standard := map[string]string{"https": "443", "http": "80"}[scheme]
	switch {
	case port != "" && port != standard:
		host = net.JoinHostPort(host, port)
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return scheme + "://" + host
}

// clearPort is where plain http is looked for beside https: at its usual place,
// else at the same port, which must not answer in the clear either.
func clearPort(https string) string {
	switch https {
	case "", "443":
		return "80"
	case "8443":
		return "8080"
	}
	return https
}

func securePort(http string) string {
	switch http {
	case "", "80":
		return "443"
	case "8080":
		return "8443"
	}
	return http
}

func orDefault(s, standard string) string {
	if s == "" {
		return standard
	}
	return s
}
