package secrets

import (
	"hash/crc32"
	"math"
	"slices"
	"strings"
)

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyz"
	base62  = digits + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + letters
)

// checksummed reports whether the last six characters of a token are the CRC32 of the
// others in base 62, as those of GitHub and npm are.
func checksummed(token string, _ []byte) bool {
	_, body, _ := strings.Cut(token, "_")
	if len(body) < 7 {
		return false
	}
	return checksum(body[:len(body)-6]) == body[len(body)-6:]
}

func checksum(body string) string {
	n := crc32.ChecksumIEEE([]byte(body))
	out := make([]byte, 6)
	for i := range slices.Backward(out) {
		out[i], n = base62[n%62], n/62
	}
	return string(out)
}

// random reports whether the characters vary as much as those of what was drawn do.
func random(bits float64) func(string, []byte) bool {
	return func(secret string, _ []byte) bool { return entropy(secret) >= bits }
}

// entropy is that of the characters, in bits each.
func entropy(s string) float64 {
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	bits := 0.0
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// isHole reports whether a value is one that something else fills.
func isHole(value string) bool {
	for _, mark := range []string{"${", "{{", "<", ">", "%s", "%v", "%d", "#{", "$(", "***", "...", "…", "{", "}"} {
		if strings.Contains(value, mark) {
			return true
		}
	}
	return strings.HasPrefix(value, "$") || strings.HasPrefix(value, "%") || strings.HasPrefix(value, "process.env") || strings.Trim(value, "*xX.-_") == ""
}

// isPlaceholder reports whether a value says of itself that it is none.
func isPlaceholder(value string) bool {
	low := strings.ToLower(value)
	for _, word := range []string{"example", "sample", "dummy", "placeholder", "your", "insert", "replace", "redacted", "not-a-real", "notareal", "fake",
		"xxxx", "0000000", "1111111", "1234567", "abcdefg", "aaaaaaa", "deadbeef", "change_me", "change-me", "changeme", "todo", "supersecret"} {
		if strings.Contains(low, word) {
			return true
		}
	}
	return false
}

// usualPasswords are those that examples have, and guesses begin with.
var usualPasswords = []string{"password", "passwd", "pass", "pwd", "secret", "admin", "root", "test", "user", "guest", "postgres", "mysql", "mongo", "redis",
	"changeme", "change-me", "change_me", "changeit", "letmein", "qwerty", "123456", "12345678", "123456789", "1234", "password1", "password123", "p@ssw0rd", "passw0rd", "toor", "s3cur3", "keyboard cat"}

func usual(value string) bool { return slices.Contains(usualPasswords, strings.ToLower(value)) }
