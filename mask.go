package pavise

import (
	"fmt"
	"regexp"
)

// Mask shows of a secret how it begins and how long it is; of a short one only that.
func Mask(secret string) string {
	letters := []rune(secret)
	shown := 0
	if len(letters) >= 12 {
		shown = min(len(letters)/4, 4)
	}
	return fmt.Sprintf("%s*** (%d characters)", string(letters[:shown]), len(letters))
}

var (
	passwordIn = regexp.MustCompile(`(://[^/\s:@]*:)([^/\s@]+)(@)`)
	maskedIn   = regexp.MustCompile(`\*\*\*( \([0-9]+ characters\)$|@)`)
)

// MaskAddress takes the passwords out of the addresses in a text.
func MaskAddress(text string) string { return passwordIn.ReplaceAllString(text, "${1}***${3}") }

// Masked reports whether a text ends with what [Mask] made, or holds what [MaskAddress] did.
func Masked(text string) bool { return maskedIn.MatchString(text) }
