package javascript

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// packageName is what npm takes for one; the scope belongs to it.
var packageName = regexp.MustCompile(`^(@[a-zA-Z0-9~][\w.~-]*/)?[a-zA-Z0-9~_][\w.~-]*$`)

// imports tells the packages that a file names, each once.
func (r *reader) imports(f *file) {
	told := map[string]bool{}
	for _, i := range f.imports {
		name := packageOf(i.name)
		if name == "" || told[name] {
			continue
		}
		told[name] = true
		line, _ := f.position(i.at)
		r.p.Imports = append(r.p.Imports, pavise.Import{File: f.name, Line: line, Name: name, Test: f.test})
	}
}

// packageOf is the package that a module is of; "" is none: a file, or Node itself.
func packageOf(module string) string {
	parts := strings.SplitN(module, "/", 3)
	name := parts[0]
	switch {
	case strings.HasPrefix(module, "@"):
		if len(parts) < 2 {
			return ""
		}
		name = parts[0] + "/" + parts[1]
	case slices.Contains(builtin, name) && module != name+"/": // "punycode/" is the package
		return ""
	}
	if !packageName.MatchString(name) || len(name) > 214 {
		return ""
	}
	return name
}

// builtin are the modules of Node that need no "node:".
var builtin = strings.Fields(`assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns
	domain events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl
	stream string_decoder sys timers tls trace_events tty url util v8 vm wasi worker_threads zlib`)
