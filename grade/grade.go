// Package grade computes the grades that people know from other graders, by the
// rules that these have published, from evidence alone.
package grade

// A Grade is what a site gets by somebody's rules.
type Grade struct {
	Letter  string
	Score   int      // of 100, or more
	Reasons []string // what was taken off, added or capped, and for what
}
