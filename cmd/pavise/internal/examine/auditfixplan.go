package examine

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/mend"
	"pavise/report"
	"pavise/site"
)

// A repair is what a run does in the copy, and what was decided on the way.
type repair struct {
	*fixing
	*mend.Work
	decided  []mend.Decision // last time
	chosen   []mend.Decision // this time
	accepted []mend.Acceptance
	asked    map[string]bool // problems that were chosen for, or left
	notes    []string        // what is left to the owner
}

// maxRounds bounds how often what a change brings is looked at again.
const maxRounds = 8

// mend chooses and does, until nothing is left to do.
func (r *repair) mend() error {
	r.asked = map[string]bool{}
	if r.fix == fixSettings {
		return r.settings()
	}
	for range maxRounds {
		plan := r.Plan(r.Context())
		chosen, err := r.choose(plan)
		if err != nil {
			return err
		}
		if len(chosen) == 0 {
			break
		}
		if err := r.Do(r.Context(), chosen); err != nil {
			return err
		}
	}
	if r.fix == fixAsk && r.ask != nil {
		return r.settings()
	}
	return nil
}

// choose is what is to be done this round. A package that another one brings waits for
// what becomes of that.
func (r *repair) choose(plan []*mend.Problem) ([]mend.Chosen, error) {
	var chosen []mend.Chosen
	for i, p := range plan {
		if r.asked[p.ID()] || len(chosen) > 0 && !p.Direct && r.waits(p, chosen) {
			continue
		}
		r.asked[p.ID()] = true
		k, err := r.choice(p, i+1, len(plan))
		switch {
		case err != nil:
			return nil, err
		case k < 0 || p.Choices[k].Kind == mend.Skip || p.Choices[k].Kind == mend.Accept:
			continue
		}
		chosen = append(chosen, mend.Chosen{Problem: p, Choice: p.Choices[k]})
	}
	// An override below what is raised may come to be needless: that is seen next time.
	return slices.DeleteFunc(chosen, func(c mend.Chosen) bool {
		late := c.Choice.Kind == mend.Override && r.waits(c.Problem, chosen)
		if late {
			delete(r.asked, c.Problem.ID())
		}
		return late
	}), nil
}

// waits reports whether a package comes by one that is raised or removed in this round.
func (r *repair) waits(p *mend.Problem, chosen []mend.Chosen) bool {
	var moved []string
	for _, c := range chosen {
		for _, s := range c.Choice.Steps {
			if s.Do == mend.Raise || s.Do == mend.Drop {
				moved = append(moved, s.Name)
			}
		}
	}
	for _, f := range p.Findings {
		for _, path := range f.Dependency.Paths {
			if len(path) > 0 && slices.Contains(moved, path[0]) {
				return true
			}
		}
	}
	return false
}

// choice is what is done about a problem, -1 for nothing.
func (r *repair) choice(p *mend.Problem, number, of int) (int, error) {
	if p.Apply(r.decided) {
		fmt.Fprintf(r.ErrOrStderr(), "pavise: %s: as decided last time: %s\n", p.ID(), p.Choices[p.Default].Kind)
		return p.Default, nil
	}
	if r.ask != nil && r.fix == fixAsk {
		return r.question(p, number, of)
	}
	i := slices.IndexFunc(p.Choices, func(c mend.Choice) bool {
		return c.Kind == mend.Same || c.Kind == mend.Override && c.Proper
	})
	if i < 0 && r.fix == fixMajor {
		i, _ = p.Choice(mend.Major)
	}
	return i, nil
}

// question asks for a choice, and keeps what was decided.
func (r *repair) question(p *mend.Problem, number, of int) (int, error) {
	k, err := r.ask.choose(p, number, of)
	if err != nil {
		return -1, err
	}
	if p.Choices[k].Kind != mend.Accept {
		d := mend.Decision{Package: p.About(), Choice: p.Choices[k].Kind, Advisories: p.Advisories()}
		r.chosen, r.decided = append(r.chosen, d), append(r.decided, d)
		return k, nil
	}
	a, err := r.ask.acceptance(time.Now())
	if err != nil {
		return -1, err
	}
	for _, f := range p.Findings {
		one := a
		if one.Rule, one.Advisory = f.Rule, f.Dependency.Advisory; one.Advisory == "" {
			one.Place = f.Where
		}
		r.accepted = append(r.accepted, one)
	}
	return k, nil
}

// files are those to be written: what is mended, and what was decided.
func (r *repair) files() ([]mend.File, error) {
	files, err := r.Files()
	if err != nil || len(r.chosen)+len(r.accepted) == 0 || r.keeper == nil {
		return files, err
	}
	f := mend.File{Name: site.AuditFile}
	if f.Before, err = r.keeper.Read(f.Name); err != nil {
		return nil, err
	}
	if f.After, err = mend.Decide(f.Before, r.accepted, r.chosen); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	if string(f.Before) != string(f.After) {
		files = append(files, f)
	}
	return files, nil
}

// title says in a line what the change is.
func (r *repair) title() string {
	n := 0
	for _, o := range r.Done {
		if o.Failed == "" {
			n++
		}
	}
	return fmt.Sprintf("%d mended by pavise audit --fix", n)
}

// maxMoves bounds how many lines tell of a lockfile.
const maxMoves = 60

// show tells what was done in the copy, and the difference.
func (r *repair) show(w io.Writer, files []mend.File) {
	for _, f := range files {
		if mend.Lockfile(f.Name) {
			fmt.Fprintf(w, "%s is brought up to that\n", f.Name)
			continue
		}
		fmt.Fprint(w, cli.Clean(mend.Shown(f)))
	}
	if moves := r.Moves(); len(moves) > 0 {
		fmt.Fprintf(w, "\nPackages that change (%d):\n", len(moves))
		for _, m := range moves[:min(len(moves), maxMoves)] {
			fmt.Fprintln(w, "  "+report.Fit(cli.Clean(m), 110))
		}
		if len(moves) > maxMoves {
			fmt.Fprintf(w, "  and %d more\n", len(moves)-maxMoves)
		}
	}
	if len(r.Done) == 0 {
		fmt.Fprintln(w, "There is nothing to mend without a choice of yours.")
		return
	}
	tell := func(heading string, failed bool, mark string) {
		for _, o := range r.Done {
			if failed != (o.Failed != "") {
				continue
			}
			if heading != "" {
				fmt.Fprintln(w, "\n"+heading)
				heading = ""
			}
			fmt.Fprintf(w, "  %s %-28s %-9s %s\n", mark, cli.Clean(o.What), o.Kind, cli.Clean(o.Text))
			if failed {
				fmt.Fprintf(w, "      %s\n", strings.ReplaceAll(cli.Clean(o.Failed), "\n", "\n      "))
			}
		}
	}
	tell("Done, and proven by an audit of the outcome:", false, "✓")
	tell("Tried, and taken back:", true, "✗")
}

// left tells what is still there, and what is in its way.
func (r *repair) left(w io.Writer) {
	plan := r.Plan(r.Context())
	if len(plan) > 0 {
		fmt.Fprintf(w, "\nLeft (%d):\n", len(plan))
	}
	for _, p := range plan {
		why := p.Blocks
		if why == "" {
			if i := p.Default; i >= 0 {
				why = fmt.Sprintf("%s: %s", p.Choices[i].Kind, p.Choices[i].Text)
			} else {
				why = "no way is known"
			}
		}
		fmt.Fprintf(w, "  %s  %s\n      %s\n", cli.Clean(p.ID()), cli.Clean(strings.Join(p.Advisories(), ", ")), cli.Clean(why))
	}
	other := map[string]bool{}
	for _, f := range r.Findings {
		if f.Dependency == nil {
			other[f.Rule] = true
		}
	}
	switch {
	case len(other) > 0 && r.fix == fixSettings:
		fmt.Fprintf(w, "\nLeft for which there is no patch: %s about settings. pavise audit tells more.\n", pavise.Plural(len(other), "rule"))
	case len(other) > 0:
		fmt.Fprintf(w, "\nLeft: %s about settings. pavise audit tells more, pavise audit --fix=settings mends what can be.\n", pavise.Plural(len(other), "rule"))
	}
}

// next says what to do now.
func (r *repair) next(w io.Writer) {
	for _, f := range r.Done {
		if f.Failed == "" && f.Kind != mend.Setting {
			fmt.Fprintln(w, "Now install what the lockfile says (npm ci, pnpm install, yarn install, go build) and run your tests.")
			return
		}
	}
}
