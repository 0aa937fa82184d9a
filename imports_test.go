package pavise_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Standard,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// floor says how high a package stands: imports run down only.
func floor(path string) int {
	switch {
	case path == "pavise/internal/poison":
		return -2
	case path == "pavise/internal/http1", // what HTTP means, whoever speaks it
		path == "pavise/internal/tracecontext", // what its traces do
		path == "pavise/internal/rawtls":       // and what TLS does
		return -1
	case path == "pavise", path == "pavise/internal/http2", path == "pavise/internal/upstream",
		path == "pavise/internal/weaktls", path == "pavise/internal/meter", // what engines count by
		path == "pavise/internal/redact",                                     // and what they must not tell
		path == "pavise/internal/atomicfile",                                 // and what they keep on disk by
		path == "pavise/internal/handover", path == "pavise/internal/notify": // what passes from one process to the next
		return 0
	case strings.HasPrefix(path, "pavise/controls/"):
		return 1
	case path == "pavise/test/tools": // what every test may lack
		return 2
	case path == "pavise/test/servers", path == "pavise/test/browser": // and what other servers for tests, and journeys, are made of
		return 3
	case strings.HasPrefix(path, "pavise/internal/scaffold"), strings.HasPrefix(path, "pavise/internal/docgen"),
		strings.HasPrefix(path, "pavise/test/"),
		strings.HasPrefix(path, "pavise/examples/"):
		return 5
	case path == "pavise/cmd/pavise/internal/cli": // what the commands share
		return 3
	case path == "pavise/cmd/pavise/internal/database": // what others judge by
		return 4
	case strings.HasPrefix(path, "pavise/cmd/pavise/internal/"): // groups of commands
		return 5
	case strings.HasPrefix(path, "pavise/cmd/"):
		return 6
	case path == "pavise/internal/versions": // how each ecosystem orders versions
		return 0
	case path == "pavise/audit": // what it reads with stands below it
		return 4
	case path == "pavise/audit/host": // with how services are configured below it
		return 3
	case path == "pavise/audit/tree": // what every reader of a folder reads with
		return 1
	case strings.HasPrefix(path, "pavise/audit/"):
		return 2
	case path == "pavise/site/from": // what it makes sites of stands below it
		return 2
	case path == "pavise/mail": // with what it hands letters to below it
		return 3
	case path == "pavise/mail/letter":
		return 0
	case strings.HasPrefix(path, "pavise/mail/"):
		return 2
	case path == "pavise/sbom": // with how vex names packages below it
		return 2
	case path == "pavise/catalog", path == "pavise/scan", path == "pavise/proxy", // what it asks with stands below it
		path == "pavise/store": // so does each kind of store
		return 2
	}
	return 1 // engines and what they keep inside
}

func TestImportsRunDown(t *testing.T) {
	for _, p := range packages(t) {
		family := strings.HasPrefix(p.ImportPath, "pavise/controls/")
		for _, to := range p.Imports {
			ours := to == "pavise" || strings.HasPrefix(to, "pavise/")
			switch {
			case ours && floor(to) >= floor(p.ImportPath):
				t.Errorf("%s imports %s, which stands as high", p.ImportPath, to)
			case !ours && (family || p.ImportPath == "pavise") && strings.Contains(strings.Split(to, "/")[0], ".") &&
				!strings.HasPrefix(to, "golang.org/x/"):
				t.Errorf("%s imports %s: the vocabulary and the controls need only the standard library and golang.org/x", p.ImportPath, to)
			}
		}
	}
}

func TestNamesSaySomething(t *testing.T) {
	for _, p := range packages(t) {
		last := p.ImportPath[strings.LastIndex(p.ImportPath, "/")+1:]
		switch last {
		case "util", "utils", "common", "helper", "helpers", "misc", "shared", "base":
			t.Errorf("%s: a name that says nothing", p.ImportPath)
		}
	}
}
