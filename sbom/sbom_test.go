package sbom_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/sbom"
)

var about = sbom.About{Tool: "pavise", Version: "0.1.0", At: time.Date(2026, 3, 14, 9, 26, 53, 5, time.UTC)}

func project() *pavise.Project {
	sum := "sha512-" + strings.Repeat("A", 86) + "=="
	return &pavise.Project{Root: "/srv/shop",
		Modules: []pavise.Module{{Dir: ".", Ecosystem: pavise.NPM, Name: "shop", Version: "1.2.0", Manifest: "package.json",
			Needs: []pavise.Need{{Key: "k/express", Range: "^4"}, {Key: "k/mocha", Scope: pavise.Dev}, {Key: "gone"}}},
			{Dir: "api", Ecosystem: pavise.GoModules, Name: "example.com/api", Manifest: "api/go.mod", Needs: []pavise.Need{{Key: "k/net"}}}},
		Manifests: []pavise.Manifest{{File: "package-lock.json", Form: "package-lock v3", SHA256: strings.Repeat("0a", 32)}},
		Packages: []pavise.Package{
			{Key: "k/express", Ecosystem: pavise.NPM, Name: "express", Version: "4.21.2", Resolved: "https://registry.npmjs.org/express/-/express-4.21.2.tgz", Sum: sum, Needs: []pavise.Need{{Key: "k/send"}, {Key: "k/express"}}},
			{Key: "k/send", Ecosystem: pavise.NPM, Name: "@scope/send", Version: "1.0.0"},
			{Key: "k/mocha", Ecosystem: pavise.NPM, Name: "mocha", Range: "^2", Scope: pavise.Dev},
			{Key: "k/net", Ecosystem: pavise.GoModules, Name: "golang.org/x/net", Version: "0.1.0"},
		}}
}

func written(t *testing.T, format string, p *pavise.Project) map[string]any {
	t.Helper()
	var b bytes.Buffer
	if err := sbom.Write(&b, format, p, about); err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(b.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at follows keys and places into a document.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}

func TestCycloneDX(t *testing.T) {
	doc := written(t, "cyclonedx", project())
	for _, c := range []struct {
		want any
		path []any
	}{
		{"CycloneDX", []any{"bomFormat"}}, {"1.6", []any{"specVersion"}},
		{"2026-03-14T09:26:53Z", []any{"metadata", "timestamp"}},
		{"shop", []any{"metadata", "component", "name"}}, {"application", []any{"metadata", "component", "type"}}, {"pkg:npm/shop@1.2.0", []any{"metadata", "component", "purl"}},
		{"pkg:npm/express@4.21.2", []any{"components", 0, "purl"}}, {"SHA-512", []any{"components", 0, "hashes", 0, "alg"}},
		{strings.Repeat("0", 128), []any{"components", 0, "hashes", 0, "content"}},
		{"excluded", []any{"components", 1, "scope"}},
		{"pkg:golang/golang.org/x/net@v0.1.0", []any{"components", 2, "purl"}},
		{"pkg:npm/%40scope/send@1.0.0", []any{"components", 3, "purl"}}, {"required", []any{"components", 3, "scope"}},
		{"application", []any{"components", 4, "type"}},
		{"complete", []any{"compositions", 0, "aggregate"}},
	} {
		if got := at(t, doc, c.path...); got != c.want {
			t.Errorf("%v is %v, want %v", c.path, got, c.want)
		}
	}
	on := map[string]string{}
	for _, d := range doc["dependencies"].([]any) {
		text, _ := json.Marshal(d.(map[string]any)["dependsOn"])
		on[d.(map[string]any)["ref"].(string)] = string(text)
	}
	if on["module package.json"] != `["k/express","k/mocha","module api/go.mod"]` || on["k/express"] != `["k/send"]` || len(on) != 6 {
		t.Errorf("%v", on)
	}
	p := project()
	p.Unread = []pavise.Unread{{What: "api/go.sum", Why: "it is longer than 65536 kB"}}
	if got := at(t, written(t, "cyclonedx", p), "compositions", 0, "aggregate"); got != "incomplete" {
		t.Errorf("what could not be read is %v", got)
	}
}

func TestSPDX(t *testing.T) {
	doc := written(t, "spdx", project())
	if doc["spdxVersion"] != "SPDX-2.3" || at(t, doc, "packages", 0, "name") != "shop" || at(t, doc, "packages", 0, "primaryPackagePurpose") != "APPLICATION" ||
		at(t, doc, "packages", 1, "checksums", 0, "algorithm") != "SHA512" || at(t, doc, "packages", 1, "externalRefs", 0, "referenceLocator") != "pkg:npm/express@4.21.2" {
		t.Errorf("%v", doc["packages"])
	}
	var kinds []string
	for _, r := range doc["relationships"].([]any) {
		r := r.(map[string]any)
		kinds = append(kinds, r["spdxElementId"].(string)+" "+r["relationshipType"].(string)+" "+r["relatedSpdxElement"].(string))
	}
	for _, want := range []string{"SPDXRef-DOCUMENT DESCRIBES SPDXRef-Package-0", "SPDXRef-Package-0 DEPENDS_ON SPDXRef-Package-1", "SPDXRef-Package-2 DEV_DEPENDENCY_OF SPDXRef-Package-0"} {
		if !slices.Contains(kinds, want) {
			t.Errorf("%q is not among %q", want, kinds)
		}
	}
}

// TestSame: the same project gives the same bytes, in whatever order it was read.
func TestSame(t *testing.T) {
	for _, format := range sbom.Formats {
		var a, b bytes.Buffer
		p := project()
		if err := sbom.Write(&a, format, p, about); err != nil {
			t.Fatal(err)
		}
		slices.Reverse(p.Packages)
		if err := sbom.Write(&b, format, p, about); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s differs", format)
		}
		p.Packages[0].Version = "9"
		b.Reset()
		if err := sbom.Write(&b, format, p, about); err != nil || bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: another version gives the same bill, %v", format, err)
		}
	}
	if err := sbom.Write(&bytes.Buffer{}, "xml", project(), about); err == nil {
		t.Error("a form that is none is written")
	}
}

// TestBare: a folder of which nothing is known is named all the same.
func TestBare(t *testing.T) {
	doc := written(t, "cyclonedx", &pavise.Project{Root: "/srv/bare"})
	if at(t, doc, "metadata", "component", "name") != "bare" || len(doc["components"].([]any)) != 0 {
		t.Errorf("%v", doc)
	}
}

// TestHostile: sums that are none are left out.
func TestHostile(t *testing.T) {
	p := project()
	p.Packages[0].Sum = "sha512-??? md5-AAAA sha1-AAAA"
	if _, has := at(t, written(t, "cyclonedx", p), "components", 0).(map[string]any)["hashes"]; has {
		t.Error("a hash that is none is told")
	}
}
