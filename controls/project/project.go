// Package project judges what a project on disk is made of: its packages, its framework
// and the releases that it asks to be run on. All of it is verified only.
package project

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
)

// References that several rules share.
const (
	pciPatches = "PCI DSS 4.0.1 6.3.3"
	pciRanking = "PCI DSS 4.0.1 6.3.1"
	pciReview  = "PCI DSS 4.0.1 12.3.4"
)

// fresh is how old data may be and still acquit: what has been known for longer must be
// mended by now (PCI DSS 4.0.1 6.3.3).
const fresh = 30 * 24 * time.Hour

// source says by what is judged, and how old that is where it is old.
func source(n *pavise.Notices, at time.Time) string {
	s := n.From + " of " + n.Dated.Format(time.DateOnly)
	if at.Sub(n.Dated) > fresh {
		s += fmt.Sprintf(", %d days old", days(at.Sub(n.Dated)))
	}
	return s
}

func days(d time.Duration) int { return int(d.Hours() / 24) }

// endOf is the end of life among what is known; nil is that none is set.
func endOf(n *pavise.Notices) *pavise.Notice {
	i := slices.IndexFunc(n.List, func(n pavise.Notice) bool { return n.ID == pavise.EndOfLife })
	if i < 0 {
		return nil
	}
	return &n.List[i]
}

// show is a line for the shell that shows what stands there: the line of the file, else
// those that have the word.
func show(file string, n int, word string) pavise.Proof {
	if n == 0 {
		return pavise.Proof{Command: "grep -nF -- " + pavise.Quote(word) + " " + pavise.Quote(file)}
	}
	return pavise.Proof{Command: pavise.ShowLine(file, n)}
}

// some names the first of a list, and says how many there are beyond.
func some(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// release is the version as people say it, with what is asked for where it is a range.
func release(version, asked string) string { return cmp.Or(version, asked, "any version") }
