// Package joined holds the controls that need two looks at once: what a program or a
// server is set up to do, read on disk, and what arrives at the other end. They are
// verified only.
package joined

import (
	"fmt"
	"net/http"
	"slices"
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
	if s := home.Response.Status; s >= http.StatusInternalServerError || s == http.StatusTooManyRequests {
		return nil, doc.All(pavise.Unlooked, e.Target.URL, fmt.Sprintf("the home page: it is answered %d", s))
	}
	return home, nil
}

// page is one that the app is likely to have answered: the home page, else the first
// other page. A redirect or an error may be of what stands in front alone.
func page(e *pavise.Evidence, doc pavise.Doc) (page *pavise.Answer, none []pavise.Finding) {
	home, none := sight(e, doc)
	if home == nil || home.Response.Status/100 == 2 {
		return home, none
	}
	for _, a := range e.Site() {
		if a.Response.Status/100 == 2 && a.Response.HTML() && a.Probe.Request.Method == "" {
			return &a, nil
		}
	}
	return nil, doc.All(pavise.Unlooked, e.Target.URL, fmt.Sprintf("the home page is answered %d, and no other page was seen", home.Response.Status))
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

// A server is a block of nginx that answers, with the blocks around it, the nearest
// first.
type server struct {
	pavise.Directive
	around []pavise.Directive
}

const maxDepth = 16 // blocks in one another, till a server comes

// servers are those that answer for the site over TLS: by its name, else the one that
// answers where no name is theirs. What a file includes stands in its place.
func servers(e *pavise.Evidence) []server {
	var own, usual []server
	var walk func(block, around []pavise.Directive)
	walk = func(block, around []pavise.Directive) {
		for _, d := range block {
			switch {
			case d.Name != "server":
				if len(d.Block) > 0 && len(around) < maxDepth {
					walk(d.Block, append([]pavise.Directive{d}, around...))
				}
			case !secure(d):
			case named(d, e.Target.Host()):
				own = append(own, server{d, around})
			case usually(d):
				usual = append(usual, server{d, around})
			}
		}
	}
	if e.Machine != nil {
		for _, c := range e.Machine.Configs {
			if c.Service == "nginx" {
				walk(c.Directives, nil)
			}
		}
	}
	if own == nil {
		return usual
	}
	return own
}

// named reports whether a server block bears the name, exactly or by a leading * or dot.
func named(server pavise.Directive, host string) bool {
	for _, d := range server.Block {
		if d.Name != "server_name" {
			continue
		}
		for _, name := range d.Args {
			name = strings.ToLower(name)
			suffix := strings.TrimPrefix(name, "*")
			if name == host || strings.HasPrefix(suffix, ".") && (strings.HasSuffix(host, suffix) || suffix == name && host == suffix[1:]) {
				return true
			}
		}
	}
	return false
}

// usually reports whether a server block answers for names that are nobody's.
func usually(server pavise.Directive) bool {
	for _, d := range server.Block {
		if d.Name == "listen" && slices.Contains(d.Args, "default_server") {
			return true
		}
	}
	return false
}

func secure(server pavise.Directive) bool {
	for _, d := range server.Block {
		if d.Name != "listen" {
			continue
		}
		if slices.Contains(d.Args, "ssl") {
			return true
		}
	}
	return false
}
