// Package install makes Pavise a service of systemd: a user of its own, a unit that may
// do what it must and no more, its configuration, man pages and completions. What it
// writes can be shown first, and taken away again.
package install

import (
	"bytes"
	"embed"
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
	User   string // who it runs as: pavise
	Binary string // /usr/bin/pavise
	Config string // /etc/pavise/pavise.yaml
	Mail   bool   // a second service, by a user of its own, that relays the mail of this machine
}

// What unit, state and log folder are called, and the unit of the relay.
const (
	name     = "pavise"
	MailName = name + "-mail"
)

// MailUser is who the relay runs as.
func (s Service) MailUser() string { return s.complete().User + "-mail" }

func (s Service) complete() Service {
	for field, standard := range map[*string]string{&s.User: "pavise",
		&s.Binary: "/usr/bin/pavise", &s.Config: "/etc/pavise/pavise.yaml"} {
		if *field == "" {
			*field = standard
		}
	}
	return s
}

//go:embed pavise.service pavise-mail.service sandbox.conf
var units embed.FS

var templates = template.Must(template.Must(template.ParseFS(units, "*.service")).New("sandbox").Parse(sandbox()))

// sandbox is what no service of ours may do.
func sandbox() string {
	text, err := units.ReadFile("sandbox.conf")
	if err != nil {
		panic(err) // it is ours
	}
	return string(text)
}

// Validate reports what systemd would read as something else.
func (s Service) Validate() error {
	s = s.complete()
	var errs []error
	names := map[string]string{"user": s.User}
	if s.Mail {
		names["user of the relay"] = s.MailUser()
	}
	for what, value := range names {
		if strings.Trim(value, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" || value[0] == '-' || len(value) > 31 {
			errs = append(errs, fmt.Errorf("the %s %q must be up to 31 lower-case letters, digits, - and _", what, value))
		}
	}
	for what, path := range map[string]string{"binary": s.Binary, "configuration": s.Config} {
		if !filepath.IsAbs(path) || strings.ContainsAny(path, " \t\n\"'\\%$;") {
			errs = append(errs, fmt.Errorf("the path of the %s, %q, must be absolute, without blanks, quotes, %% and $", what, path))
		}
	}
	return errors.Join(errs...)
}

// Unit is the service as systemd reads it.
func (s Service) Unit() []byte { return s.unit("pavise.service") }

// MailUnit is that of the relay.
func (s Service) MailUnit() []byte { return s.unit("pavise-mail.service") }

func (s Service) unit(file string) []byte {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, file, s.complete()); err != nil {
		panic(err) // the template is ours
	}
	return out.Bytes()
}

// Starts reports whether a unit of systemd starts the program.
func Starts(unit []byte, binary string) bool {
	for line := range strings.Lines(string(unit)) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=")
		words := strings.Fields(strings.TrimLeft(command, "-@:+!| \t")) // systemd.service(5), special executable prefixes
		if ok && len(words) > 0 && words[0] == binary {
			return true
		}
	}
	return false
}

// Files are the unit, and the user that systemd-sysusers makes by its file: for this
// machine, or as a package brings them.
func (s Service) Files(packaged bool) []File {
	s = s.complete()
	units, users, folders := "/etc/systemd/system", "/etc/sysusers.d", "/etc/tmpfiles.d"
	if packaged {
		units, users, folders = "/usr/lib/systemd/system", "/usr/lib/sysusers.d", "/usr/lib/tmpfiles.d"
	}
	files := []File{
		{Path: filepath.Join(users, name+".conf"), Mode: 0o644,
			Text: fmt.Appendf(nil, "u %s - \"Pavise\" /var/lib/%s\n", s.User, name)},
		{Path: filepath.Join(units, name+".service"), Mode: 0o644, Text: s.Unit()},
	}
	if !s.Mail {
		return files
	}
	return append(files,
		File{Path: filepath.Join(users, MailName+".conf"), Mode: 0o644,
			Text: fmt.Appendf(nil, "u %s - \"Pavise mail\" /var/spool/%s\n", s.MailUser(), name)},
		File{Path: filepath.Join(folders, MailName+".conf"), Mode: 0o644, // everybody reaches the drop in it, and sees nothing
			Text: fmt.Appendf(nil, "d /var/spool/%s 0711 %s %s -\n", name, s.MailUser(), s.MailUser())},
		File{Path: filepath.Join(units, MailName+".service"), Mode: 0o644, Text: s.MailUnit()})
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
		{[]string{"systemd-sysusers", name + ".conf"}, "makes the user " + s.User},
	}
	if s.Mail {
		list = append(list, Command{[]string{"systemd-sysusers", MailName + ".conf"}, "makes the user " + s.MailUser()},
			Command{[]string{"systemd-tmpfiles", "--create", MailName + ".conf"}, "makes the folder of the queue"})
	}
	list = append(list, Command{[]string{"systemctl", "daemon-reload"}, "reads the unit"})
	if start && s.Mail {
		list = append(list, Command{[]string{"systemctl", "enable", "--now", MailName + ".service"}, "relays mail, now and after every boot"})
	}
	if start {
		list = append(list, Command{[]string{"systemctl", "enable", "--now", name + ".service"}, "serves, now and after every boot"})
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
