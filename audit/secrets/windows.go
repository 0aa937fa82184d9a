package secrets

import (
	"bytes"
	"regexp"
)

// Bounds of where patterns are tried: around words that tell, so many of each.
const (
	before   = 200
	behind   = 700
	maxTried = 300
)

// tried lists the matches of a pattern around the words, as places in the data. lower
// is the data in lower case.
func tried(pattern *regexp.Regexp, data, lower []byte, words []string) (found [][]int) {
	end := 0 // of what has been tried
	for _, at := range places(lower, words) {
		if at < end {
			continue
		}
		from, to := max(end, at-before), min(len(data), at+behind)
		for _, m := range pattern.FindAllSubmatchIndex(data[from:to], 4*maxEach) {
			found = append(found, []int{from + m[0], from + m[1], from + m[2], from + m[3]})
			end = from + m[1]
		}
		end = max(end, at+1)
	}
	return found
}

// places are where the words stand, in order, at most so many.
func places(lower []byte, words []string) (list []int) {
	next := make([]int, len(words))
	for i, w := range words {
		next[i] = bytes.Index(lower, []byte(w))
	}
	for len(list) < maxTried {
		first := -1
		for i, at := range next {
			if at >= 0 && (first < 0 || at < next[first]) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		at := next[first]
		list = append(list, at)
		more := bytes.Index(lower[at+1:], []byte(words[first]))
		if next[first] = -1; more >= 0 {
			next[first] = at + 1 + more
		}
	}
	return list
}
