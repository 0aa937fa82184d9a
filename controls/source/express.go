package source

import (
	"slices"
	"strings"

	"pavise"
)

// apps are the places where an Express application is made.
func (p program) apps() []pavise.Use {
	return p.of("express", "express.createServer", "new express.Express")
}

// called parts what is used into what it is called on and the name of the method.
func called(u pavise.Use) (on, method string) {
	i := strings.LastIndexByte(u.Of, '.')
	if i < 0 {
		return "", u.Of
	}
	return strings.TrimSuffix(u.Of[:i], "()"), u.Of[i+1:]
}

// likeApp are the names by which an application is handed on.
var likeApp = []string{"app", "application", "expressapp", "api", "server", "webapp"}

// likeRouter are those of a router.
var likeRouter = []string{"router", "routes", "route", "apirouter"}

// likeResponse are those of a response.
var likeResponse = []string{"res", "response", "resp", "reply"}

// likeRequest are those of a request.
var likeRequest = []string{"req", "request", "_req"}

// named reports whether what nobody could follow has one of the names.
func named(on string, names []string) bool {
	name, found := strings.CutPrefix(on, "?")
	return found && slices.Contains(names, strings.ToLower(name[strings.LastIndexByte(name, '.')+1:]))
}

// onApp returns the calls of these methods of an Express application.
func (p program) onApp(methods ...string) []pavise.Use {
	return p.where(func(u pavise.Use) bool {
		on, method := called(u)
		return slices.Contains(methods, method) && (isApp(on) || named(on, likeApp))
	})
}

func isApp(on string) bool {
	return on == "express" || on == "express.createServer" || on == "new express.Express"
}

// onRoutes returns the calls of these methods of an application or a router.
func (p program) onRoutes(methods ...string) []pavise.Use {
	return p.where(func(u pavise.Use) bool {
		on, method := called(u)
		router := strings.HasSuffix(on, "express.Router") || named(on, likeRouter) ||
			strings.HasPrefix(on, "?") && strings.HasSuffix(strings.ToLower(on), "router")
		return slices.Contains(methods, method) && (isApp(on) || router || named(on, likeApp))
	})
}

// onResponse returns the calls of these methods of a response, also behind status(…).
func (p program) onResponse(methods ...string) []pavise.Use {
	return p.where(func(u pavise.Use) bool {
		on, method := called(u)
		for {
			before, link, found := cutLast(on)
			if !found || !slices.Contains([]string{"status", "type", "set", "header", "cookie", "code"}, link) {
				break
			}
			on = before
		}
		return slices.Contains(methods, method) && named(on, likeResponse)
	})
}

func cutLast(on string) (before, after string, found bool) {
	i := strings.LastIndexByte(on, '.')
	if i < 0 {
		return on, "", false
	}
	return strings.TrimSuffix(on[:i], "()"), on[i+1:], true
}

// A setting is what an application is told by set, enable or disable.
type setting struct {
	use   pavise.Use
	value pavise.Value
}

// settings returns those of a name: app.set(name, value), app.enable(name).
func (p program) settings(name string) []setting {
	var list []setting
	for _, u := range p.onApp("set", "enable", "disable") {
		if v := u.Arg(0); v.Kind != pavise.StringValue || v.Text != name {
			continue
		}
		switch _, method := called(u); {
		case method == "set" && len(u.Args) > 1:
			list = append(list, setting{u, u.Args[1]})
		case method != "set":
			on := map[string]string{"enable": "true", "disable": "false"}[method]
			list = append(list, setting{u, pavise.Value{Kind: pavise.BoolValue, Text: on, Line: u.Line}})
		}
	}
	return list
}

// verbs are the methods by which a route is for requests that change something.
var verbs = []string{"post", "put", "patch", "delete", "del"}

// writing returns the routes that change something.
func (p program) writing() []pavise.Use {
	return slices.DeleteFunc(p.onRoutes(verbs...), func(u pavise.Use) bool {
		return len(u.Args) < 2 || u.Arg(0).Kind == pavise.ObjectValue || u.Arg(0).Kind == pavise.CallValue
	})
}

// inTLS returns where the program itself speaks TLS.
func (p program) inTLS() []pavise.Use {
	return p.of("https.createServer", "http2.createSecureServer", "tls.createServer", "spdy.createServer")
}

// A module is one of Apostrophe's, with its options.
type module struct {
	name    string
	use     pavise.Use
	options pavise.Value
}

// modules returns those of Apostrophe that are set up: in app.js, in data/local.js, or
// each in a folder of its own.
func (p program) modules() []module {
	var list []module
	for _, u := range p.of("apostrophe", "apostrophe-site", "module.exports") {
		if u.Of == "module.exports" {
			if name, found := moduleOf(u.File); found {
				list = append(list, module{name, u, optionsOf(u.Arg(0))})
			}
			if !strings.HasSuffix("/"+u.File, "/data/local.js") {
				continue
			}
		}
		list = append(list, module{"", u, u.Arg(0)})
		modules, _ := u.Arg(0).Member("modules")
		for _, m := range modules.Members {
			list = append(list, module{m.Name, u, optionsOf(m.Value)})
		}
	}
	return list
}

// optionsOf is where the options of a module stand: since Apostrophe 3 in a member.
func optionsOf(v pavise.Value) pavise.Value {
	if options, found := v.Member("options"); found {
		return options
	}
	return v
}

// moduleOf is the name of the module whose folder holds a file: modules/NAME/index.js.
func moduleOf(file string) (name string, found bool) {
	dir, found := strings.CutSuffix(file, "/index.js")
	if !found {
		return "", false
	}
	_, name, found = strings.Cut("/"+dir, "/modules/")
	return name, found && (strings.HasPrefix(name, "@") && strings.Count(name, "/") == 1 || !strings.Contains(name, "/"))
}
