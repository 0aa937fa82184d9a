// Package sbom writes what a project is made of as a software bill of materials: CycloneDX
// 1.6 and SPDX 2.3, both as JSON. The application itself is named first, and the same
// project gives the same bytes.
package sbom

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"pavise"
	"pavise/vex"
)

// Formats are the forms in which a bill is written.
var Formats = []string{"cyclonedx", "spdx"}

// About says who writes the bill, and when.
type About struct {
	Tool, Version string
	At            time.Time
}

// Write writes the bill of a project in one of the formats.
func Write(w io.Writer, format string, p *pavise.Project, about About) error {
	b := newBill(p, about)
	var doc any
	switch format {
	case "cyclonedx":
		doc = b.cycloneDX()
	case "spdx":
		doc = b.spdx()
	default:
		return fmt.Errorf("sbom: there is no format %q", format)
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(doc)
}

// A bill is a project in the order in which both forms tell it.
type bill struct {
	about     About
	app       node
	nodes     []node // the app's own parts, then packages, by their keys
	manifests []pavise.Manifest
	unread    []pavise.Unread
}

// A node is the app, a part of it, or a package.
type node struct {
	key, name, version, purl string
	own                      bool // of the project itself
	pkg                      pavise.Package
	needs                    []pavise.Need
}

func newBill(p *pavise.Project, about About) *bill {
	about.At = about.At.UTC().Truncate(time.Second)
	b := &bill{about: about, manifests: slices.Clone(p.Manifests)}
	for _, u := range p.Unread {
		if len(u.For) == 0 || slices.Contains(u.For, "project.dependencies") {
			b.unread = append(b.unread, u)
		}
	}
	slices.SortFunc(b.manifests, func(a, b pavise.Manifest) int { return cmp.Compare(a.File, b.File) })
	b.app = node{key: "app", name: filepath.Base(p.Root), own: true}
	for i, m := range p.Modules {
		n := node{key: "module " + m.Manifest, name: cmp.Or(m.Name, filepath.Base(p.Root)), version: m.Version, own: true, needs: m.Needs,
			purl: vex.PURL(m.Ecosystem, m.Name, m.Version)}
		if i == 0 {
			b.app = n
			continue
		}
		b.nodes = append(b.nodes, n)
		b.app.needs = append(slices.Clone(b.app.needs), pavise.Need{Key: n.key})
	}
	for _, pkg := range p.Packages {
		b.nodes = append(b.nodes, node{key: pkg.Key, name: pkg.Name, version: pkg.Version, pkg: pkg, needs: pkg.Needs, purl: vex.PURL(pkg.Ecosystem, pkg.Name, pkg.Version)})
	}
	slices.SortStableFunc(b.nodes, func(a, b node) int { return cmp.Compare(a.key, b.key) })
	b.nodes = slices.CompactFunc(b.nodes, func(a, b node) bool { return a.key == b.key })
	return b
}

// all are the app and its nodes.
func (b *bill) all() []node { return append([]node{b.app}, b.nodes...) }

// dependsOn are the keys of what a node needs and the bill has, each once, sorted.
func (b *bill) dependsOn() map[string][]string {
	known := map[string]bool{}
	for _, n := range b.all() {
		known[n.key] = true
	}
	out := map[string][]string{}
	for _, n := range b.all() {
		var keys []string
		for _, need := range n.needs {
			if known[need.Key] && need.Key != n.key {
				keys = append(keys, need.Key)
			}
		}
		slices.Sort(keys)
		out[n.key] = slices.Compact(keys)
	}
	return out
}

// id is the same for the same content: the bill of a project is told apart by what is in
// it, and by nothing of the day.
func (b *bill) id() [32]byte {
	h := sha256.New()
	for _, n := range b.all() {
		fmt.Fprintf(h, "%s\x00%s\x00%s\n", n.key, n.name, n.version)
	}
	for _, m := range b.manifests {
		fmt.Fprintf(h, "%s\x00%s\n", m.File, m.SHA256)
	}
	return [32]byte(h.Sum(nil))
}

// uuid is an id in the form of RFC 9562 5.8, which is for ids that are made by rules of
// one's own.
func (b *bill) uuid() string {
	id := b.id()
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
}
