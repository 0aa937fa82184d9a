package advisories

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"pavise"
	"pavise/internal/versions"
)

// osv reads records of OSV about the packages of an ecosystem
// (https://ossf.github.io/osv-schema/, version 1.7).
type osv struct{ ecosystem string }

// The address as of https://google.github.io/osv.dev/data/ (read 2026-11-21), and the
// licence of the advisories of GitHub and Go, which most records are; those of malicious
// packages are Apache-2.0.
func (o osv) Source() Source {
	return Source{Name: "OSV " + o.ecosystem, Licence: "CC-BY-4.0, Apache-2.0", Covers: []string{o.ecosystem},
		Address: "https://osv-vulnerabilities.storage.googleapis.com/" + url.PathEscape(o.ecosystem) + "/all.zip"}
}

func (o osv) Reads(name string, head []byte) bool {
	return isRecord(head) && bytes.Contains(head, []byte(`"`+o.ecosystem))
}

// isRecord reports whether a file begins as a record of OSV.
func isRecord(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")) && bytes.Contains(head, []byte(`"id"`)) &&
		(bytes.Contains(head, []byte(`"affected"`)) || bytes.Contains(head, []byte(`"schema_version"`)) || bytes.Contains(head, []byte(`"withdrawn"`)))
}

// Import reads one record.
func (o osv) Import(part *Part, name string, r io.Reader) error {
	rec, err := readRecord(name, r)
	if err != nil {
		return err
	}
	entries, dropped := rec.entries(o.ecosystem)
	part.Source.Dropped += dropped
	return part.add(entries...)
}

// Bounds of one record: the longest of today has 0.5 MB and lists 8,000 versions.
const (
	maxRecord   = 16 << 20
	maxVersions = 100_000
	maxSpans    = 10_000
	maxAliases  = 100
	maxSymbols  = 2000
)

type record struct {
	ID        string          `json:"id"`
	Modified  time.Time       `json:"modified"`
	Published time.Time       `json:"published"`
	Withdrawn *time.Time      `json:"withdrawn"`
	Aliases   []string        `json:"aliases"`
	Summary   string          `json:"summary"`
	Severity  []osvSeverity   `json:"severity"`
	Affected  []osvAffected   `json:"affected"`
	Specific  json.RawMessage `json:"database_specific"` // each database has its own keys
}

type osvSeverity struct {
	Type  string `json:"type"`
	Score string `json:"score"`
}

type osvAffected struct {
	Package struct {
		Ecosystem string `json:"ecosystem"`
		Name      string `json:"name"`
	} `json:"package"`
	Severity []osvSeverity   `json:"severity"`
	Ranges   []osvRange      `json:"ranges"`
	Versions []string        `json:"versions"`
	Specific json.RawMessage `json:"ecosystem_specific"`
	Database json.RawMessage `json:"database_specific"`
}

type osvRange struct {
	Type   string     `json:"type"`
	Events []osvEvent `json:"events"`
}

type osvEvent struct {
	Introduced string `json:"introduced,omitempty"`
	Fixed      string `json:"fixed,omitempty"`
	Last       string `json:"last_affected,omitempty"`
	Limit      string `json:"limit,omitempty"`
}

// readRecord reads a file with one record.
func readRecord(name string, r io.Reader) (*record, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxRecord+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(data) > maxRecord {
		return nil, fmt.Errorf("%s: a record is longer than %d MB", name, maxRecord>>20)
	}
	rec := &record{}
	if err := json.Unmarshal(data, rec); err != nil {
		return nil, fault(name, data, offset(err), "", err)
	}
	if rec.ID == "" || len(rec.ID) > maxText {
		return nil, fmt.Errorf("%s:1: %q: an id such as \"GHSA-qw6h-vgh9-j6wx\" is wanted", name, "id")
	}
	return rec, nil
}

// ecosystems are those of packages that a record is about, each once. What follows a
// colon in a name is a release of it.
func (r *record) ecosystems() []string {
	var list []string
	for _, a := range r.Affected {
		name, _, _ := strings.Cut(a.Package.Ecosystem, ":")
		if slices.Contains(Ecosystems, name) && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// entries are what a record says of packages of an ecosystem, and how many are of no
// use. One that was withdrawn says nothing.
func (r *record) entries(ecosystem string) (list []Entry, dropped int) {
	if r.Withdrawn != nil {
		return nil, 0
	}
	system, _ := versions.Of(ecosystem)
	for _, a := range r.Affected {
		if name, _, _ := strings.Cut(a.Package.Ecosystem, ":"); name != ecosystem || !named(a.Package.Name) {
			continue
		}
		e := Entry{Ecosystem: ecosystem, Name: packageName(ecosystem, a.Package.Name)}
		e.Versions = a.listed(system)
		bad := false
		for _, rng := range a.Ranges {
			if rng.Type == "SEMVER" || rng.Type == "ECOSYSTEM" {
				spans, ok := rng.spans(system)
				e.Spans, bad = append(e.Spans, spans...), bad || !ok
			}
		}
		if bad || len(e.Spans) > maxSpans {
			dropped++
		}
		if len(e.Spans) == 0 && len(e.Versions) == 0 || len(e.Spans) > maxSpans {
			continue
		}
		e.Notice = r.notice(a)
		list = append(list, e)
	}
	return list, dropped
}

// named reports whether a text can be the name of a package.
func named(s string) bool {
	return s != "" && len(s) <= 500 && !strings.ContainsFunc(s, unicode.IsControl)
}

// listed are the versions by name, as far as no range says them anyway.
func (a osvAffected) listed(system versions.System) []string {
	var list []versions.Stretch
	for _, r := range a.Ranges {
		if r.Type == "GIT" {
			continue
		}
		spans, _ := r.spans(system)
		for _, s := range spans {
			list = append(list, versions.Stretch{From: s.From, Below: s.Below, Last: s.Last})
		}
	}
	within := system.Spans(list)
	var names []string
	for _, v := range a.Versions[:min(len(a.Versions), maxVersions)] {
		if key, err := system.Key(v); len(v) <= 256 && (err != nil || !within.Has(key)) {
			names = append(names, v)
		}
	}
	return names
}

// spans are the stretches of a range, by the evaluation algorithm of the schema: events
// in the order of their versions, and nothing from a limit on. It is not ok where an
// event has no version of the ecosystem.
func (r osvRange) spans(system versions.System) (list []Span, ok bool) {
	events, limit, ok := r.sorted(system)
	open := false
	for _, e := range events {
		switch {
		case e.Introduced != "" && !open:
			from := e.Introduced
			if from == "0" {
				from = ""
			}
			list, open = append(list, Span{From: clip(from)}), true
		case e.Fixed != "" && open:
			list[len(list)-1].Below, open = e.Fixed, false
		case e.Last != "" && open:
			list[len(list)-1].Last, open = e.Last, false
		}
	}
	if limit == "" {
		return list, ok
	}
	kept := list[:0]
	for _, s := range list {
		if s.From != "" && system.Compare(s.From, limit) >= 0 {
			continue
		}
		if end := s.Below + s.Last; end == "" || system.Compare(end, limit) >= 0 {
			s.Below, s.Last, s.Limit = limit, "", true
		}
		kept = append(kept, s)
	}
	return kept, ok
}

// sorted are the events that can be compared, in order, and the highest limit.
func (r osvRange) sorted(system versions.System) (events []osvEvent, limit string, ok bool) {
	ok = true
	for _, e := range r.Events {
		at := e.version()
		switch {
		case at == "0" && e.Introduced != "":
		case e.Limit == "*": // none
			continue
		case !system.Valid(at):
			ok = false
			continue
		case e.Limit != "":
			if limit == "" || system.Compare(e.Limit, limit) > 0 {
				limit = e.Limit
			}
			continue
		}
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b osvEvent) int {
		switch first, second := a.Introduced == "0", b.Introduced == "0"; {
		case first && second:
			return 0
		case first:
			return -1
		case second:
			return 1
		}
		return system.Compare(a.version(), b.version())
	})
	return events, limit, ok
}

func (e osvEvent) version() string { return e.Introduced + e.Fixed + e.Last + e.Limit }

// notice is what is known of the flaw itself.
func (r *record) notice(a osvAffected) *pavise.Notice {
	n := &pavise.Notice{ID: r.ID, Title: clip(r.Summary)}
	for _, alias := range r.Aliases[:min(len(r.Aliases), maxAliases)] {
		n.Aliases = append(n.Aliases, clip(alias))
	}
	if r.Published.Year() > 1 {
		n.Published = r.Published.UTC().Truncate(time.Second)
	}
	n.CVSS = vector(slices.Concat(a.Severity, r.Severity))
	var github struct {
		Severity string   `json:"severity"`
		CWE      []string `json:"cwe_ids"`
	}
	json.Unmarshal(r.Specific, &github) // what has another form says nothing
	n.Severity = severities[strings.ToLower(github.Severity)]
	if malicious(r.ID) {
		n.Title, n.Severity = "", pavise.Critical // the title is said when it is read: there are many
	}
	n.CWE = a.cwes(github.CWE)
	n.Symbols = a.symbols()
	return n
}

// malicious reports whether a record is of a package that was made to do harm.
func malicious(id string) bool { return strings.HasPrefix(id, "MAL-") }

// vector is that of version 3, by which most is ranked, else of 4, else of 2.
func vector(list []osvSeverity) string {
	best := ""
	for _, s := range list {
		switch s.Type {
		case "CVSS_V3":
			return clip(s.Score)
		case "CVSS_V2", "CVSS_V4":
			if best == "" || s.Type == "CVSS_V4" {
				best = clip(s.Score)
			}
		}
	}
	return best
}

// cwes are the weaknesses, which each database names elsewhere.
func (a osvAffected) cwes(list []string) []string {
	var malware struct {
		CWEs []struct {
			ID string `json:"cweId"`
		} `json:"cwes"`
	}
	json.Unmarshal(a.Database, &malware)
	for _, c := range malware.CWEs {
		list = append(list, c.ID)
	}
	list = list[:min(len(list), maxAliases)]
	for i := range list {
		list[i] = clip(list[i])
	}
	return list
}

// symbols are the functions that a flaw is in, by import path; a path alone is all of
// the package.
func (a osvAffected) symbols() map[string][]string {
	var golang struct {
		Imports []struct {
			Path    string   `json:"path"`
			Symbols []string `json:"symbols"`
		} `json:"imports"`
	}
	if json.Unmarshal(a.Specific, &golang) != nil || len(golang.Imports) == 0 {
		return nil
	}
	symbols, n := map[string][]string{}, 0
	for _, i := range golang.Imports {
		if n += 1 + len(i.Symbols); n > maxSymbols {
			return nil // a part of them would look like all
		}
		symbols[clip(i.Path)] = i.Symbols
	}
	return symbols
}

// page is where people read of an advisory.
func page(id string) string {
	switch {
	case strings.HasPrefix(id, "GHSA-"):
		return "https://github.com/advisories/" + path.Base(id)
	case strings.HasPrefix(id, "GO-"):
		return "https://pkg.go.dev/vuln/" + path.Base(id)
	}
	return "https://osv.dev/vulnerability/" + url.PathEscape(id)
}
