package advisories

import (
	"strings"

	"pavise"
)

// Ecosystems are those of packages, as OSV names them.
var Ecosystems = []string{pavise.NPM, pavise.GoModules, pavise.PyPI, pavise.RubyGems, pavise.Packagist}

// packageName is the one name of a package, where an ecosystem takes several for the
// same.
func packageName(ecosystem, name string) string {
	switch ecosystem {
	case pavise.NPM, pavise.GoModules, pavise.RubyGems: // JSONStream and jsonstream are two
		return name
	case pavise.PyPI:
		return normalise(name)
	}
	return strings.ToLower(name)
}

// normalise makes of each run of -, _ and . one hyphen (PEP 503).
func normalise(name string) string {
	var b strings.Builder
	run := false
	for _, r := range strings.ToLower(name) {
		if r == '-' || r == '_' || r == '.' {
			run = true
			continue
		}
		if run {
			b.WriteByte('-')
			run = false
		}
		b.WriteRune(r)
	}
	if run {
		b.WriteByte('-')
	}
	return b.String()
}
