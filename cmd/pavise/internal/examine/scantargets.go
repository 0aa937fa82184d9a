package examine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

// A visit is one site to be judged: live, or from saved evidence.
type visit struct {
	typed   string // how the site was named
	options scan.Options
	saved   *pavise.Evidence
	asks    []pavise.Control // what is asked
	standing
	file string // where its evidence is to be saved; "" is nowhere
}

func (v visit) target() pavise.Target {
	if v.saved != nil {
		return v.saved.Target
	}
	return v.options.Target
}

func (v visit) url() string { return v.target().URL }

// visits returns what is to be judged. Everything that was typed is checked before
// the first site is asked.
func (f scanFlags) visits(args []string, by judgement) ([]visit, error) {
	visits, err := f.saved(args)
	if len(f.load) == 0 {
		visits, err = f.live(args)
	}
	if err != nil {
		return nil, err
	}
	for i := range visits {
		v := &visits[i]
		if v.standing, err = standingOf(f.config, v.target()); err != nil {
			return nil, err
		}
		if err := by.comparable(v.url()); err != nil {
			return nil, err
		}
		v.asks = by.profile.Controls(v.policy.Controls())
		v.options.NoSurvey = !by.profile.Surveys()
	}
	return visits, nil
}

// saved reads what was learnt before.
func (f scanFlags) saved(args []string) ([]visit, error) {
	if len(f.load) > 0 && (len(args) > 0 || f.targets != "") {
		return nil, cli.Usage("pavise scan --evidence "+f.load[0], "saved evidence knows its site: no URL goes with it")
	}
	var visits []visit
	for _, file := range f.load {
		e, err := loadEvidence(file)
		if err != nil {
			return nil, err
		}
		if e.Target.Host() == "" {
			return nil, cli.Usage("pavise audit --evidence "+file, "--evidence %s is of what is on disk, and not of a site", file)
		}
		e.Project, e.Machine = nil, nil // of those a scan says nothing
		visits = append(visits, visit{typed: file, saved: e})
	}
	return visits, nil
}

// live names the sites of the command line and of the file, each once.
func (f scanFlags) live(args []string) ([]visit, error) {
	common, err := f.options()
	if err != nil {
		return nil, err
	}
	var visits []visit
	add := func(typed string) error {
		v := visit{typed: typed, options: common}
		t, err := scan.ParseTarget(typed)
		if err != nil {
			return err
		}
		v.options.Target.URL, v.options.Target.Start, v.options.Target.Clear, v.options.Target.TLS = t.URL, t.Start, t.Clear, t.TLS
		if !slices.ContainsFunc(visits, func(other visit) bool { return other.url() == t.URL && other.target().Start == t.Start }) {
			visits = append(visits, v)
		}
		return nil
	}
	for _, typed := range args {
		if err := add(typed); err != nil {
			return nil, cli.Usage("pavise scan https://shop.example.com", "%w", err)
		}
	}
	if err := eachTarget(f.targets, add); err != nil {
		return nil, err
	}
	if len(visits) == 0 {
		return nil, cli.Usage("pavise scan https://shop.example.com", "scan needs a URL, or a file of them")
	}
	return visits, nil
}

// eachTarget reads a file of sites, a line each, and says of every line what is
// wrong with it.
func eachTarget(file string, add func(string) error) error {
	if file == "" {
		return nil
	}
	data, err := cli.ReadBounded(file)
	if err != nil {
		return cli.Usage("--targets FILE, with a URL each line", "--targets: %w", err)
	}
	var wrong []error
	n, sites := 0, 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimSpace(line)
		if i := strings.IndexByte(line, '#'); i == 0 || i > 0 && (line[i-1] == ' ' || line[i-1] == '\t') { // # may stand in a URL
			line = strings.TrimSpace(line[:i])
		}
		if line == "" {
			continue
		}
		sites++
		if err := add(line); err != nil {
			wrong = append(wrong, fmt.Errorf("%s:%d: %w", file, n, err))
		}
	}
	if sites == 0 {
		return cli.Usage("a URL each line, such as https://shop.example.com", "--targets %s: no site in it", file)
	}
	if err := errors.Join(wrong...); err != nil {
		return cli.Usage("a URL each line, such as https://shop.example.com; # begins a comment", "%w", err)
	}
	return nil
}
