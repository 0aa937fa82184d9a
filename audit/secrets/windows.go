package secrets

import (
	"bytes"
	"regexp"
)

// Bounds of where patterns are tried: around words that tell, so many of each.
const (
	before   = 200
	behind   = 700
	maxTried = 3000
)

// A searched is the text of a file that is looked through.
type searched struct {
	data, lower []byte // lower is the same in lower case
	beyond      bool   // there was more to look at than the bounds allow
}

func newSearched(data []byte) *searched { return &searched{data: data, lower: bytes.ToLower(data)} }

// tried lists the matches of a pattern around the words, as places in the data.
func (s *searched) tried(pattern *regexp.Regexp, words []string) (found [][]int) {
	list := s.places(words)
	for i := 0; i < len(list); {
		from, to := max(0, list[i]-before), list[i]+behind
		for i++; i < len(list) && list[i]-before < to; i++ {
			to = list[i] + behind
		}
		for _, m := range pattern.FindAllSubmatchIndex(s.data[from:min(len(s.data), to)], -1) {
			found = append(found, []int{from + m[0], from + m[1], from + m[2], from + m[3]})
		}
	}
	return found
}

// places are where the words stand, in order, at most so many.
func (s *searched) places(words []string) (list []int) {
	lower := s.lower
	next := make([]int, len(words))
	for i, w := range words {
		next[i] = bytes.Index(lower, []byte(w))
	}
	for {
		first := -1
		for i, at := range next {
			if at >= 0 && (first < 0 || at < next[first]) {
				first = i
			}
		}
		if first < 0 {
			return list
		}
		if len(list) == maxTried {
			s.beyond = true
			return list
		}
		at := next[first]
		list = append(list, at)
		more := bytes.Index(lower[at+1:], []byte(words[first]))
		if next[first] = -1; more >= 0 {
			next[first] = at + 1 + more
		}
	}
}
