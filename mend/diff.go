package mend

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"pavise"
	"pavise/internal/versions"
)

// Diff shows a change of a file, as patch takes it.
func Diff(f File) string {
	from, to := "a/"+f.Name, "b/"+f.Name
	if f.Before == nil {
		from = "/dev/null"
	}
	if f.After == nil {
		to = "/dev/null"
	}
	text := string(diff.Diff(from, f.Before, to, f.After))
	_, text, _ = strings.Cut(text, "\n") // the line that names the two again
	return text
}

// telling are values that no output shows: what is assigned to such a name.
var telling = regexp.MustCompile(`(?i)((?:secret|passw|token|credential|api_?key|private_?key)[\w-]*['"]?\s*[:=]\s*\[?\s*)(["'` + "`" + `][^"'` + "`" + `]*["'` + "`" + `])`)

// Shown is Diff for eyes: values that look like secrets are masked.
func Shown(f File) string { return telling.ReplaceAllString(Diff(f), "${1}'***'") }

// Lockfile reports whether a file is one that package managers write: its change is told
// by what it comes to.
func Lockfile(name string) bool {
	base := path.Base(name)
	return base == "go.sum" || slices.ContainsFunc(managers, func(m manager) bool { return m.lock == base && m.lock != "go.mod" })
}

// Moves says which packages have other versions than before, a line each.
func (w *Work) Moves() []string {
	if w.before.Project == nil || w.Evidence.Project == nil {
		return nil
	}
	was, is := taken(w.before.Project), taken(w.Evidence.Project)
	ids := slices.Sorted(maps.Keys(was))
	for id := range is {
		if was[id] == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	var lines []string
	for _, id := range ids {
		_, name, _ := strings.Cut(id, " ")
		switch before, after := was[id], is[id]; {
		case slices.Equal(before, after):
		case len(before) == 0:
			lines = append(lines, fmt.Sprintf("+ %s %s", name, strings.Join(after, ", ")))
		case len(after) == 0:
			lines = append(lines, fmt.Sprintf("- %s %s", name, strings.Join(before, ", ")))
		default:
			lines = append(lines, fmt.Sprintf("  %s %s → %s", name, strings.Join(before, ", "), strings.Join(after, ", ")))
		}
	}
	return lines
}

// taken are the versions of each package, the oldest first.
func taken(p *pavise.Project) map[string][]string {
	all := map[string][]string{}
	for _, pack := range p.Packages {
		id := pack.Ecosystem + " " + pack.Name
		if pack.Version != "" && !slices.Contains(all[id], pack.Version) {
			all[id] = append(all[id], pack.Version)
		}
	}
	for id, list := range all {
		ecosystem, _, _ := strings.Cut(id, " ")
		sys, _ := versions.Of(ecosystem)
		slices.SortFunc(list, func(a, b string) int {
			if _, ok := versions.Of(ecosystem); !ok {
				return strings.Compare(a, b)
			}
			return sys.Compare(a, b)
		})
	}
	return all
}
