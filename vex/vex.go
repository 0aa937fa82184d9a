// Package vex reads and writes what a vendor or an owner says of flaws in what they
// ship: OpenVEX (https://github.com/openvex/spec, 0.2.0; 0.0.1 is read, too).
package vex

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// A Document is statements of one author.
type Document struct {
	ID         string // an IRI of its own
	Author     string
	Timestamp  time.Time
	Version    int
	Statements []Statement
}

// A Statement says how products stand to one vulnerability.
type Statement struct {
	Vulnerability string // CVE, GHSA, …
	Aliases       []string
	Products      []Product
	Status        Status
	// Justification is why not_affected, one of [Justifications]; Impact says it in words.
	Justification string
	Impact        string
	Action        string    // what to do, where affected
	Timestamp     time.Time // since when; of the document, where it has none of its own
}

// A Product is what a statement is about, by package URL. With Parts, it is only about
// these within it.
type Product struct {
	ID    string
	Parts []string
}

// A Status is how a product stands to a vulnerability.
type Status string

// The statuses (OpenVEX, status labels).
const (
	NotAffected        Status = "not_affected"
	Affected           Status = "affected"
	Fixed              Status = "fixed"
	UnderInvestigation Status = "under_investigation"
)

// Justifications are those of not_affected (OpenVEX, status justifications).
var Justifications = []string{"component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path",
	"vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist"}

// Clears reports whether by the statement nothing is to be done.
func (s Statement) Clears() bool { return s.Status == NotAffected || s.Status == Fixed }

// Names reports whether a vulnerability is meant, by any of its ids.
func (s Statement) Names(ids ...string) bool {
	return slices.ContainsFunc(ids, func(id string) bool { return id != "" && (id == s.Vulnerability || slices.Contains(s.Aliases, id)) })
}

// About reports whether a version of a package is meant: as a product, or as a part of
// one. A package URL without a version is about all of them.
func (s Statement) About(ecosystem, name, version string) bool {
	is := func(purl string) bool {
		p, ok := ParsePURL(purl)
		return ok && p.Ecosystem == ecosystem && p.Name == canonical(ecosystem, name) && (p.Version == "" || p.Version == version)
	}
	return slices.ContainsFunc(s.Products, func(p Product) bool {
		if len(p.Parts) > 0 {
			return slices.ContainsFunc(p.Parts, is)
		}
		return is(p.ID)
	})
}

// Bounds of a document.
const (
	maxDocument   = 16 << 20
	maxStatements = 50_000
)

// wire is a document as it is written.
type wire struct {
	Context    string      `json:"@context"`
	ID         string      `json:"@id"`
	Author     string      `json:"author"`
	Timestamp  time.Time   `json:"timestamp"`
	Version    int         `json:"version"`
	Statements []statement `json:"statements"`
}

type statement struct {
	Vulnerability vulnerability `json:"vulnerability"`
	Timestamp     time.Time     `json:"timestamp,omitzero"`
	Products      []product     `json:"products"`
	Status        Status        `json:"status"`
	Justification string        `json:"justification,omitempty"`
	Impact        string        `json:"impact_statement,omitempty"`
	Action        string        `json:"action_statement,omitempty"`
}

type vulnerability struct {
	Name    string   `json:"name"`
	Aliases []string `json:"aliases,omitempty"`
}

type component struct {
	ID string `json:"@id"`
}

type product struct {
	ID    string      `json:"@id"`
	Parts []component `json:"subcomponents,omitempty"`
}

// UnmarshalJSON reads an object, or of 0.0.1 a name.
func (v *vulnerability) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &v.Name)
	}
	type plain vulnerability
	return json.Unmarshal(b, (*plain)(v))
}

// UnmarshalJSON reads an object, or of 0.0.1 an id.
func (p *product) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &p.ID)
	}
	var one struct {
		ID          string      `json:"@id"`
		Parts       []component `json:"subcomponents"`
		Identifiers struct {
			PURL string `json:"purl"`
		} `json:"identifiers"`
	}
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*p = product{ID: one.ID, Parts: one.Parts}
	if one.Identifiers.PURL != "" {
		p.ID = one.Identifiers.PURL
	}
	return nil
}

// Read reads a document; name stands in errors. All that is wrong is said at once.
func Read(name string, r io.Reader) (*Document, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxDocument+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(data) > maxDocument:
		return nil, fmt.Errorf("%s: it is longer than %d MB", name, maxDocument>>20)
	}
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, lineOf(data, err), err)
	}
	if len(w.Statements) == 0 || len(w.Statements) > maxStatements {
		return nil, fmt.Errorf("%s: statements: one to %d are wanted, not %d", name, maxStatements, len(w.Statements))
	}
	d := &Document{ID: w.ID, Author: w.Author, Timestamp: w.Timestamp, Version: w.Version}
	var wrong []error
	for i, s := range w.Statements {
		if err := s.check(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: statements[%d]: %w", name, i, err))
			continue
		}
		d.Statements = append(d.Statements, s.statement(w.Timestamp))
	}
	if len(wrong) > 20 {
		wrong = append(wrong[:20], fmt.Errorf("%s: and %d more", name, len(wrong)-20))
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return d, nil
}

func lineOf(data []byte, err error) int {
	at := int64(0)
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		at = syntax.Offset
	} else if kind := new(json.UnmarshalTypeError); errors.As(err, &kind) {
		at = kind.Offset
	}
	line := 1
	for _, b := range data[:min(at, int64(len(data)))] {
		if b == '\n' {
			line++
		}
	}
	return line
}

// check holds a statement to what OpenVEX asks of it.
func (s statement) check() error {
	switch {
	case s.Vulnerability.Name == "":
		return errors.New(`vulnerability: a name such as "CVE-2024-29041" is wanted`)
	case len(s.Products) == 0:
		return errors.New(`products: at least one such as "pkg:npm/express@4.17.1" is wanted`)
	case !slices.Contains([]Status{NotAffected, Affected, Fixed, UnderInvestigation}, s.Status):
		return fmt.Errorf("status must be not_affected, affected, fixed or under_investigation, not %.40q", s.Status)
	case s.Status == NotAffected && s.Justification == "" && s.Impact == "":
		return errors.New("not_affected wants a justification or an impact_statement")
	case s.Justification != "" && !slices.Contains(Justifications, s.Justification):
		return fmt.Errorf("justification must be one of %v, not %.60q", Justifications, s.Justification)
	}
	return nil
}

func (s statement) statement(usual time.Time) Statement {
	out := Statement{Vulnerability: s.Vulnerability.Name, Aliases: s.Vulnerability.Aliases, Status: s.Status,
		Justification: s.Justification, Impact: s.Impact, Action: s.Action, Timestamp: s.Timestamp}
	if out.Timestamp.IsZero() {
		out.Timestamp = usual
	}
	for _, p := range s.Products {
		one := Product{ID: p.ID}
		for _, part := range p.Parts {
			one.Parts = append(one.Parts, part.ID)
		}
		out.Products = append(out.Products, one)
	}
	return out
}

// Write writes the document as OpenVEX 0.2.0.
func (d *Document) Write(to io.Writer) error {
	w := wire{Context: "https://openvex.dev/ns/v0.2.0", ID: d.ID, Author: d.Author, Timestamp: d.Timestamp, Version: max(d.Version, 1), Statements: []statement{}}
	for i, s := range d.Statements {
		out := statement{Vulnerability: vulnerability{s.Vulnerability, s.Aliases}, Status: s.Status,
			Justification: s.Justification, Impact: s.Impact, Action: s.Action}
		if !s.Timestamp.Equal(d.Timestamp) {
			out.Timestamp = s.Timestamp
		}
		for _, p := range s.Products {
			one := product{ID: p.ID}
			for _, part := range p.Parts {
				one.Parts = append(one.Parts, component{part})
			}
			out.Products = append(out.Products, one)
		}
		if err := out.check(); err != nil {
			return fmt.Errorf("statement %d: %w", i, err)
		}
		w.Statements = append(w.Statements, out)
	}
	e := json.NewEncoder(to)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(w)
}
