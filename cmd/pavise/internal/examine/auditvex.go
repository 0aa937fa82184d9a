package examine

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
	"pavise/vex"
)

// vexFlags say what was stated of flaws, and where it is stated what came of them.
type vexFlags struct {
	vex      []string
	writeVex string
}

func (f *vexFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.vex, "vex", nil, "take the word of `FILE`, OpenVEX, for flaws that do not affect the project; may be given several times")
	flags.StringVar(&f.writeVex, "write-vex", "", "write to `FILE`, OpenVEX, how the project stands to each flaw")
}

// A statement is one of a file, and by whom.
type statement struct {
	vex.Statement
	author, file string
}

func (f vexFlags) read() ([]statement, error) {
	if f.writeVex != "" {
		if err := writable("--write-vex", f.writeVex); err != nil {
			return nil, err
		}
	}
	var list []statement
	for _, file := range f.vex {
		data, err := os.Open(file)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, cli.Usage("--vex FILE, as pavise audit --write-vex FILE makes it", "--vex: there is no file %s", file)
		} else if err != nil {
			return nil, cli.Usage("--vex FILE", "--vex: %w", err)
		}
		doc, err := vex.Read(file, data)
		data.Close()
		if err != nil {
			return nil, cli.Usage("https://github.com/openvex/spec says what stands in it", "--vex: %w", err)
		}
		for _, s := range doc.Statements {
			list = append(list, statement{s, doc.Author, file})
		}
	}
	return list, nil
}

// cleared are the flaws that by a statement do not affect the project, as what is
// accepted. Of several statements the newest counts.
func cleared(stated []statement, found []pavise.Finding) []report.Acceptance {
	stated = slices.Clone(stated)
	slices.SortStableFunc(stated, func(a, b statement) int { return b.Timestamp.Compare(a.Timestamp) })
	var list []report.Acceptance
	for _, f := range found {
		d := f.Dependency
		if !d.Flawed() || f.Outcome != pavise.Fail {
			continue
		}
		i := slices.IndexFunc(stated, func(s statement) bool {
			return s.Names(append([]string{d.Advisory}, d.Aliases...)...) && s.About(d.Ecosystem, d.Name, d.Version)
		})
		if i < 0 || !stated[i].Clears() {
			continue
		}
		s := stated[i]
		list = append(list, report.Acceptance{Rule: f.Rule, Advisory: d.Advisory, Package: d.Name + " " + d.Version, From: s.file,
			Reason: reasonOf(s), Owner: cmp.Or(s.author, s.file), End: report.NoEnd})
	}
	return list
}

// reasonOf is a statement in a line that a later one can be made of again.
func reasonOf(s statement) string {
	return strings.Join(slices.DeleteFunc([]string{cmp.Or(s.Justification, string(s.Status)), s.Impact}, func(t string) bool { return t == "" }), ": ")
}

// write states how the project stands to each flaw that was found, and to those of the
// baseline that are gone.
func (f vexFlags) write(seen []sighting, reports, before report.Reports) error {
	if f.writeVex == "" {
		return nil
	}
	doc := vex.Document{Author: cli.Tool(), Version: 1}
	for i, r := range reports {
		doc.Timestamp = r.Started
		doc.Statements = append(doc.Statements, statements(seen[i].Project, r, before)...)
	}
	if len(doc.Statements) == 0 {
		return cli.Usage("", "--write-vex: there is no flaw to state anything of")
	}
	sum := sha256.New()
	for _, s := range doc.Statements {
		fmt.Fprintln(sum, s)
	}
	doc.ID = fmt.Sprintf("https://pavise.invalid/vex/%x", sum.Sum(nil)[:16])
	var b bytes.Buffer
	if err := doc.Write(&b); err != nil {
		return err
	}
	return os.WriteFile(f.writeVex, b.Bytes(), 0o644)
}

func statements(p *pavise.Project, r *report.Report, before report.Reports) []vex.Statement {
	var list []vex.Statement
	fails := map[string]bool{}
	for _, f := range r.Findings {
		if d := f.Dependency; d.Flawed() && f.Outcome == pavise.Fail {
			fails[d.Advisory+" "+d.Name] = true
			list = append(list, stands(p, f))
		}
	}
	if before == nil {
		return list
	}
	old, err := before.For(r.Target)
	if err != nil {
		return list // onDisk has said so
	}
	for _, f := range old.Findings {
		d := f.Dependency
		if !d.Flawed() || f.Outcome != pavise.Fail || fails[d.Advisory+" "+d.Name] {
			continue
		}
		fails[d.Advisory+" "+d.Name] = true
		list = append(list, mended(p, d))
	}
	return list
}

// stands states one flaw that was found. An owner who accepts it says that it does not
// affect the app only where the reason begins with a justification of OpenVEX.
func stands(p *pavise.Project, f report.Finding) vex.Statement {
	d := f.Dependency
	s := vex.Statement{Vulnerability: d.Advisory, Aliases: d.Aliases, Products: products(p, d, d.Version), Status: vex.Affected, Action: f.Want}
	if f.Accepted == nil || f.Accepted.Ended {
		return s
	}
	label, rest, _ := strings.Cut(f.Accepted.Reason, ": ")
	if slices.Contains(vex.Justifications, label) {
		s.Status, s.Justification, s.Impact, s.Action = vex.NotAffected, label, rest, ""
		return s
	}
	if label == string(vex.NotAffected) && rest != "" || label == string(vex.Fixed) {
		s.Status, s.Impact, s.Action = vex.Status(label), rest, ""
		return s
	}
	s.Action = fmt.Sprintf("accepted by %s until %s: %s", f.Accepted.Owner, f.Accepted.End.Add(-time.Second).Format(time.DateOnly), f.Accepted.Reason)
	return s
}

// mended states one flaw that is gone: the package has another version, or is none of the
// project's any more.
func mended(p *pavise.Project, d *pavise.Dependency) vex.Statement {
	s := vex.Statement{Vulnerability: d.Advisory, Aliases: d.Aliases, Status: vex.NotAffected, Justification: "component_not_present", Products: products(p, d, d.Version)}
	if p == nil {
		return s
	}
	for _, pkg := range p.Packages {
		if pkg.Ecosystem == d.Ecosystem && pkg.Name == d.Name {
			s.Status, s.Justification, s.Products = vex.Fixed, "", products(p, d, pkg.Version)
			break
		}
	}
	return s
}

// products is the app with the package in it, else the package.
func products(p *pavise.Project, d *pavise.Dependency, version string) []vex.Product {
	part := vex.PURL(d.Ecosystem, d.Name, version)
	if p != nil && len(p.Modules) > 0 {
		if app := vex.PURL(p.Modules[0].Ecosystem, p.Modules[0].Name, p.Modules[0].Version); app != "" {
			return []vex.Product{{ID: app, Parts: []string{part}}}
		}
	}
	return []vex.Product{{ID: part}}
}
