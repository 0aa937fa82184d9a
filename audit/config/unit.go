package config

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

// unitFolders are where units lie; the first that has one of a name counts.
var unitFolders = []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
	"/lib/systemd/system"}

const unitAdmin = "/etc/systemd/system"

// maxUnits bounds the services of a machine.
const maxUnits = 2000

// Bounds of one unit.
const (
	maxSettings = 5000
	maxDropins  = 1000
)

// units are those of a machine, and what enables them.
type units struct {
	*reader
	folders []string            // without those that are another by a link
	enabled map[string]bool     // by the name of the unit, as links in .wants have it
	places  map[string]string   // the file of each
	dropins map[string][]string // the files of each folder NAME.d, by their name
	listens map[string]bool     // units with a socket
}

// readUnits adds the services that are enabled, listen or run an app.
func readUnits(ctx context.Context, t *tree.Tree, m *pavise.Machine) {
	u := &units{reader: &reader{ctx: ctx, tree: t}, enabled: map[string]bool{}, places: map[string]string{},
		dropins: map[string][]string{}, listens: map[string]bool{}}
	for _, s := range m.Sockets {
		u.listens[s.Unit] = s.Unit != ""
	}
	seen := map[string]bool{}
	for _, folder := range unitFolders {
		if at, err := t.Resolve(folder); err == nil && !seen[at] && t.Exists(at) {
			seen[at] = true
			u.folder(folder)
		}
	}
	for _, name := range u.names() {
		if unit, ok := u.unit(name); ok {
			m.Units = append(m.Units, unit)
		}
	}
	m.Unread = append(m.Unread, u.config.Unread...)
}

// folder notes what lies in a folder of units.
func (u *units) folder(folder string) {
	u.folders = append(u.folders, folder)
	list, err := u.tree.List(folder)
	if err != nil {
		u.miss(folder, err.Error())
	}
	for _, e := range list {
		name, file := e.Name(), path.Join(folder, e.Name())
		switch path.Ext(name) {
		case ".service":
			if u.places[name] == "" && len(u.places) < maxUnits {
				u.places[name] = file
			} else if u.places[name] == "" {
				u.stop(folder, "there are too many units")
			}
		case ".wants", ".requires", ".d":
			u.below(file, name)
		}
	}
}

// below notes the links of a folder .wants, or the files of a folder .d.
func (u *units) below(folder, name string) {
	list, err := u.tree.List(folder)
	if err != nil && u.isFolder(folder) {
		u.miss(folder, err.Error())
	}
	for _, e := range list {
		if path.Ext(name) != ".d" {
			u.enabled[e.Name()] = true
			continue
		}
		if path.Ext(e.Name()) == ".conf" {
			of := strings.TrimSuffix(name, ".d")
			if len(u.dropins[of]) == maxDropins {
				u.miss(folder, fmt.Sprintf("there are more than %d drop-ins", maxDropins))
				return
			}
			same := func(file string) bool { return path.Base(file) == e.Name() }
			if !slices.ContainsFunc(u.dropins[of], same) { // of an earlier folder, which counts
				u.dropins[of] = append(u.dropins[of], path.Join(folder, e.Name()))
			}
		}
	}
}

func (u *units) isFolder(name string) bool {
	info, err := u.tree.Stat(name)
	return err != nil || info.IsDir()
}

// names are the services, sorted: of a template those instances that are enabled.
func (u *units) names() []string {
	list := map[string]bool{}
	for name := range u.places {
		list[name] = !strings.HasSuffix(name, "@.service")
	}
	for name := range u.enabled {
		if path.Ext(name) == ".service" {
			list[name] = true
		}
	}
	var names []string
	for name, is := range list {
		if is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// unit reads one, if it is of those that are told of.
func (u *units) unit(name string) (pavise.Unit, bool) {
	file := cmp.Or(u.places[name], u.places[template(name)])
	if file == "" {
		return pavise.Unit{}, false
	}
	real, err := u.tree.Resolve(file)
	if err == nil && real == "/dev/null" { // it is masked
		return pavise.Unit{}, false
	}
	unit := pavise.Unit{Name: name, File: file, Enabled: u.enabled[name]}
	u.settings(&unit, file)
	for _, dropin := range u.dropinsOf(name) {
		unit.Files = append(unit.Files, dropin)
		u.settings(&unit, dropin)
	}
	own := path.Dir(file) == unitAdmin && (err != nil || path.Dir(real) == unitAdmin || !strings.Contains(real, "/lib/systemd/"))
	unit.App = runsApp(unit.Settings) && (own || unit.Enabled && (u.listens[name] || ownFolder(program(unit.Settings))))
	return unit, unit.App || unit.Enabled || u.listens[name]
}

// template is the name of the template of an instance; "" is that it is none.
func template(name string) string {
	if before, _, ok := strings.Cut(name, "@"); ok {
		return before + "@.service"
	}
	return ""
}

// dropinsOf are the files that change a service, in the order in which they count.
func (u *units) dropinsOf(name string) []string {
	var list []string
	for _, of := range []string{name, template(name), "service"} {
		for _, file := range u.dropins[of] {
			if !slices.ContainsFunc(list, func(other string) bool { return path.Base(other) == path.Base(file) }) {
				list = append(list, file)
			}
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Compare(path.Base(a), path.Base(b)) })
	return list
}

// settings reads [Service] of a file. An empty value takes back what was said of the name
// before; it stays where it says something itself: no capability at all.
func (u *units) settings(unit *pavise.Unit, file string) {
	u.enter(file, func(text string) {
		section := ""
		for line := range backslashed(text, " ") {
			bare := strings.TrimSpace(line.text)
			if bare == "" || bare[0] == '#' || bare[0] == ';' {
				continue
			}
			if bare[0] == '[' {
				section = bare
				continue
			}
			name, value, ok := strings.Cut(bare, "=")
			if section != "[Service]" || !ok {
				continue
			}
			if len(unit.Settings) == maxSettings || !u.more(file) {
				u.miss(file, fmt.Sprintf("there are more than %d settings", maxSettings))
				return
			}
			d := pavise.Directive{File: file, Line: line.number, Name: strings.TrimSpace(name)}
			if value = strings.TrimSpace(value); value == "" {
				unit.Settings = slices.DeleteFunc(unit.Settings, func(other pavise.Directive) bool { return other.Name == d.Name })
				if !strings.HasSuffix(d.Name, "CapabilityBoundingSet") && d.Name != "AmbientCapabilities" {
					continue
				}
			} else {
				d.Args = unitArgs(d.Name, value)
			}
			unit.Settings = append(unit.Settings, d)
		}
	})
}
