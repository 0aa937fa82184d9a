package vex

import (
	"net/url"
	"strings"

	"pavise"
)

// A Package is what a package URL names (https://github.com/package-url/purl-spec).
type Package struct{ Ecosystem, Name, Version string }

// types are the ecosystems by the type of package URLs.
var types = map[string]string{"npm": pavise.NPM, "golang": pavise.GoModules, "pypi": pavise.PyPI, "gem": pavise.RubyGems, "composer": pavise.Packagist}

// PURL writes a package URL; "" where the ecosystem has none. No version is all of them.
func PURL(ecosystem, name, version string) string {
	for kind, e := range types {
		if e != ecosystem || name == "" {
			continue
		}
		parts := strings.Split(canonical(ecosystem, name), "/")
		for i := range parts {
			parts[i] = escape(parts[i])
		}
		purl := "pkg:" + kind + "/" + strings.Join(parts, "/")
		if e == pavise.GoModules && name != "stdlib" && version != "" {
			version = "v" + strings.TrimPrefix(version, "v") // a version of Go bears it, and Pavise leaves it out
		}
		if version != "" {
			purl += "@" + escape(version)
		}
		return purl
	}
	return ""
}

// escape leaves a colon as it is, and hides everything else that means something.
func escape(s string) string {
	s = strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
	return strings.NewReplacer("%3A", ":", "%7E", "~").Replace(s)
}

// ParsePURL reads a package URL of an ecosystem that Pavise knows; qualifiers and what
// is within the package are left out.
func ParsePURL(purl string) (p Package, ok bool) {
	rest, ok := strings.CutPrefix(purl, "pkg:")
	if !ok {
		return p, false
	}
	rest, _, _ = strings.Cut(rest, "#")
	rest, _, _ = strings.Cut(rest, "?")
	kind, name, ok := strings.Cut(strings.TrimLeft(rest, "/"), "/")
	if p.Ecosystem = types[strings.ToLower(kind)]; !ok || p.Ecosystem == "" {
		return p, false
	}
	if i := strings.LastIndexByte(name, '@'); i > 0 {
		version, err := url.PathUnescape(name[i+1:])
		if err != nil {
			return p, false
		}
		if p.Ecosystem == pavise.GoModules {
			version = strings.TrimPrefix(version, "v")
		}
		p.Version, name = version, name[:i]
	}
	name, err := url.PathUnescape(name)
	p.Name = canonical(p.Ecosystem, name)
	return p, err == nil && name != ""
}

// canonical is the name as package URLs have it: that of PyPI has hyphens alone, and
// that of Composer no capitals.
func canonical(ecosystem, name string) string {
	switch ecosystem {
	case pavise.PyPI:
		return strings.ReplaceAll(strings.ToLower(name), "_", "-")
	case pavise.Packagist:
		return strings.ToLower(name)
	}
	return name
}
