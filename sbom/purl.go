package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"pavise"
)

// purlTypes are the types of package URLs, by ecosystem.
var purlTypes = map[string]string{pavise.NPM: "npm", pavise.GoModules: "golang", pavise.PyPI: "pypi", pavise.RubyGems: "gem", pavise.Packagist: "composer"}

// purl is the package URL of a version (package-url/purl-spec); "" where the name or the
// ecosystem has none.
func purl(ecosystem, name, version string) string {
	kind := purlTypes[ecosystem]
	if kind == "" || name == "" {
		return ""
	}
	switch kind {
	case "pypi":
		name = strings.ReplaceAll(strings.ToLower(name), "_", "-")
	case "golang", "composer":
		name = strings.ToLower(name)
	}
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = escaped(p)
	}
	out := "pkg:" + kind + "/" + strings.Join(parts, "/")
	if version != "" {
		out += "@" + escaped(version)
	}
	return out
}

// escaped writes all but letters, digits and .-_~ as a percent and two digits, which is
// also what a colon may stay as.
func escaped(s string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_~:"
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(plain, s[i]) >= 0 {
			b.WriteByte(s[i])
			continue
		}
		b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{s[i]})))
	}
	return b.String()
}

// A sum is a hash of what was taken.
type sum struct{ algorithm, hex string }

// sums reads the hashes of a lockfile as Subresource Integrity writes them: "sha512-…".
func sums(integrity string) []sum {
	names := map[string]struct {
		name string
		size int
	}{"sha1": {"SHA-1", 20}, "sha256": {"SHA-256", 32}, "sha384": {"SHA-384", 48}, "sha512": {"SHA-512", 64}}
	var list []sum
	for one := range strings.FieldsSeq(integrity) {
		kind, value, _ := strings.Cut(one, "-")
		raw, err := base64.StdEncoding.DecodeString(value)
		if known := names[kind]; err == nil && known.size == len(raw) && len(raw) > 0 {
			list = append(list, sum{known.name, hex.EncodeToString(raw)})
		}
	}
	return list
}
