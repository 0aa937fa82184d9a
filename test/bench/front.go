package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
)

// host is the name of the site. Names below localhost need no entry anywhere.
const host = "shop.localhost"

// workers is how many each server has that has workers at all.
const workers = 2

// A front is one of the servers that are compared.
type front struct {
	name    string
	http2   bool
	dressed bool     // it sends the headers that Pavise sends
	headers []string // else names of some that it must send
	command func(site) (*exec.Cmd, error)
}

// fronts are the servers in the order of the tables. Ratios are to the first.
var fronts = []front{nginx, nginxHardened, haproxy, caddy, caddyDressed, pavise, express}

// A site is what a configuration is filled in with.
type site struct {
	Dir       string // a folder of its own
	WWW       string // the pages
	Bin       string // what was built
	Port      int
	Origin    string
	Cert, Key string
	Headers   []header // what Pavise sends beside the app's
}

// A header is a field that a server adds to the answers of the app.
type header struct{ Name, Value string }

func (site) Host() string { return host }
func (site) Workers() int { return workers }
func (site) Root() bool   { return os.Geteuid() == 0 }

// fill writes a configuration into the folder of the site and returns its path.
func (s site) fill(name, text string) (string, error) {
	var out bytes.Buffer
	if err := template.Must(template.New(name).Parse(text)).Execute(&out, s); err != nil {
		return "", err
	}
	path := filepath.Join(s.Dir, name)
	return path, os.WriteFile(path, out.Bytes(), 0o600)
}
