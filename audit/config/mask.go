package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

var (
	// secretName are the names of variables and headers whose values are nobody's business.
	secretName = regexp.MustCompile(`(?i)passw|passphrase|secret|token|credential|api[-_]?key|private[-_]?key|authorization|_pass$|_key$|^pass$`)
	// userinfo is the password in an address.
	userinfo = regexp.MustCompile(`(://[^/\s:@]*:)([^/\s@]+)(@)`)
)

// named are directives whose last argument is the value of the name before it.
var named = []string{"proxy_set_header", "fastcgi_param", "uwsgi_param", "set", "SetEnv", "RequestHeader"}

// secrets are directives whose last argument is one.
var secrets = []string{"secure_link_md5", "AuthLDAPBindPassword"}

// masked takes out of a directive what is secret: evidence may be kept and shown.
func masked(d pavise.Directive) pavise.Directive {
	for i, arg := range d.Args {
		d.Args[i] = userinfo.ReplaceAllString(arg, "${1}***${3}")
	}
	last := len(d.Args) - 1
	switch {
	case last < 0:
	case slices.Contains(secrets, d.Name), last > 0 && slices.Contains(named, d.Name) &&
		secretName.MatchString(d.Args[last-1]) && !strings.HasPrefix(d.Args[last], "$"):
		d.Args[last] = mask(d.Args[last])
	case strings.HasSuffix(d.Name, "_password_maps"): // of Postfix: a table in the file itself
		if kind, table, ok := strings.Cut(d.Args[last], ":"); ok && (kind == "static" || kind == "inline") {
			d.Args[last] = kind + ":" + mask(table)
		}
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
