package agree

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/scan"
)

// A view is what one scanner says of a server. What it has no word on is not in it.
type view struct {
	versions map[uint16]bool // offered or not
	suites   map[uint16]map[uint32]bool
	groups   map[uint16]bool
	flaws    map[string]bool // by the names of ours; vulnerable or not
}

func newView() view {
	return view{map[uint16]bool{}, map[uint16]map[uint32]bool{}, map[uint16]bool{}, map[string]bool{}}
}

func (v view) addSuite(version uint16, suite uint32) {
	if v.suites[version] == nil {
		v.suites[version] = map[uint32]bool{}
	}
	v.suites[version][suite] = true
}

// ours is what a scan by the controls of TLS says.
func ours(t *testing.T, s server) (view, time.Duration) {
	t.Helper()
	target, err := scan.ParseTarget("https://" + s.address)
	if err != nil {
		t.Fatal(err)
	}
	var controls []pavise.Control
	for _, c := range catalog.Controls() {
		if id := c.Doc().ID; id == "transport.tls" || id == "transport.flaws" {
			controls = append(controls, c)
		}
	}
	began := time.Now()
	e := scan.Collect(context.Background(), scan.Options{Target: target, NoSurvey: true}, controls)
	took := time.Since(began)
	v := newView()
	for _, a := range e.Answers {
		if a.Offered != nil {
			v.take(t, a.Offered)
		}
	}
	for _, f := range pavise.Judge(controls, e) {
		name, ok := flawOf(f.Rule)
		switch {
		case !ok:
		case f.Rule == "transport.flaws.breach" && f.Outcome == pavise.Unknown: // crypto/tls, which reads the page, knows no DHE
		case f.Outcome == pavise.Unknown:
			t.Errorf("%s: %s: %s", s.name, f.Rule, f.Saw)
		default:
			v.flaws[name] = f.Outcome == pavise.Fail
		}
	}
	return v, took
}

func (v view) take(t *testing.T, o *pavise.Offered) {
	for _, p := range o.Protocols {
		if p.Unknown != "" {
			t.Errorf("version %#04x: %s", p.Version, p.Unknown)
		}
		v.versions[p.Version] = len(p.Suites) > 0
		for _, suite := range p.Suites {
			v.addSuite(p.Version, suite)
		}
	}
	for _, g := range o.Groups {
		v.groups[g] = true
	}
}

// flawOf is the name by which a rule's flaw is compared.
func flawOf(rule string) (string, bool) {
	if rule == "transport.tls.fallback" || rule == "transport.tls.renegotiation" {
		return strings.TrimPrefix(rule, "transport.tls."), true
	}
	return strings.CutPrefix(rule, "transport.flaws.")
}

// differences are where two views that both have a word differ, a line each.
func differences(ours, theirs view) []string {
	var list []string
	say := func(what string, us, them bool) {
		if us != them {
			list = append(list, fmt.Sprintf("%s: Pavise %s, they %s", what, yes(us), yes(them)))
		}
	}
	for _, version := range sorted(theirs.versions) {
		if us, looked := ours.versions[version]; looked {
			say("version "+hex(version), us, theirs.versions[version])
		}
	}
	for _, version := range sorted(theirs.suites) {
		both := maps.Clone(theirs.suites[version])
		maps.Copy(both, ours.suites[version])
		for _, suite := range sorted(both) {
			say(fmt.Sprintf("suite %s in %s", hex(suite), hex(version)), ours.suites[version][suite], theirs.suites[version][suite])
		}
	}
	if len(theirs.groups) > 0 {
		both := maps.Clone(theirs.groups)
		maps.Copy(both, ours.groups)
		for _, g := range sorted(both) {
			say("group "+hex(g), ours.groups[g], theirs.groups[g])
		}
	}
	for _, flaw := range sorted(theirs.flaws) {
		if us, looked := ours.flaws[flaw]; looked {
			say(flaw, us, theirs.flaws[flaw])
		}
	}
	return list
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

func hex[N uint16 | uint32](n N) string { return fmt.Sprintf("0x%04x", n) }

func sorted[K uint16 | uint32 | string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
