package config

import (
	"fmt"
	"regexp"
	"strings"

	"pavise"
)

var (
	// secretName are the names of variables and headers whose values are nobody's business.
	secretName = regexp.MustCompile(`(?i)passw|passphrase|secret|token|credential|api_?key|private_?key|authorization|_pass$|_key$|^pass$`)
	// userinfo is the password in an address.
	userinfo = regexp.MustCompile(`(://[^/\s:@]*:)([^/\s@]+)(@)`)
)

// masked takes out of a directive what is secret: evidence may be kept and shown.
func masked(d pavise.Directive) pavise.Directive {
	for i, arg := range d.Args {
		d.Args[i] = userinfo.ReplaceAllString(arg, "${1}***${3}")
	}
	secret := d.Name == "proxy_set_header" || d.Name == "RequestHeader" || d.Name == "fastcgi_param" || d.Name == "SetEnv"
	if last := len(d.Args) - 1; secret && last > 0 && secretName.MatchString(d.Args[last-1]) && !strings.HasPrefix(d.Args[last], "$") {
		d.Args[last] = mask(d.Args[last])
	}
	return d
}

// mask shows of a secret how long it is, and what it begins with where it is long.
func mask(secret string) string {
	shown := ""
	if len(secret) >= 12 {
		shown = strings.ToValidUTF8(secret[:2], "")
	}
	return fmt.Sprintf("%s*** (%d bytes)", shown, len(secret))
}
