package config

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"pavise"
)

// builtIn are the modules that Apache of Debian is built with, by file and by name.
var builtIn = []string{"core.c", "core_module", "mod_so.c", "so_module", "http_core.c", "http_module", "mod_log_config.c", "log_config_module",
	"mod_logio.c", "logio_module", "mod_version.c", "version_module", "mod_unixd.c", "unixd_module", "mod_watchdog.c", "watchdog_module"}

// An apache reads the files of Apache httpd.
type apache struct {
	*reader
	root    string            // ServerRoot, at which names of files begin
	defined map[string]string // by Define, and of envvars
	modules map[string]bool   // that are loaded, by the names that IfModule knows
	defines int               // bytes by which what is defined made lines longer
}

// readApache reads the configuration as Apache does: IfModule, IfDefine, IfFile and
// IfVersion are decided as they are come upon, and what is in those that hold stands in
// their place.
func readApache(r *reader, file string) []pavise.Directive {
	a := &apache{reader: r, root: path.Dir(file), defined: map[string]string{}, modules: map[string]bool{}}
	if path.Base(a.root) == "conf" {
		a.root = path.Dir(a.root)
	}
	for _, name := range builtIn {
		a.modules[name] = true
	}
	a.environment(path.Join(path.Dir(file), "envvars"))
	return a.file(file)
}

// environment reads what Debian's envvars sets: export NAME=value. $SUFFIX is empty.
func (a *apache) environment(file string) {
	if !a.tree.Exists(file) {
		return
	}
	a.enter(file, func(text string) {
		for line := range strings.Lines(text) {
			name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
			if ok && !strings.ContainsAny(name, " #$") && !strings.ContainsAny(value, "`(") {
				value = strings.TrimSuffix(strings.TrimSuffix(value, "$SUFFIX"), "${SUFFIX}")
				a.defined[name] = strings.Trim(value, `"'`)
			}
		}
	})
}

func (a *apache) file(file string) []pavise.Directive {
	var list []pavise.Directive
	a.enter(file, func(text string) {
		p := apacheParser{apache: a, file: file}
		for line := range backslashed(text, "") {
			if err := p.line(line); err != nil {
				a.miss(at(file, line.number), err.Error())
				break
			}
		}
		if len(p.open) > 0 {
			a.miss(at(file, p.open[len(p.open)-1].at.Line), "the block is not closed")
		}
		for len(p.open) > 0 {
			p.close()
		}
		list = p.top
	})
	return list
}

// An apacheParser reads one file.
type apacheParser struct {
	*apache
	file string
	top  []pavise.Directive
	open []section
}

// A section is a block that is not closed yet.
type section struct {
	at     pavise.Directive
	inner  []pavise.Directive
	melts  bool // what is in it stands in its place
	absent bool // it does not hold: what is in it is not there
}

func (p *apacheParser) line(line logical) error {
	text := strings.TrimSpace(line.text)
	if text == "" || text[0] == '#' {
		return nil
	}
	if name, ok := strings.CutPrefix(text, "</"); ok {
		name = strings.TrimSpace(strings.TrimSuffix(name, ">"))
		if len(p.open) == 0 || !strings.EqualFold(p.open[len(p.open)-1].at.Name, name) {
			return fmt.Errorf("</%s> closes nothing that is open", pavise.Clip(name, 50))
		}
		p.close()
		return nil
	}
	if !p.more(p.file) {
		return nil
	}
	block := text[0] == '<'
	if block {
		text = strings.TrimSuffix(strings.TrimPrefix(text, "<"), ">")
	}
	expanded := p.expand(text)
	if p.defines += max(0, len(expanded)-len(text)); p.defines > maxWork {
		p.stop(at(p.file, line.number), "what is defined becomes too long")
		return nil
	}
	words := fields(expanded, `"'`)
	if len(words) == 0 {
		return errors.New("there is no name")
	}
	d := masked(pavise.Directive{File: p.file, Line: line.number, Name: words[0], Args: words[1:]})
	if block {
		return p.begin(d)
	}
	p.directive(d)
	return nil
}

// begin opens a block.
func (p *apacheParser) begin(d pavise.Directive) error {
	if len(p.open) == MaxDepth {
		return fmt.Errorf("more than %d blocks stand in one another", MaxDepth)
	}
	s := section{at: d, absent: p.absent()}
	if holds, melts := p.holds(d); melts {
		s.melts = true
		s.absent = s.absent || !holds
	}
	p.open = append(p.open, s)
	return nil
}

// absent reports whether what is read now is in a block that does not hold.
func (p *apacheParser) absent() bool { return len(p.open) > 0 && p.open[len(p.open)-1].absent }

// close ends the innermost block.
func (p *apacheParser) close() {
	s := p.open[len(p.open)-1]
	p.open = p.open[:len(p.open)-1]
	switch {
	case s.absent:
	case s.melts:
		p.add(s.inner...)
	default:
		s.at.Block = s.inner
		p.add(s.at)
	}
}

func (p *apacheParser) add(list ...pavise.Directive) {
	if len(p.open) == 0 {
		p.top = append(p.top, list...)
		return
	}
	inner := &p.open[len(p.open)-1].inner
	*inner = append(*inner, list...)
}

// directive does what a line says, and keeps it.
func (p *apacheParser) directive(d pavise.Directive) {
	if p.absent() {
		return
	}
	first := ""
	if len(d.Args) > 0 {
		first = d.Args[0]
	}
	switch strings.ToLower(d.Name) {
	case "include", "includeoptional":
		p.add(p.include(first, strings.EqualFold(d.Name, "IncludeOptional"))...)
		return
	case "define":
		if first != "" {
			p.defined[first] = strings.Join(d.Args[1:], " ")
		}
		return
	case "undefine":
		delete(p.defined, first)
		return
	case "serverroot":
		p.root = first
	case "loadmodule":
		if len(d.Args) == 2 {
			p.modules[first] = true
			p.modules[strings.TrimSuffix(path.Base(d.Args[1]), ".so")+".c"] = true
		}
	}
	p.add(d)
}

// include reads what a pattern stands for: of a folder, all that is in it.
func (a *apache) include(pattern string, optional bool) []pavise.Directive {
	var list []pavise.Directive
	files, literal := a.glob(pattern, a.root)
	for _, file := range files {
		if optional && literal && !there(a.tree, file) {
			continue
		}
		list = append(list, a.included(file, 0)...)
	}
	return list
}

func (a *apache) included(file string, depth int) []pavise.Directive {
	info, err := a.tree.Stat(file)
	if err != nil || !info.IsDir() {
		return a.file(file)
	}
	entries, err := a.tree.List(file)
	if err != nil || depth == MaxDepth || a.full {
		a.miss(file, fmt.Sprintf("the folder is not read: %v", err))
		return nil
	}
	var list []pavise.Directive
	for _, e := range entries {
		list = append(list, a.included(path.Join(file, e.Name()), depth+1)...)
	}
	return list
}

// expand puts in what ${NAME} stands for, where that is known.
func (a *apache) expand(text string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found || b.Len() > maxValue {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		value, ok := a.defined[name]
		switch {
		case !closed:
			return b.String() + "${" + rest
		case !ok:
			value = "${" + name + "}"
		}
		b.WriteString(value)
		text = after
	}
}
