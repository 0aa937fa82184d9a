package pavise

import "strings"

// Nearest returns the known word that was most likely meant, or "": at most two
// slips away, or beginning alike.
func Nearest(word string, known []string) string {
	best, least := "", 3
	word = squash(word)
	for _, k := range known {
		if n := slips(word, squash(k)); n < least {
			best, least = k, n
		}
	}
	return best
}

// squash takes out how a word is written: maxAge and max_age are max-age.
func squash(word string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(word))
}

// slips counts what lies between two words; 3 is too much. A control may be
// named without its family.
func slips(word, known string) int {
	if _, last, ok := strings.Cut(known, "."); ok && !strings.Contains(word, ".") {
		known = last
	}
	short, long := word, known
	if len(short) > len(long) {
		short, long = long, short
	}
	n := 3
	if len(long)-len(short) <= 2 {
		n = distance(short, long)
	}
	if n > max(1, len(short)/2) { // two slips in a word of three make another word
		n = 3
	}
	if len(short) >= 3 && strings.HasPrefix(long, short) {
		n = min(n, 2)
	}
	return n
}

// distance is the least number of bytes to insert, delete, replace or swap with
// their neighbour. The words differ by at most two bytes in length.
func distance(a, b string) int {
	if len(b) > 64 {
		return 3
	}
	var above, row, next [65]int // two rows up, one row up, this one
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			change := row[j]
			if a[i] != b[j] {
				change++
			}
			next[j+1] = min(change, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], above[j-1]+1)
			}
		}
		above, row = row, next
	}
	return row[len(b)]
}
