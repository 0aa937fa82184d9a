package headers

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

func present(s stance) (string, bool) {
	switch {
	case len(s.enforced) > 0:
		return fmt.Sprintf("%d enforced, the first begins with %s", len(s.enforced), s.enforced[0][0]), false
	case len(s.reported) > 0:
		return "only a policy that reports and forbids nothing", true
	}
	return "no policy", true
}

// restricted passes if some policy keeps strangers out.
func (s stance) restricted(name string) (saw string, fault bool) {
	saw = "no " + name
	for _, p := range s.enforced {
		d, governed := p.effective(name)
		if governed && d.lax() == "" {
			return d.String(), false
		}
		if governed {
			saw = d.name + " lets anyone in by " + d.lax()
		}
	}
	return saw, true
}

func namesScripts(s stance) (saw string, fault bool) {
	for _, p := range s.enforced {
		if d, governed := p.effective("script-src"); governed {
			return d.String(), false
		}
	}
	for _, p := range s.reported {
		if d, governed := p.effective("script-src"); governed {
			return "no script-src that is enforced; reported is " + d.String(), true
		}
	}
	return "no script-src", true
}

// scripts judges what governs scripts. Of several policies one that is good is
// enough, because they intersect (CSP Level 3 8.1).
func scripts(bad func(directive) string) func(stance) (string, bool) {
	return func(s stance) (saw string, fault bool) {
		for _, p := range s.enforced {
			governing := p.scripts()
			if len(governing) == 0 {
				continue
			}
			i := slices.IndexFunc(governing, func(d directive) bool { return bad(d) != "" })
			if i < 0 {
				return governing[0].String(), false
			}
			saw = governing[i].name + " has " + bad(governing[i])
		}
		return saw, saw != ""
	}
}

// scripts returns the directives of a policy that govern elements or attributes
// that run.
func (p cspPolicy) scripts() []directive {
	var list []directive
	for _, name := range []string{"script-src-elem", "script-src-attr", "script-src"} {
		if d, governed := p.effective(name); governed && !slices.ContainsFunc(list, func(o directive) bool { return o.name == d.name }) {
			list = append(list, d)
		}
	}
	return list
}

// strict reports whether scripts are told apart by more than where they come
// from: then 'unsafe-inline' is void.
func (d directive) strict() bool {
	return len(d.nonces()) > 0 || d.hashed() || d.has("'strict-dynamic'")
}

func inline(d directive) string {
	return when(d.has("'unsafe-inline'") && !d.strict(), "'unsafe-inline'")
}

// wildcard ignores what 'strict-dynamic' makes browsers ignore, and attributes,
// which load nothing.
func wildcard(d directive) string {
	if d.has("'strict-dynamic'") || d.name == "script-src-attr" {
		return ""
	}
	return d.lax()
}

// publicHosts serve scripts that anybody may have written, or AngularJS, which
// runs what stands in a page: by their own documentation the mirrors of npm and
// the hosted libraries of Google and Cloudflare.
var publicHosts = []string{"ajax.googleapis.com", "cdn.jsdelivr.net", "cdnjs.cloudflare.com", "esm.sh", "unpkg.com"}

// bypass finds such a host without a path that says which of its scripts.
func bypass(d directive) string {
	if d.has("'strict-dynamic'") || d.name == "script-src-attr" {
		return ""
	}
	for _, v := range d.values {
		host, path := sourceHost(v)
		if path != "" && path != "/" {
			continue
		}
		domain, wild := strings.CutPrefix(host, "*")
		for _, public := range publicHosts {
			if host == public || wild && strings.Count(domain, ".") > 1 && strings.HasSuffix(public, domain) {
				return v
			}
		}
	}
	return ""
}

// sourceHost returns host, without port, and path of a source.
func sourceHost(v string) (host, path string) {
	if _, rest, ok := strings.Cut(v, "://"); ok {
		v = rest
	}
	if i := strings.IndexByte(v, '/'); i >= 0 {
		v, path = v[:i], v[i:]
	}
	if i := strings.LastIndexByte(v, ':'); i >= 0 && !strings.HasSuffix(v, "]") {
		v = v[:i]
	}
	return strings.ToLower(v), path
}

// anySource judges every source of every enforced policy.
func anySource(bad func(source string) bool) func(stance) (string, bool) {
	return func(s stance) (saw string, fault bool) {
		for _, p := range s.enforced {
			for _, d := range p {
				if kind, known := cspKinds[d.name]; !known || kind.takes > ancestry {
					continue
				}
				if i := slices.IndexFunc(d.values, bad); i >= 0 {
					return d.name + " has " + pavise.Clip(d.values[i], 60), true
				}
				saw = "none in " + d.name
			}
		}
		return saw, false
	}
}

func plain(source string) bool {
	scheme, rest, ok := strings.Cut(strings.ToLower(source), ":")
	host, _ := sourceHost(strings.TrimPrefix(rest, "//"))
	return ok && (scheme == "http" || scheme == "ws") && !pavise.Local(host)
}

func address(source string) bool {
	host, _ := sourceHost(source)
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.String() != "127.0.0.1"
}

func nonceLength(s stance) (saw string, fault bool) {
	for _, p := range s.enforced {
		for _, d := range p {
			for _, nonce := range d.nonces() {
				if saw = fmt.Sprintf("%s has a nonce of %d characters", d.name, len(nonce)); len(nonce) < 8 {
					return saw, true
				}
			}
		}
	}
	return saw, false
}

func understood(s stance) (saw string, fault bool) {
	for _, text := range s.texts {
		if list := cspMistakes(text); len(list) > 0 {
			return pavise.Clip(strings.Join(list, "; "), 200), true
		}
		saw = "every word is known"
	}
	return saw, false
}

func current(s stance) (saw string, fault bool) {
	for _, p := range s.all() {
		for _, d := range p {
			if cspKinds[d.name].obsolete {
				return d.name, true
			}
			saw = "none"
		}
	}
	return saw, false
}

// reporting judges policies that mean to report: report-uri still reaches most
// browsers, and report-to without its group none.
func reporting(s stance) (saw string, fault bool) {
	for i, p := range s.all() {
		_, uri := p.effective("report-uri")
		to, group := p.effective("report-to")
		switch {
		case uri:
			saw = "report-uri" + when(!group, " alone")
		case group && (len(to.values) == 0 || !slices.Contains(s.groups, to.values[0])):
			return to.String() + ", a group that Reporting-Endpoints does not name", true
		case group:
			saw = to.String()
		case i >= len(s.enforced):
			return "a policy that only reports, and to nobody", true
		}
	}
	return saw, false
}

func when(is bool, text string) string {
	if is {
		return text
	}
	return ""
}
