package login

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxAccount bounds the name of an account, in bytes.
const maxAccount = 1 << 10

// canonical spells a name in the one way that all its spellings share: in
// compatible form, folded, without blanks around it. Accents and invisible
// characters go too, because the usual collations of MySQL take jose for josé. Two
// names that come out alike share their counters and nothing else.
func canonical(name string) string {
	name = norm.NFKD.String(name)
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Mn, unicode.Cf, unicode.Cc) {
			return -1
		}
		return r
	}, name)
	name = cases.Fold().String(name)
	return strings.TrimSpace(norm.NFKC.String(name))
}
