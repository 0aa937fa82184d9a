package redact

import "strings"

// Cards masks what may be numbers of payment cards, all but the last four digits: 13 to 19
// digits of which the last one fits (Luhn), also with single blanks, dashes, dots or pluses
// between, bare or as escapes (PCI DSS 3.4.1, 3.5.1). Of digits that end where a text was
// clipped nobody knows what they would have fitted: they are masked, too.
func Cards(s string) string {
	var out []byte
	for i := range len(s) {
		if !starts(s, i) {
			continue
		}
		end := number(s, i)
		if end == 0 {
			continue
		}
		if out == nil {
			out = []byte(s)
		}
		hide(out[i:end]) // and what begins within it is looked at, too: which of two is a card nobody knows
	}
	if out == nil {
		return s
	}
	return string(out)
}

// starts reports whether a number may begin at i: behind no digit but that of an escape, and
// not within an escape that separates.
func starts(s string, i int) bool {
	if !digit(s[i]) || i == 0 {
		return i == 0 && digit(s[i])
	}
	if digit(s[i-1]) {
		return i >= 3 && s[i-3] == '%'
	}
	return separator(s[i-1:]) < 3
}

func digit(c byte) bool { return '0' <= c && c <= '9' }

const (
	fewestDigits = 13
	mostDigits   = 19
	shownDigits  = 4
)

// number returns where the longest card number ends that begins at i; 0 where none does.
func number(s string, i int) (end int) {
	var digits [mostDigits + 1]byte
	n := 0
	for at := i; at < len(s) && n <= mostDigits; {
		if !digit(s[at]) {
			skip := separator(s[at:])
			if skip == 0 || at+skip >= len(s) || !digit(s[at+skip]) {
				break
			}
			at += skip
			continue
		}
		digits[n] = s[at] - '0'
		n++
		at++
		if n >= fewestDigits && n <= mostDigits && (at == len(s) || !digit(s[at])) && fits(digits[:n]) {
			end = at
		}
		if n > shownDigits && network(digits[0]) && clipped(s[at:]) {
			end = at
		}
	}
	return end
}

// clipped reports whether a text was cut here, or within a separator that began here.
func clipped(s string) bool {
	i := strings.Index(s[:min(len(s), len("%20"+mark))], mark)
	return 0 <= i && i <= len("%20")
}

// separator is how many bytes stand between two groups of digits.
func separator(s string) int {
	switch s[0] {
	case ' ', '-', '.', '+', '_':
		return 1
	case '%':
		if len(s) > 3 && s[1] == '2' && (s[2] == '0' || s[2] == 'D' || s[2] == 'd' || s[2] == 'B' || s[2] == 'b') {
			return 3
		}
	}
	return 0
}

// fits reports whether digits are those of a card: of a network's, and with the last one
// that Luhn's sum wants.
func fits(digits []byte) bool {
	if !network(digits[0]) {
		return false
	}
	sum := 0
	for i, d := range digits {
		n := int(d)
		if (len(digits)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// network reports whether a digit is the first of a network's cards.
func network(first byte) bool { return 2 <= first && first <= 6 }

func hide(b []byte) {
	last := 0
	for i := len(b) - 1; i >= 0; i-- {
		escaped := i >= 2 && b[i-2] == '%' || i >= 1 && b[i-1] == '%'
		if digit(b[i]) && !escaped {
			if last++; last > shownDigits {
				b[i] = '*'
			}
		}
	}
}
