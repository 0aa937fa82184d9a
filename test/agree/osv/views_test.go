package osv

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/advisories"
	"pavise/audit"
	"pavise/catalog"
)

// data are the same records in the forms of both.
type data struct {
	ours   string // the database
	theirs string // the folder of archives
}

// add imports an archive, and lays it where osv-scanner looks.
func (d data) add(t *testing.T, ecosystem, archive string) {
	draft, err := advisories.Begin(d.ours)
	must(t, err)
	defer draft.Discard()
	must(t, draft.Read(archive))
	_, err = draft.Commit(nil)
	must(t, err)
	to := filepath.Join(d.theirs, "osv-scanner", ecosystem, "all.zip")
	must(t, os.MkdirAll(filepath.Dir(to), 0o700))
	from, err := os.Open(archive)
	must(t, err)
	defer from.Close()
	f, err := os.Create(to)
	must(t, err)
	defer f.Close()
	_, err = io.Copy(f, from)
	must(t, err)
}

// audited is what Pavise sees of a folder.
func audited(t *testing.T, dir, database string) view {
	db, err := advisories.Open(database)
	must(t, err)
	defer db.Close()
	e, err := audit.Collect(t.Context(), audit.Options{Dir: dir, Known: advisories.NewLibrary(db).Known}, catalog.OnDisk())
	must(t, err)
	if len(e.Project.Unread) > 0 {
		t.Errorf("Pavise could not read %+v", e.Project.Unread)
	}
	seen := view{}
	for _, p := range e.Project.Packages {
		if p.From == pavise.FromWorkspace || p.From == pavise.FromFile {
			continue // the project's own, which is judged by no advisory
		}
		at := pkg{p.Ecosystem, p.Name, strings.TrimPrefix(p.Version, "v")}
		seen[at] = nil
		a, _ := e.Heard(pavise.Probe{Known: &pavise.Known{Ecosystem: p.Ecosystem, Name: p.Name, Version: p.Version, Range: p.Range}})
		if a.Notices == nil {
			t.Errorf("%s: nobody has asked", at)
			continue
		}
		for _, n := range a.Notices.List {
			seen[at] = append(seen[at], append(flaw{n.ID}, n.Aliases...))
		}
	}
	return seen
}

// scanned is what osv-scanner sees in a lockfile.
func scanned(t *testing.T, program, lock, folder string) view {
	c := exec.CommandContext(t.Context(), program, "scan", "--experimental-offline", "--experimental-all-packages", "--format", "json", "-L", lock)
	c.Env = append(os.Environ(), "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY="+folder)
	var told bytes.Buffer
	c.Stderr = &told
	out, err := c.Output()
	if code := c.ProcessState.ExitCode(); code != 0 && code != 1 { // 1 is that there are flaws
		t.Fatalf("%s: %v\n%s", c, err, told.String())
	}
	var result struct {
		Results []struct {
			Packages []struct {
				Package         struct{ Name, Version, Ecosystem string }
				Vulnerabilities []struct {
					ID      string
					Aliases []string
				}
			}
		}
	}
	must(t, json.Unmarshal(out, &result))
	seen := view{}
	for _, r := range result.Results {
		for _, p := range r.Packages {
			at := pkg{p.Package.Ecosystem, p.Package.Name, strings.TrimPrefix(p.Package.Version, "v")}
			seen[at] = nil
			for _, v := range p.Vulnerabilities {
				seen[at] = append(seen[at], append(flaw{v.ID}, v.Aliases...))
			}
		}
	}
	return seen
}
