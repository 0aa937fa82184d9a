package pavise

import (
	"net/http"
	"strings"
	"time"
)

// exceptions weaken the controls of a chain. They are kept by the segments of their
// patterns, so that a request costs the same however many there are.
type exceptions struct {
	paths      branch
	everywhere []exception
}

// An exception weakens one link until it ends.
type exception struct {
	Setting
	link   int
	method string // "" is any
}

// A branch is where patterns go on that begin with the same segments.
type branch struct {
	literal     map[string]*branch
	star        *branch
	exact, rest place // patterns that end here, and in ** here
}

// A place is the exceptions of one path; those with a method are more specific.
type place struct{ oneMethod, anyMethod []exception }

// add takes in a setting of a policy that was found valid. Of two for the same
// requests the first counts.
func (e *exceptions) add(link int, s Setting) {
	if s.Paths == nil {
		e.everywhere = append(e.everywhere, exception{Setting: s, link: link})
	}
	for _, path := range s.Paths {
		pattern, _ := ParsePattern(path)
		b := e.paths.at(pattern.segments)
		where := &b.exact
		if pattern.rest {
			where = &b.rest
		}
		list := &where.anyMethod
		if pattern.method != "" {
			list = &where.oneMethod
		}
		*list = append(*list, exception{Setting: s, link: link, method: pattern.method})
	}
}

// at returns the branch behind the segments, which it grows.
func (b *branch) at(segments []string) *branch {
	for _, seg := range segments {
		next := b.literal[seg]
		if seg == "*" {
			next = b.star
		}
		if next == nil {
			next = new(branch)
		}
		switch {
		case seg == "*":
			b.star = next
		case b.literal == nil:
			b.literal = map[string]*branch{seg: next}
		default:
			b.literal[seg] = next
		}
		b = next
	}
	return b
}

// A search is for the mode of every link in one exchange.
type search struct {
	modes  []Mode // none where no exception was found
	links  int
	method string
	now    func() time.Time
}

// modes returns how far each of so many links goes, in the room that is given; none
// where nothing is weakened. It agrees with [Pattern.Match] and [Pattern.Beats].
func (e *exceptions) modes(room []Mode, links int, r *http.Request, now func() time.Time) []Mode {
	s := search{modes: room[:0], links: links, method: r.Method, now: now}
	if path, ok := PlainPath(r); ok {
		e.paths.find(&s, path[1:], true)
	}
	s.take(e.everywhere)
	return s.modes
}

// find takes what is for the rest of a path, the most specific first. No more is
// left where the path has ended.
func (b *branch) find(s *search, rest string, more bool) {
	if !more {
		s.takeAll(&b.exact)
		return
	}
	seg, tail, more := strings.Cut(rest, "/")
	if next := b.literal[seg]; next != nil {
		next.find(s, tail, more)
	}
	if b.star != nil && seg != "" {
		b.star.find(s, tail, more)
	}
	s.takeAll(&b.rest)
}

func (s *search) takeAll(p *place) {
	s.take(p.oneMethod)
	s.take(p.anyMethod)
}

// take weakens the links that nothing more specific has.
func (s *search) take(list []exception) {
	for i := range list {
		e := &list[i]
		if e.method != "" && e.method != s.method || len(s.modes) > 0 && s.modes[e.link] != Enforce ||
			!e.Until.IsZero() && e.ended(s.now()) {
			continue
		}
		if len(s.modes) == 0 {
			s.modes = append(s.modes, make([]Mode, s.links)...)
		}
		s.modes[e.link] = e.Mode
	}
}
