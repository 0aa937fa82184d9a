package source

import (
	"net"
	"path"
	"slices"
	"strings"

	"pavise"
)

// apostropheListeners returns where Apostrophe listens: by the option of its module, or by
// what stands in data/port and data/address.
func (p program) apostropheListeners() []listener {
	var list []listener
	for _, m := range p.modules() {
		if m.name != apostrophe4 && m.name != apostrophe2 {
			continue
		}
		for _, name := range []string{"forceAddress", "address"} {
			if v, told := option(m.options, name); told == yes {
				list = append(list, listener{at: at(m.use, v), host: v})
			}
		}
	}
	for _, t := range p.project.Texts {
		text := pavise.Value{Kind: pavise.StringValue, Text: strings.TrimSpace(t.Text)}
		switch {
		case strings.HasSuffix("/"+t.File, "/data/address"):
		case strings.HasSuffix("/"+t.File, "/data/port"):
			host, _, err := net.SplitHostPort(text.Text)
			if err != nil { // a port alone: the address stands elsewhere
				continue
			}
			text.Text = host
		default:
			continue
		}
		if p.holds(t.File) {
			list = append(list, listener{at: place{t.File, 0}, host: text})
		}
	}
	if uses := p.of("apostrophe"); len(list) == 0 && len(uses) > 0 {
		host := pavise.Value{}
		if p.uncertain() {
			host = pavise.Value{Kind: pavise.EnvValue, Text: "ADDRESS"}
		}
		list = append(list, listener{at: at(uses[0], pavise.Value{}), host: host})
	}
	return list
}

// uncertain reports whether options of Apostrophe may stand where nobody can tell.
func (p program) uncertain() bool {
	return slices.ContainsFunc(p.modules(), func(m module) bool {
		return m.options.Open || m.options.Kind != pavise.ObjectValue
	})
}

// holds reports whether a file is one of the program's.
func (p program) holds(file string) bool {
	return p.dir == "." || strings.HasPrefix(path.Dir(file)+"/", p.dir+"/")
}

// goListeners returns where a Go program serves HTTP.
func (p program) goListeners() []listener {
	var list []listener
	add := func(u pavise.Use, address pavise.Value, tls bool) {
		host := address
		if v, found := fallback(address); found {
			host = v
		}
		if host.Kind == pavise.StringValue {
			name, port, err := net.SplitHostPort(host.Text)
			if err != nil {
				name = host.Text
			}
			host.Text, tls = name, tls || port == "443" || port == "https"
		}
		list = append(list, listener{at(u, address), host, tls})
	}
	for _, u := range p.uses {
		switch u.Of {
		case "net/http.ListenAndServe":
			add(u, u.Arg(0), false)
		case "net/http.ListenAndServeTLS":
			add(u, u.Arg(0), true)
		case "net/http.Server":
			if address, told := option(u.Arg(0), "Addr"); told == yes {
				_, secure := option(u.Arg(0), "TLSConfig")
				add(u, address, secure == yes || p.servesTLS(u.File))
			}
		}
		if on, method := called(u); method == "Run" && strings.HasPrefix(on, "github.com/gin-gonic/gin.") {
			add(u, u.Arg(0), false)
		} else if method == "Start" && strings.HasPrefix(on, "github.com/labstack/echo") {
			add(u, u.Arg(0), false)
		}
	}
	return list
}

// servesTLS reports whether a server in this file is started with TLS.
func (p program) servesTLS(file string) bool {
	return slices.ContainsFunc(p.uses, func(u pavise.Use) bool {
		_, method := called(u)
		return u.File == file && (method == "ListenAndServeTLS" || method == "ServeTLS")
	})
}
