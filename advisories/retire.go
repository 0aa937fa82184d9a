package advisories

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// retire reads the repository of RetireJS: jsrepository.json in its older forms, and
// in the fifth.
type retire struct{}

// The address and licence as of https://github.com/RetireJS/retire.js (read 2026-11-21).
func (retire) Source() Source {
	return Source{Name: "RetireJS", Licence: "Apache-2.0",
		Address: "https://raw.githubusercontent.com/RetireJS/retire.js/master/repository/jsrepository-v5.json"}
}

func (retire) Reads(_ string, head []byte) bool {
	return bytes.Contains(head, []byte(`"vulnerabilities"`))
}

type retireLibrary struct {
	Vulnerabilities []retireFlaw `json:"vulnerabilities"`
	Extractors      struct {
		URI     []string          `json:"uri"`
		File    []string          `json:"filename"`
		Content []string          `json:"filecontent"`
		Replace []string          `json:"filecontentreplace"`
		Hashes  map[string]string `json:"hashes"`
	} `json:"extractors"`
}

type retireFlaw struct {
	From        string   `json:"atOrAbove"`
	Below       string   `json:"below"`
	Except      []string `json:"excludes"`
	Severity    string   `json:"severity"`
	CWE         []string `json:"cwe"`
	Info        []string `json:"info"`
	Identifiers struct {
		Summary string `json:"summary"`
		CVE     words  `json:"CVE"`
		GitHub  words  `json:"githubID"`
		Own     words  `json:"retid"`
	} `json:"identifiers"`
}

// words is a string or a list of them, as different ages of the data have it.
type words []string

func (w *words) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '[' {
		return json.Unmarshal(b, (*[]string)(w))
	}
	var one string
	if err := json.Unmarshal(b, &one); err != nil {
		return err
	}
	*w = words{one}
	return nil
}

// Import reads a repository.
func (i retire) Import(part *Part, name string, r io.Reader) error {
	return eachKey(name, r, func(key string, raw json.RawMessage) error {
		if key == "retire-example" || key == "dont check" {
			return nil // of no library
		}
		var lib retireLibrary
		if err := json.Unmarshal(raw, &lib); err != nil {
			return err
		}
		library := strings.ToLower(clip(key))
		for _, flaw := range lib.Vulnerabilities {
			if flaw.Below == "" && flaw.From == "" {
				return fmt.Errorf("vulnerabilities: one has neither below nor atOrAbove, and would be about every version")
			}
			if err := part.add(flaw.entry(library)); err != nil {
				return err
			}
		}
		if len(lib.Vulnerabilities) == 0 {
			if err := part.add(Entry{Ecosystem: JavaScript, Name: library}); err != nil { // it is known, and nothing against it
				return err
			}
		}
		return part.sign(lib.signs(library)...)
	})
}

var severities = map[string]pavise.Severity{"none": pavise.Info, "low": pavise.Low, "medium": pavise.Medium,
	"moderate": pavise.Medium, "high": pavise.High, "critical": pavise.Critical}

func (f retireFlaw) entry(library string) Entry {
	n := &pavise.Notice{Title: clip(f.Identifiers.Summary), Severity: severities[strings.ToLower(f.Severity)], Fixed: clip(f.Below)}
	ids := slices.Concat(f.Identifiers.CVE, f.Identifiers.GitHub)
	for _, own := range f.Identifiers.Own {
		ids = append(ids, "RetireJS-"+own)
	}
	n.ID = clip(append(ids, "RetireJS")[0])
	for _, cwe := range f.CWE {
		n.CWE = append(n.CWE, clip(cwe))
	}
	for _, info := range f.Info {
		if u, err := url.Parse(info); err == nil && n.Source == "" && (u.Scheme == "https" || u.Scheme == "http") {
			n.Source = clip(info)
		}
	}
	if slices.Contains(f.CWE, "CWE-1104") { // use of what is not maintained
		n.ID, n.Fixed = pavise.EndOfLife, ""
	}
	if strings.Contains(n.Fixed, ".999") {
		n.Fixed = "" // a bound that is no version
	}
	e := Entry{Ecosystem: JavaScript, Name: library, From: clip(f.From), Below: clip(f.Below), Notice: n}
	for _, except := range f.Except {
		e.Except = append(e.Except, clip(except))
	}
	return e
}

func (l retireLibrary) signs(library string) []Sign {
	var list []Sign
	add := func(kind string, patterns []string) {
		for _, p := range patterns {
			list = append(list, Sign{Library: library, Kind: kind, Pattern: strings.ReplaceAll(p, "§§version§§", versionPattern)})
		}
	}
	add(byAddress, l.Extractors.URI)
	add(byFile, l.Extractors.File)
	add(byContent, l.Extractors.Content)
	for _, p := range l.Extractors.Replace { // "/pattern/replacement/"
		p = strings.TrimSuffix(strings.TrimPrefix(p, "/"), "/")
		if i := strings.LastIndexByte(p, '/'); i > 0 {
			list = append(list, Sign{Library: library, Kind: byContent, Version: clip(p[i+1:]),
				Pattern: strings.ReplaceAll(p[:i], "§§version§§", versionPattern)})
		}
	}
	for sum, version := range l.Extractors.Hashes {
		list = append(list, Sign{Library: library, Kind: byHash, Pattern: strings.ToLower(clip(sum)), Version: clip(version)})
	}
	return list
}

func clip(s string) string { return pavise.Clip(s, maxText) }
