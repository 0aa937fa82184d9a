package sbom

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
)

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
