package config

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// secretName are the names of variables and headers whose values are nobody's business.
var secretName = regexp.MustCompile(`(?i)passw|passphrase|secret|token|credential|api[-_]?key|private[-_]?key|authorization|_pass$|_key$|^pass$`)

// named are directives whose last argument is the value of the name before it.
var named = []string{"proxy_set_header", "fastcgi_param", "uwsgi_param", "set", "SetEnv", "RequestHeader"}

// secrets are directives whose last argument is one.
var secrets = []string{"secure_link_md5", "AuthLDAPBindPassword"}

// masked takes out of a directive what is secret: evidence may be kept and shown.
func masked(d pavise.Directive) pavise.Directive {
	for i, arg := range d.Args {
		d.Args[i] = pavise.MaskAddress(arg)
	}
	last := len(d.Args) - 1
	switch {
	case last < 0:
	case slices.Contains(secrets, d.Name), last > 0 && slices.Contains(named, d.Name) &&
		secretName.MatchString(d.Args[last-1]) && !strings.HasPrefix(d.Args[last], "$"):
		d.Args[last] = pavise.Mask(d.Args[last])
	case strings.HasSuffix(d.Name, "_password_maps"): // of Postfix: a table in the file itself
		if kind, table, ok := strings.Cut(d.Args[last], ":"); ok && (kind == "static" || kind == "inline") {
			d.Args[last] = kind + ":" + pavise.Mask(table)
		}
	}
	return d
}
