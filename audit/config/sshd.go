package config

import (
	"path"
	"strings"

	"pavise"
)

// usualSSHD is what sshd 9.2 does where no file says otherwise, as sshd -T shows it. The
// lists of algorithms have no weak one in it and are left out.
var usualSSHD = []struct{ name, value string }{
	{"permitrootlogin", "prohibit-password"}, {"passwordauthentication", "yes"}, {"kbdinteractiveauthentication", "yes"},
	{"permitemptypasswords", "no"}, {"x11forwarding", "no"}, {"maxauthtries", "6"}, {"logingracetime", "120"},
	{"permituserenvironment", "no"}, {"hostbasedauthentication", "no"}, {"strictmodes", "yes"},
}

// readSSHD reads sshd_config. Names are in lower case; the first value of a name counts,
// and what stands behind Match, in its block, only for those it matches.
func readSSHD(r *reader, file string) []pavise.Directive {
	list := sshdFile(r, file, path.Dir(file))
	for _, usual := range usualSSHD {
		if !has(list, usual.name) {
			list = append(list, pavise.Directive{File: file, Name: usual.name, Args: []string{usual.value}, Usual: true})
		}
	}
	return list
}

func has(list []pavise.Directive, name string) bool {
	for _, d := range list {
		if d.Name == name {
			return true
		}
	}
	return false
}

func sshdFile(r *reader, file, folder string) []pavise.Directive {
	var list []pavise.Directive
	r.enter(file, func(text string) {
		number := 0
		match := -1 // of list, where the block stands that is open
		for line := range strings.Lines(text) {
			number++
			d, ok := sshdLine(line)
			if !ok {
				continue
			}
			if !r.more(file) {
				return
			}
			d.File, d.Line = file, number
			var add []pavise.Directive
			switch d.Name {
			case "match":
				list = append(list, d)
				match = len(list) - 1
				continue
			case "include":
				add = sshdInclude(r, d.Args, folder)
			default:
				add = []pavise.Directive{d}
			}
			if match >= 0 {
				list[match].Block = append(list[match].Block, add...)
			} else {
				list = append(list, add...)
			}
		}
	})
	return list
}

func sshdInclude(r *reader, patterns []string, folder string) []pavise.Directive {
	var list []pavise.Directive
	for _, pattern := range patterns {
		files, _ := r.glob(pattern, folder)
		for _, file := range files {
			if there(r.tree, file) { // sshd overlooks what is missing
				list = append(list, sshdFile(r, file, folder)...)
			}
		}
	}
	return list
}

// sshdLine reads "Name value …" or "Name=value"; a word that begins with "#" ends it.
func sshdLine(line string) (pavise.Directive, bool) {
	line = strings.TrimSpace(line)
	if line == "" || line[0] == '#' {
		return pavise.Directive{}, false
	}
	name, rest := line, ""
	if i := strings.IndexAny(line, " \t="); i >= 0 {
		name, rest = line[:i], strings.TrimLeft(line[i:], " \t")
		rest = strings.TrimPrefix(rest, "=")
	}
	d := pavise.Directive{Name: strings.ToLower(strings.Trim(name, `"`))}
	for _, arg := range fields(rest, `"'`) {
		if strings.HasPrefix(arg, "#") {
			break
		}
		d.Args = append(d.Args, arg)
	}
	return d, d.Name != ""
}
