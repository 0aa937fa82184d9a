package scan

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
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
	port, err := portOf(u)
	if err != nil {
		return pavise.Target{}, fmt.Errorf("target %q: %w", s, err)
	}
	host := strings.ToLower(u.Hostname())
	t := pavise.Target{URL: pavise.Origin(u.Scheme, host, port), Start: "/"}
	if u.EscapedPath() != "" {
		t.Start = u.RequestURI()
	}
	secure := port
	if u.Scheme == "https" {
		t.Clear = pavise.Origin("http", host, clearPort(port))
	} else {
		t.Clear, secure = t.URL, securePort(port)
	}
	t.TLS = net.JoinHostPort(host, strconv.Itoa(secure))
	return t, nil
}

func portOf(u *url.URL) (int, error) {
	switch {
	case u.Port() == "" && u.Scheme == "https":
		return 443, nil
	case u.Port() == "":
		return 80, nil
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || n == 0 {
		return 0, errors.New("the port must be 1 to 65535")
	}
	return int(n), nil
}

// clearPort is where plain http is looked for beside https: at its usual place,
// else at the same port, which must not answer in the clear either.
func clearPort(https int) int {
	switch https {
	case 443:
		return 80
	case 8443:
		return 8080
	}
	return https
}

func securePort(http int) int {
	switch http {
	case 80:
		return 443
	case 8080:
		return 8443
	}
	return http
}
