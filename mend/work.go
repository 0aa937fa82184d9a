package mend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"pavise"
)

// Options say what is worked on, and with what.
type Options struct {
	Dir     string
	Host    bool     // Dir is the root of a host, of which etc is copied
	Environ []string // that package managers get
	Knowing
	// Audit looks at a folder as the audit of the project does.
	Audit func(ctx context.Context, dir string) (*pavise.Evidence, []pavise.Finding, error)
	// Say hears what is done next; nil is nobody.
	Say func(what string)
}

// A Work is a project in a copy, where it is mended before anything is written.
type Work struct {
	// Evidence and Findings are those of the copy as it now is.
	Evidence *pavise.Evidence
	Findings []pavise.Finding
	Done     []Outcome

	opt    Options
	copy   *scratch
	before *pavise.Evidence
	edited map[string]bool // files that settings are mended in
}

// A Chosen is a problem and what is to be done about it.
type Chosen struct {
	Problem *Problem
	Choice  Choice
}

// An Outcome is what came of a choice: Failed is why it was not done.
type Outcome struct {
	What   string // "qs 4.0.0"
	Kind   Kind
	Text   string
	Failed string
}

// Begin copies a project of which an audit has been made.
func Begin(ctx context.Context, opt Options, e *pavise.Evidence, findings []pavise.Finding) (*Work, error) {
	dir, err := filepath.Abs(opt.Dir)
	if err != nil {
		return nil, err
	}
	opt.Dir = dir
	s, err := copyOf(ctx, dir, opt.Host, opt.Environ)
	if err != nil {
		return nil, err
	}
	return &Work{Evidence: e, Findings: findings, opt: opt, copy: s, before: e, edited: map[string]bool{}}, nil
}

// Close removes the copy.
func (w *Work) Close() error { return w.copy.close() }

// Plan says what can be done about what is left.
func (w *Work) Plan(ctx context.Context) []*Problem {
	if w.Evidence.Project == nil {
		return nil
	}
	return Plans(ctx, w.Evidence.Project, w.Findings, w.opt.Knowing)
}

func (w *Work) say(format string, args ...any) {
	if w.opt.Say != nil {
		w.opt.Say(fmt.Sprintf(format, args...))
	}
}

// Do makes what was chosen true in the copy, and has it audited. What fails together is
// tried one by one, unless the tool cannot work at all; what fails alone is taken back, and
// its Outcome says why.
func (w *Work) Do(ctx context.Context, chosen []Chosen) error {
	err := w.try(ctx, chosen)
	unable := new(unableError)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		return nil
	case len(chosen) == 1, errors.As(err, &unable):
		for _, c := range chosen {
			w.Done = append(w.Done, Outcome{c.Problem.ID(), c.Choice.Kind, c.Choice.Text, err.Error()})
		}
		return nil
	}
	half := len(chosen) / 2
	if err := w.Do(ctx, chosen[:half]); err != nil {
		return err
	}
	return w.Do(ctx, chosen[half:])
}

// try is Do without a second try: where it fails the copy is as it was.
func (w *Work) try(ctx context.Context, chosen []Chosen) (err error) {
	was, err := w.snapshot()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.back(was))
		}
	}()
	if err := w.steps(ctx, steps(chosen)); err != nil {
		return err
	}
	w.say("audit of the outcome")
	e, findings, err := w.opt.Audit(ctx, w.copy.dir)
	if err != nil {
		return fmt.Errorf("the audit of the outcome: %w", err)
	}
	lighter, err := w.prune(ctx, e, findings, chosen)
	switch {
	case err != nil:
		return err
	case lighter != nil:
		e, findings = lighter.Evidence, lighter.Findings
	default:
		if err := proven(w.Findings, findings, chosen); err != nil {
			return err
		}
	}
	w.Evidence, w.Findings = e, findings
	for _, c := range chosen {
		w.Done = append(w.Done, Outcome{What: c.Problem.ID(), Kind: c.Choice.Kind, Text: c.Choice.Text})
	}
	if lighter != nil {
		w.Done = append(w.Done, lighter.Done...)
	}
	return nil
}

// proven reports why an outcome is no better: what was to be gone is there, or what was
// not there before is.
func proven(before, after []pavise.Finding, chosen []Chosen) error {
	was, is := harms(before), harms(after)
	for _, c := range chosen {
		for _, f := range c.Problem.Findings {
			if is[harm(f.Dependency)] {
				return fmt.Errorf("%s is still there after it", c.Problem.ID())
			}
		}
	}
	var more []string
	for id := range is {
		if !was[id] {
			more = append(more, id)
		}
	}
	if len(more) > 0 && len(is) >= len(was) {
		slices.Sort(more)
		return fmt.Errorf("it would bring %s", strings.Join(more[:min(3, len(more))], ", "))
	}
	return nil
}

func harms(findings []pavise.Finding) map[string]bool {
	all := map[string]bool{}
	for _, f := range findings {
		if f.Dependency != nil && f.Outcome == pavise.Fail {
			all[harm(f.Dependency)] = true
		}
	}
	return all
}

func harm(d *pavise.Dependency) string { return d.Name + " " + d.Version + " " + d.Advisory }

// steps gathers what is to be done: of two versions of one package the newer.
func steps(chosen []Chosen) []Step {
	var all []Step
	for _, c := range chosen {
		for _, s := range c.Choice.Steps {
			i := slices.IndexFunc(all, func(o Step) bool {
				return o.Do == s.Do && o.File == s.File && o.Name == s.Name && o.By == s.By
			})
			switch {
			case i < 0:
				all = append(all, s)
			case newer(s, all[i]):
				all[i] = s
			}
		}
	}
	return all
}

// steps edits the manifests and has the package managers bring the lockfiles up to them.
func (w *Work) steps(ctx context.Context, all []Step) error {
	units, of := []*unit{}, map[string][]Step{}
	for _, s := range all {
		u, err := w.unitOf(s)
		if err != nil {
			return err
		}
		if err := w.edit(u, s); err != nil {
			return err
		}
		if u == nil {
			continue
		}
		if id := u.file(u.lock); of[id] == nil {
			units = append(units, u)
		}
		of[u.file(u.lock)] = append(of[u.file(u.lock)], s)
	}
	written, err := w.snapshot()
	if err != nil {
		return err
	}
	for _, u := range units {
		w.say("%s brings %s up to date", u.name, u.file(u.lock))
		if err := u.renew(ctx, u, of[u.file(u.lock)]); err != nil {
			return err
		}
	}
	return w.back(manifests(written))
}

// manifests are those of files that are written by people: package managers would write
// them in a way of their own.
func manifests(files map[string][]byte) map[string][]byte {
	maps.DeleteFunc(files, func(name string, _ []byte) bool { return path.Base(name) != "package.json" })
	return files
}

// sections of package.json in which packages are asked for.
var sections = []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"}

// edit changes a package.json; go.mod is changed by the go command.
func (w *Work) edit(u *unit, s Step) error {
	if s.Ecosystem != pavise.NPM || s.Do == Renew {
		return nil
	}
	file := s.File
	if s.Do == Overrule {
		if u == nil {
			return errors.New("there is no lockfile, so nothing can be overridden")
		}
		file = u.file("package.json")
	}
	text, err := w.copy.read(file)
	if err != nil {
		return err
	}
	d, err := readJSON(text)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if err := change(d, u, s); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return w.copy.write(file, d.text)
}

func change(d *jsonText, u *unit, s Step) error {
	if s.Do == Overrule {
		path, err := u.override(s.By, s.Name)
		if err != nil {
			return err
		}
		return d.set(s.To, path...)
	}
	found := false
	for _, section := range sections {
		if !d.has(section, s.Name) {
			continue
		}
		found = true
		switch {
		case s.Do == Drop:
			if _, err := d.remove(section, s.Name); err != nil {
				return err
			}
		case section != "peerDependencies": // whom others choose
			if err := d.set(s.Range, section, s.Name); err != nil {
				return err
			}
		}
	}
	if !found {
		return fmt.Errorf("it does not ask for %s", s.Name)
	}
	return nil
}

// candidates are the files that may come to differ: manifests, lockfiles and sources in
// which settings are mended.
func (w *Work) candidates() []string {
	var list []string
	if p := w.before.Project; p != nil {
		for _, m := range p.Manifests {
			list = append(list, m.File, path.Join(path.Dir(m.File), "go.sum"))
		}
		for _, m := range p.Modules {
			list = append(list, m.Manifest)
		}
	}
	for f := range w.edited {
		list = append(list, f)
	}
	slices.Sort(list)
	return slices.DeleteFunc(slices.Compact(list), func(f string) bool { return f == "" || !filepath.IsLocal(f) })
}

func (w *Work) snapshot() (map[string][]byte, error) {
	was := map[string][]byte{}
	for _, name := range w.candidates() {
		data, err := w.copy.read(name)
		if err != nil {
			return nil, err
		}
		was[name] = data
	}
	return was, nil
}

func (w *Work) back(was map[string][]byte) error {
	var failed error
	for name, data := range was {
		now, err := w.copy.read(name)
		if err == nil && !bytes.Equal(now, data) {
			err = w.copy.write(name, data)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// Files are those that the copy has otherwise than the project.
func (w *Work) Files() ([]File, error) {
	root, err := os.OpenRoot(w.opt.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var list []File
	for _, name := range w.candidates() {
		after, err := w.copy.read(name)
		if err != nil {
			return nil, err
		}
		if w.opt.Host { // what is changed is what a link leads to
			name, _ = w.copy.follow(name)
		}
		before, err := readRegular(root, name)
		if err != nil {
			return nil, err
		}
		if digest(before) != digest(after) {
			list = append(list, File{name, before, after})
		}
	}
	return list, nil
}
