package cli

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"pavise/catalog"
	"pavise/proxy"
	"pavise/site"
)

// ConfigFile is what a configuration is called where nobody names it.
const ConfigFile = "pavise.yaml"

// ReadFile reads a configuration: its error is the [site.Errors] in it, or why it cannot be
// read.
func ReadFile(name string) (*site.File, error) {
	return site.Load(name, catalog.Controls(), understood)
}

// ParseFile is [ReadFile] for one that is not written yet.
func ParseFile(name string, data []byte) (*site.File, error) {
	return site.Parse(name, data, catalog.Controls(), understood)
}

// Guardable reports what must not be stood in front of by a Pavise that listens there.
func Guardable(up proxy.Upstream, remote bool, listening ...string) error {
	if !up.Local() && !remote {
		return Usage("--allow-remote-upstream, or allow-remote-upstream: true in the file, if nobody else can reach it there",
			"%s is on another machine: what is sent there, and who else may reach it, Pavise cannot guard", up)
	}
	if slices.ContainsFunc(listening, up.At) {
		return Usage("name the port of the app, which must be another", "%s is where Pavise itself would listen", up)
	}
	return nil
}

func understood(to string) error {
	_, err := proxy.ParseUpstream(to)
	return err
}

// LoadFile is [ReadFile] where the file is not what the command is about. Beside an error
// is what could be read of it.
func LoadFile(name string) (*site.File, error) {
	file, err := ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return file, Usage("a relative path begins at the folder in which pavise was started: ls "+filepath.Dir(name), "there is no configuration %s", name)
	}
	if err != nil {
		err = Usage("pavise check "+name, "%w", err)
	}
	return file, err
}
