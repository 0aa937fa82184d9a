package host

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"pavise"
	"pavise/audit/tree"
)

const (
	filesControl = "host.files"
	maxEntries   = 100_000 // of all folders that are walked
	maxLevels    = 16
	maxNoted     = 1000
)

// An owner notes files with who may read them.
type owner struct {
	users, groups map[string]string
	noted         map[string]bool
}

func newOwner(t *tree.Tree) *owner {
	return &owner{users: accounts(t), groups: names(t, "/etc/group"), noted: map[string]bool{}}
}

// note adds a file as it lies there.
func (o *owner) note(t *tree.Tree, m *pavise.Machine, file, kind, served string) {
	if o.noted[file+kind] {
		return
	}
	o.noted[file+kind] = true
	real, err := t.Resolve(file)
	if err != nil {
		t.Miss(file, err.Error(), filesControl)
		return
	}
	info, err := t.Stat(real)
	switch {
	case err != nil:
		t.Miss(file, err.Error(), filesControl)
		return
	case info.IsDir() && kind == "private key":
		return
	case len(m.Files) == maxNoted:
		t.Miss(file, fmt.Sprintf("more than %d files are to be told", maxNoted), filesControl)
		return
	}
	f := pavise.DiskFile{File: file, Kind: kind, Mode: uint32(info.Mode().Perm()), Served: served, Sheltered: sheltered(t, real)}
	if user, group, ok := ids(info); ok {
		f.Owner, f.Group = nameOf(o.users, user), nameOf(o.groups, group)
	}
	m.Files = append(m.Files, f)
}

func nameOf(list map[string]string, id uint32) string {
	n := strconv.FormatUint(uint64(id), 10)
	if name := list[n]; name != "" {
		return name
	}
	return n
}

// sheltered reports whether a folder above a file keeps others out.
func sheltered(t *tree.Tree, file string) bool {
	for dir := path.Dir(file); dir != "/" && dir != "."; dir = path.Dir(dir) {
		if info, err := t.Stat(dir); err == nil && info.Mode().Perm()&0o001 == 0 {
			return true
		}
	}
	return false
}

// files looks through the folders that web servers serve, and those that apps run in.
func files(ctx context.Context, t *tree.Tree, m *pavise.Machine, own *owner) {
	w := &walker{ctx: ctx, tree: t, machine: m, own: own, left: maxEntries, done: map[string]bool{}}
	for _, c := range m.Configs {
		for _, dir := range served(c, c.Directives) {
			w.walk(dir, dir, 0)
		}
	}
	for _, u := range m.Units {
		if !u.App {
			continue
		}
		for _, d := range u.Settings {
			if d.Name == "WorkingDirectory" && len(d.Args) > 0 && strings.HasPrefix(strings.TrimPrefix(d.Args[0], "-"), "/") {
				w.walk(strings.TrimPrefix(d.Args[0], "-"), "", 0)
			}
		}
	}
}

// served lists the folders that a block serves, and those within it.
func served(c pavise.Config, block []pavise.Directive) (dirs []string) {
	for _, d := range block {
		dir := ""
		switch name := strings.ToLower(d.Name); {
		case c.Service == "nginx" && (name == "root" || name == "alias") && len(d.Args) == 1:
			dir = at(c, d.Args[0])
		case c.Service == "apache" && name == "documentroot" && len(d.Args) == 1:
			dir = at(c, d.Args[0])
		case c.Service == "apache" && name == "alias" && len(d.Args) == 2:
			dir = at(c, d.Args[1])
		}
		if dir != "" && !strings.Contains(dir, "$") && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		dirs = append(dirs, served(c, d.Block)...)
	}
	return dirs
}

// A walker looks through folders, all of them together within a bound.
type walker struct {
	ctx     context.Context
	tree    *tree.Tree
	machine *pavise.Machine
	own     *owner
	left    int
	done    map[string]bool
}

// walk looks through a folder. Links are not followed: the server that follows them is
// judged by its settings.
func (w *walker) walk(dir, served string, depth int) {
	if w.done[dir] || !w.tree.Exists(dir) {
		return
	}
	w.done[dir] = true
	list, err := w.tree.List(dir)
	if err != nil {
		w.tree.Miss(dir, err.Error(), filesControl)
		return
	}
	for _, e := range list {
		if w.left--; w.left < 0 || w.ctx.Err() != nil || depth > maxLevels {
			w.tree.Miss(dir, "there is more in it than is looked at", filesControl)
			return
		}
		file := path.Join(dir, e.Name())
		if served != "" {
			w.writable(file, e, served)
		}
		switch kind := w.kind(file, e); {
		case kind == "repository" && served == "": // an app may be run where it was checked out
		case kind != "":
			w.own.note(w.tree, w.machine, file, kind, served)
		case e.IsDir() && (served != "" || e.Name() != "node_modules"):
			w.walk(file, served, depth+1)
		}
	}
}

// writable notes what everybody may write.
func (w *walker) writable(file string, e fs.DirEntry, served string) {
	if !e.Type().IsRegular() && !e.IsDir() {
		return
	}
	info, err := e.Info()
	if err == nil && info.Mode().Perm()&0o002 != 0 && info.Mode()&fs.ModeSticky == 0 {
		w.own.note(w.tree, w.machine, file, "writable", served)
	}
}

// kinds are what nobody but the app or its owner needs, by name.
var kinds = map[string]string{
	".env": "environment", ".htpasswd": "passwords", ".netrc": "passwords", ".pgpass": "passwords", ".my.cnf": "passwords", ".npmrc": "passwords",
	"id_rsa": "private key", "id_dsa": "private key", "id_ecdsa": "private key", "id_ed25519": "private key",
	".bash_history": "shell history", ".zsh_history": "shell history", ".sh_history": "shell history", ".ash_history": "shell history",
	".mysql_history": "shell history", ".psql_history": "shell history", ".node_repl_history": "shell history", ".python_history": "shell history",
}

// endings are those of copies and dumps.
var endings = map[string]string{
	".sql": "database dump", ".sql.gz": "database dump", ".sql.zip": "database dump", ".dump": "database dump", ".sqlite": "database", ".sqlite3": "database",
	".bak": "backup", ".backup": "backup", ".old": "backup", ".orig": "backup", ".save": "backup", ".swp": "backup", "~": "backup",
}

// kind says what a file is, as far as it matters; "" if it does not.
func (w *walker) kind(file string, e fs.DirEntry) string {
	name := strings.ToLower(e.Name())
	switch {
	case e.IsDir() && (name == ".git" || name == ".svn" || name == ".hg"):
		return "repository"
	case !e.Type().IsRegular():
		return ""
	case kinds[name] != "":
		return kinds[name]
	case strings.HasPrefix(name, ".env.") && !slices.Contains([]string{".example", ".sample", ".dist", ".template"}, path.Ext(name)):
		return "environment"
	case strings.HasSuffix(name, ".key"), strings.HasSuffix(name, ".pem"):
		if text, err := w.tree.Read(file, maxPEM); err == nil && bytes.Contains(text, []byte("PRIVATE KEY-----")) {
			return "private key"
		}
		return ""
	case isArchive(name) && (strings.Contains(name, "backup") || strings.Contains(name, "dump") || strings.HasPrefix(name, "db.")):
		return "backup"
	}
	for end, kind := range endings {
		if strings.HasSuffix(name, end) {
			return kind
		}
	}
	return ""
}

func isArchive(name string) bool {
	for _, end := range []string{".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".7z", ".gz", ".rar"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
