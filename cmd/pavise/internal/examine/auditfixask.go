package examine

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/mend"
)

// A dialogue asks somebody what is to be done.
type dialogue struct {
	in  *bufio.Scanner
	out io.Writer
}

func lines(in io.Reader) *bufio.Scanner {
	s := bufio.NewScanner(in)
	s.Buffer(nil, 64<<10)
	return s
}

// errQuit is that nothing shall be changed.
var errQuit = cli.Failed("", "nothing was changed")

// letters are what one types for a choice.
var letters = map[mend.Kind]string{mend.Same: "s", mend.Major: "m", mend.Override: "o", mend.Remove: "r", mend.Accept: "a", mend.Skip: "k"}

var kindNames = map[mend.Kind]string{mend.Same: "same major", mend.Major: "MAJOR", mend.Override: "override", mend.Remove: "remove",
	mend.Accept: "accept", mend.Skip: "skip"}

// maxTold bounds how many ways and advisories are told of one problem.
const maxTold = 4

// choose asks what is to be done about a problem.
func (d *dialogue) choose(p *mend.Problem, number, of int) (int, error) {
	d.describe(p, number, of)
	for i, c := range p.Choices {
		mark := ""
		if i == p.Default {
			mark = "  (default)"
		}
		fmt.Fprintf(d.out, "  %d %s  %-10s %s%s\n", i+1, letters[c.Kind], kindNames[c.Kind], cli.Clean(c.Text), mark)
		if c.Warn != "" {
			fmt.Fprintf(d.out, "                 ! %s\n", cli.Clean(c.Warn))
		}
		if !c.Released.IsZero() {
			fmt.Fprintf(d.out, "                 released %s\n", c.Released.Format(time.DateOnly))
		}
	}
	for {
		word, err := d.answer("Which? number or letter, q leaves everything as it is: ")
		if err != nil {
			return -1, err
		}
		if i, ok := picked(p, word); ok {
			return i, nil
		}
		if word == "" {
			fmt.Fprintln(d.out, "There is no default here: each way has a price.")
			continue
		}
		fmt.Fprintf(d.out, "%q is none of them.\n", cli.Clean(word))
	}
}

func (d *dialogue) describe(p *mend.Problem, number, of int) {
	score := ""
	if s := p.Worst(); s > 0 {
		score = fmt.Sprintf("  CVSS %.1f", s)
	}
	fmt.Fprintf(d.out, "\n[%d/%d] %s%s\n", number, of, cli.Clean(p.ID()), score)
	for i, f := range p.Findings {
		if i == maxTold {
			fmt.Fprintf(d.out, "      and %d more\n", len(p.Findings)-maxTold)
			break
		}
		fmt.Fprintf(d.out, "      %s %s\n", cli.Clean(f.Dependency.Advisory), cli.Clean(f.Dependency.Title))
	}
	if dep := p.Findings[0].Dependency; len(dep.Paths) > 0 && len(dep.Paths[0]) > 1 {
		fmt.Fprintf(d.out, "      by %s\n", cli.Clean(strings.Join(dep.Paths[0], " › ")))
	}
	if p.Blocks != "" {
		fmt.Fprintf(d.out, "      %s\n", cli.Clean(p.Blocks))
	}
}

// picked is the choice that a word is for; an empty one is for the default.
func picked(p *mend.Problem, word string) (int, bool) {
	if word == "" {
		return p.Default, p.Default >= 0
	}
	if n, err := strconv.Atoi(word); err == nil {
		return n - 1, n >= 1 && n <= len(p.Choices)
	}
	i := slices.IndexFunc(p.Choices, func(c mend.Choice) bool { return strings.EqualFold(letters[c.Kind], word) })
	return i, i >= 0
}

// answer asks for a line. Without one, as when the terminal is closed, nothing is changed.
func (d *dialogue) answer(question string) (string, error) {
	fmt.Fprint(d.out, question)
	if !d.in.Scan() {
		fmt.Fprintln(d.out)
		return "", errQuit
	}
	word := strings.TrimSpace(d.in.Text())
	if word == "q" || word == "Q" {
		return "", errQuit
	}
	return word, nil
}

// longestAcceptance is for how long something may be left at once.
const longestAcceptance = 366 * 24 * time.Hour

// acceptance asks why something stays, who answers for it and until when.
func (d *dialogue) acceptance(now time.Time) (mend.Acceptance, error) {
	var a mend.Acceptance
	var err error
	for a.Reason == "" && err == nil {
		a.Reason, err = d.answer("Why does it stay? ")
	}
	if err != nil {
		return a, err
	}
	user := os.Getenv("USER")
	if a.Owner, err = d.answer(fmt.Sprintf("Who answers for it? [%s] ", cli.Clean(user))); err != nil {
		return a, err
	}
	if a.Owner == "" {
		a.Owner = user
	}
	if a.Owner == "" {
		return a, cli.Failed("", "somebody must answer for what is accepted; nothing was changed")
	}
	usual := now.UTC().AddDate(0, 3, 0)
	for {
		word, err := d.answer(fmt.Sprintf("Until when? [%s] ", usual.Format(time.DateOnly)))
		if err != nil {
			return a, err
		}
		if word == "" {
			word = usual.Format(time.DateOnly)
		}
		if a.Until, err = time.Parse(time.DateOnly, word); err == nil && a.Until.After(now) && a.Until.Sub(now) < longestAcceptance {
			return a, nil
		}
		fmt.Fprintf(d.out, "It must be a day like %s, in the future and within a year.\n", usual.Format(time.DateOnly))
	}
}

// confirm asks whether to go on; anything but yes is no.
func (d *dialogue) confirm(question string) bool {
	word, err := d.answer("\n" + cli.Clean(question) + " [y/N] ")
	return err == nil && (strings.EqualFold(word, "y") || strings.EqualFold(word, "yes"))
}
