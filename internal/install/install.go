// Package install makes Pavise a service of systemd: a user of its own, a unit that may
// do what it must and no more, its configuration, man pages and completions. What it
// writes can be shown first, and taken away again.
package install

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"pavise/internal/atomicfile"
)

// A Service is what is set up. The zero value of a field is what the package of Debian
// uses.
type Service struct {
	Name   string // of unit, state and log folder: pavise
	User   string // who it runs as: pavise
	Binary string // /usr/bin/pavise
	Config string // /etc/pavise/pavise.yaml
}

func (s Service) complete() Service {
	for field, standard := range map[*string]string{&s.Name: "pavise", &s.User: "pavise",
		&s.Binary: "/usr/bin/pavise", &s.Config: "/etc/pavise/pavise.yaml"} {
		if *field == "" {
			*field = standard
		}
	}
	return s
}

//go:embed pavise.service
var unit string

var unitTemplate = template.Must(template.New("unit").Parse(unit))

// Validate reports what systemd would read as something else.
func (s Service) Validate() error {
	s = s.complete()
	var errs []error
	for name, value := range map[string]string{"name": s.Name, "user": s.User} {
		if strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || value[0] == '-' || len(value) > 31 {
			errs = append(errs, fmt.Errorf("the %s %q must be up to 31 lower-case letters, digits, - and _", name, value))
		}
	}
	for name, path := range map[string]string{"binary": s.Binary, "configuration": s.Config} {
		if !filepath.IsAbs(path) || strings.ContainsAny(path, " \t\n\"'\\%$;") {
			errs = append(errs, fmt.Errorf("the path of the %s, %q, must be absolute, without blanks, quotes, %% and $", name, path))
		}
	}
	return errors.Join(errs...)
}

// Unit is the service as systemd reads it.
func (s Service) Unit() []byte {
	var out bytes.Buffer
	if err := unitTemplate.Execute(&out, s.complete()); err != nil {
		panic(err) // the template is ours
	}
	return out.Bytes()
}

// Files are the unit, and the user that systemd-sysusers makes by its file: for this
// machine, or as a package brings them.
func (s Service) Files(packaged bool) []File {
	s = s.complete()
	units, users := "/etc/systemd/system", "/etc/sysusers.d"
	if packaged {
		units, users = "/usr/lib/systemd/system", "/usr/lib/sysusers.d"
	}
	return []File{
		{Path: filepath.Join(users, s.Name+".conf"), Mode: 0o644,
			Text: fmt.Appendf(nil, "u %s - \"Pavise\" /var/lib/%s\n", s.User, s.Name)},
		{Path: filepath.Join(units, s.Name+".service"), Mode: 0o644, Text: s.Unit()},
	}
}

// A Command is run when the files are there.
type Command struct {
	Args []string
	Why  string
}

// Commands let systemd know of the files; start has it serve now and after every boot.
func (s Service) Commands(start bool) []Command {
	s = s.complete()
	list := []Command{
		{[]string{"systemd-sysusers", s.Name + ".conf"}, "makes the user " + s.User},
		{[]string{"systemctl", "daemon-reload"}, "reads the unit"},
	}
	if start {
		list = append(list, Command{[]string{"systemctl", "enable", "--now", s.Name + ".service"}, "serves, now and after every boot"})
	}
	return list
}

// A File is one that is written below the root.
type File struct {
	Path string // absolute
	Mode fs.FileMode
	Text []byte
	Keep bool // what is there already stays: it is the owner's
}

// Differs reports whether writing the file below the root would change anything.
func (f File) Differs(root string) bool {
	old, err := os.ReadFile(filepath.Join(root, f.Path))
	return err != nil || !f.Keep && !bytes.Equal(old, f.Text)
}

// Write writes the file below the root, whole or not at all.
func (f File) Write(root string) error {
	at := filepath.Join(root, f.Path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	return atomicfile.Write(at, f.Text, f.Mode)
}
