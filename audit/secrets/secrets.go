// Package secrets reads what must not stand in files: keys and tokens that are known by
// their form, and passwords in addresses. It keeps none of them.
package secrets

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"path"
	"slices"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// Bounds of what is looked at and kept.
const (
	maxFile  = 16 << 20  // bytes of one file
	maxBytes = 512 << 20 // of all
	maxFound = 1000      // secrets of one project
	maxEach  = 20        // of one file
)

const control = "project.secrets"

// Read adds what it finds to the project.
func Read(ctx context.Context, t *tree.Tree, p *pavise.Project) {
	git, why := openIndex(ctx, t.Dir)
	left := int64(maxBytes)
	kept := false // a file in which secrets usually stand
	for _, name := range t.Files() {
		if ctx.Err() != nil || left <= 0 || len(p.Secrets) >= maxFound {
			t.Miss(name, "so many files, or so much in them, is not looked at for secrets", control)
			break
		}
		data := text(t, name)
		left -= int64(len(data)) + 1
		found, beyond := find(name, data)
		if beyond {
			t.Miss(name, "so much in it may be a secret that not all of it is looked at", control)
		}
		for i := range found {
			found[i].Tracked = git.has(name)
		}
		kept = kept || len(found) > 0
		p.Secrets = append(p.Secrets, found...)
	}
	if kept && git == nil {
		t.Miss("git", "whether the files with secrets are under version control: "+why, control+".tracked")
	}
}

// text returns what stands in a file of text; nil of any other. That one is too long is
// said.
func text(t *tree.Tree, name string) []byte {
	if slices.Contains(pictures, path.Ext(name)) || !isText(t, name) {
		return nil
	}
	data, err := t.Read(name, maxFile)
	if err != nil {
		t.Miss(name, err.Error(), control)
	}
	return data
}

// isText reports whether the first bytes of a file, or that they cannot be read, leave
// it open that it is text.
func isText(t *tree.Tree, name string) bool {
	f, err := t.Stream(name)
	if err != nil {
		return true
	}
	defer f.Close()
	head := make([]byte, 8<<10)
	n, _ := io.ReadFull(f, head)
	return bytes.IndexByte(head[:n], 0) < 0
}

// pictures are the endings of files that are no text.
var pictures = []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".webm", ".pdf", ".zip", ".gz", ".tgz", ".br", ".xz", ".wasm", ".map"}

// find lists the secrets of one file, each once, in order, and whether there may be more.
func find(name string, data []byte) (list []pavise.Secret, beyond bool) {
	var hits []hit
	s := newSearched(data)
	for _, f := range formats {
		if slices.ContainsFunc(f.hints, func(h string) bool { return bytes.Contains(s.lower, []byte(h)) }) {
			hits = append(hits, f.find(s)...)
		}
	}
	hits = append(hits, settings(name, s)...)
	slices.SortStableFunc(hits, func(a, b hit) int { return cmp.Compare(a.at, b.at) })
	end := -1 // of what has been told: a token in a setting is one secret
	for _, h := range hits {
		if h.at < end {
			continue
		}
		if len(list) == maxEach {
			return list, true
		}
		end = h.at + len(h.value)
		mild := h.mild
		if mild == "" && trial(name) {
			mild = "it is in a test or an example"
		}
		list = append(list, pavise.Secret{File: name, Line: 1 + bytes.Count(data[:h.at], []byte("\n")), Kind: h.kind,
			Mask: pavise.Mask(h.value), Mild: mild, Usual: h.usual})
	}
	return list, s.beyond
}

// A hit is a secret, and where it stands.
type hit struct {
	kind, value string
	at          int
	mild        string
	usual       bool
}

// trial reports whether a file belongs to tests or examples, where keys are made for
// the occasion.
func trial(name string) bool {
	for _, part := range strings.Split(strings.ToLower(path.Dir(name)), "/") {
		switch part {
		case "test", "tests", "__tests__", "spec", "specs", "testing", "testdata", "fixtures", "fixture", "__fixtures__", "mock", "mocks", "__mocks__", "e2e", "cypress",
			"example", "examples", "sample", "samples", "demo", "demos":
			return true
		}
	}
	base := strings.ToLower(path.Base(name))
	for _, mark := range []string{"_test.", ".test.", ".spec.", "-test.", "_spec.", ".example", ".sample", ".dist", ".template", ".tpl", ".md", ".rst", ".adoc"} {
		if strings.Contains(base, mark) {
			return true
		}
	}
	return strings.HasPrefix(base, "test_")
}
