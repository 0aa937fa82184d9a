// Package advisories keeps what is known against versions of software: advisories and
// ends of life, from several sources, in one indexed file. It also recognises
// libraries by what their scripts look like, as the sources describe it.
package advisories

import (
	"fmt"
	"io"
	"time"

	"pavise"
)

// The ecosystems of what is known.
const (
	JavaScript = "javascript" // libraries that run in browsers
	Product    = "product"    // releases of products, and how long they get fixes
)

// An Entry is one thing that is known of versions of a package.
type Entry struct {
	Ecosystem string `json:"-"`
	Name      string `json:"-"` // as [packageName] has it
	// Cycle is the release it is about, such as "20" for 20.11.1; else it is about the
	// versions from From on and below Below, where "" is no bound.
	Cycle string `json:"cycle,omitempty"`
	From  string `json:"from,omitempty"`
	Below string `json:"below,omitempty"`
	// Except are versions within that it is not about.
	Except []string `json:"except,omitempty"`
	// Spans and Versions are what it is about in an ecosystem of packages, whose rules
	// they go by.
	Spans    []Span   `json:"spans,omitempty"`
	Versions []string `json:"versions,omitempty"`
	// Notice is what is known; nil is that the release gets fixes.
	Notice *pavise.Notice `json:"notice,omitempty"`
}

// A Span is versions from one on and below another, or with Last up to that and with it.
type Span struct {
	From  string `json:"from,omitempty"` // "" is the first there is
	Below string `json:"below,omitempty"`
	Last  string `json:"last,omitempty"`
	// Limit is set where what is at the end is not mended, but no longer looked at.
	Limit bool `json:"limit,omitempty"`
}

// A Sign shows a library, and its version.
type Sign struct {
	Library string `json:"library"`
	Kind    string `json:"kind"`    // "address", "file", "content" or "hash"
	Pattern string `json:"pattern"` // a regular expression with the version in its first group, or a SHA-1 in hex
	// Version is the version of a hash, or how it is made of the groups: "$1.$2".
	Version string `json:"version,omitempty"`
}

// A Source is where entries and signs come from.
type Source struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Licence string `json:"licence"`
	// Dated is the day on which this was the newest there is: when it was fetched, and
	// of a file the date that stands in it, else its own.
	Dated   time.Time `json:"dated"`
	ETag    string    `json:"etag,omitempty"`    // of the address
	Changed string    `json:"changed,omitempty"` // Last-Modified of the address
	Entries int       `json:"entries"`
	Signs   int       `json:"signs"`
	// Dropped is how many signs cannot be used, regular expressions that Go has not, and
	// how many entries, whose versions are none of their ecosystem.
	Dropped int `json:"dropped"`
	// Covers are the ecosystems of which it would know a flaw in any package.
	Covers []string `json:"covers,omitempty"`
	// Sum is the SHA-256 of what was read.
	Sum string `json:"sum"`
	// Content is the SHA-256 of what is kept, by which damage is found.
	Content string `json:"content,omitempty"`
}

// A Part is all that one source brings.
type Part struct {
	Source  Source
	Entries []Entry
	Signs   []Sign
	// spill takes entries as soon as there are many; nil keeps them all.
	spill func(*Part) error
	fresh bool // what was written of it is its own
	// kept is the sum of it.
	kept sum
}

// add keeps entries, within the bounds.
func (p *Part) add(entries ...Entry) error {
	p.Entries = append(p.Entries, entries...)
	if p.Source.Entries += len(entries); p.Source.Entries > maxEntries {
		return fmt.Errorf("more than %d entries", maxEntries)
	}
	if p.spill == nil || len(p.Entries) < batch {
		return nil
	}
	return p.spill(p)
}

// sign keeps signs, within the bounds.
func (p *Part) sign(signs ...Sign) error {
	if p.Signs = append(p.Signs, signs...); len(p.Signs) > maxSigns {
		return fmt.Errorf("more than %d signs", maxSigns)
	}
	return nil
}

// An Importer reads the form of one kind of source. What is wrong is said with file,
// line and key.
type Importer interface {
	// Source names it, with its address and licence.
	Source() Source
	// Reads reports whether a file is of its form, by its first bytes.
	Reads(name string, head []byte) bool
	// Import adds a file to what the source brings.
	Import(part *Part, name string, r io.Reader) error
}

// Importers are the sources that are read.
func Importers() []Importer {
	list := []Importer{retire{}, cycles{}}
	for _, e := range Ecosystems {
		list = append(list, osv{e})
	}
	return list
}

// Bounds of what a source may bring: the largest of today is far below.
const (
	maxFile    = 64 << 20
	maxEntries = 1_000_000
	batch      = 4000 // entries that are written at once
	maxSigns   = 10_000
	maxText    = 2000 // bytes of a name, a title, an address or a pattern
)
