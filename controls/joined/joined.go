// Package joined holds the controls that need two looks at once: what a program or a
// server is set up to do, read on disk, and what arrives at the other end. They are
// verified only.
package joined

import (
	"net/http"
	"strings"

	"pavise"
)

// sight is what was learnt of the site; without it, what to say of every rule.
func sight(e *pavise.Evidence, doc pavise.Doc) (home *pavise.Answer, none []pavise.Finding) {
	if e.Target.Host() == "" {
		return nil, nil // nobody looked at a site
	}
	home, why := e.Heard(e.Target.Home())
	if home == nil {
		return nil, doc.All(pavise.Unlooked, e.Target.URL, "the home page: "+why)
	}
	return home, nil
}

// uses are those of the program itself, not of its tests.
func uses(e *pavise.Evidence, keep func(pavise.Use) bool) []pavise.Use {
	var list []pavise.Use
	if e.Project == nil {
		return nil
	}
	for _, u := range e.Project.Uses {
		if !u.Test && keep(u) {
			list = append(list, u)
		}
	}
	return list
}

// set are the cookies that the site set, in any answer.
func set(e *pavise.Evidence) []pavise.SetCookie {
	var list []pavise.SetCookie
	for _, a := range append(e.Site(), e.Walked()...) {
		for _, line := range a.Response.Header[http.CanonicalHeaderKey("Set-Cookie")] {
			list = append(list, pavise.ParseSetCookie(line))
		}
	}
	return list
}

// directives are all of a name in a block and in those within, each with the blocks in
// which it stands.
func directives(block []pavise.Directive, name string, visit func(d pavise.Directive, in []pavise.Directive)) {
	var walk func(block, in []pavise.Directive)
	walk = func(block, in []pavise.Directive) {
		for _, d := range block {
			if d.Name == name {
				visit(d, in)
			}
			if len(in) < maxDepth {
				walk(d.Block, append(in[:len(in):len(in)], d))
			}
		}
	}
	walk(block, nil)
}

const maxDepth = 64 // blocks in one another

// servers are the blocks of nginx that answer for a host over TLS.
func servers(e *pavise.Evidence, host string) []pavise.Directive {
	var list []pavise.Directive
	if e.Machine == nil {
		return nil
	}
	for _, c := range e.Machine.Configs {
		if c.Service != "nginx" {
			continue
		}
		directives(c.Directives, "server", func(d pavise.Directive, _ []pavise.Directive) {
			if named(d, host) && secure(d) {
				list = append(list, d)
			}
		})
	}
	return list
}

// named reports whether a server block bears the name, exactly or by a leading *.
func named(server pavise.Directive, host string) bool {
	for _, d := range server.Block {
		if d.Name != "server_name" {
			continue
		}
		for _, name := range d.Args {
			name = strings.ToLower(name)
			if suffix, wild := strings.CutPrefix(name, "*"); name == host || wild && strings.HasPrefix(suffix, ".") && strings.HasSuffix(host, suffix) {
				return true
			}
		}
	}
	return false
}

func secure(server pavise.Directive) bool {
	for _, d := range server.Block {
		if d.Name != "listen" {
			continue
		}
		for _, word := range d.Args[min(1, len(d.Args)):] {
			if word == "ssl" {
				return true
			}
		}
	}
	return false
}
