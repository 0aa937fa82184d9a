package config

import (
	"path"
	"strings"

	"pavise"
)

// readOpenSSL reads the lines CipherString of openssl.cnf, of all its sections: they set
// the security level of every program that uses the library.
func readOpenSSL(r *reader, file string) []pavise.Directive {
	var list []pavise.Directive
	r.enter(file, func(text string) {
		for line := range backslashed(text, "") {
			bare, _, _ := strings.Cut(line.text, "#")
			bare = strings.TrimSpace(bare)
			if name, is := strings.CutPrefix(bare, ".include"); is {
				list = append(list, opensslIncluded(r, strings.Trim(name, " \t="), path.Dir(file))...)
				continue
			}
			name, value, _ := strings.Cut(bare, "=")
			name = strings.TrimSpace(name[strings.LastIndexByte(name, '.')+1:]) // before it may stand a section
			if name == "CipherString" && r.more(file) {
				list = append(list, pavise.Directive{File: file, Line: line.number, Name: name, Args: []string{strings.TrimSpace(value)}})
			}
		}
	})
	return list
}

// opensslIncluded reads a file, or those of a folder that end with .cnf or .conf
// (config(5ssl)).
func opensslIncluded(r *reader, name, folder string) []pavise.Directive {
	if !path.IsAbs(name) {
		name = path.Join(folder, name)
	}
	files := []string{name}
	if info, err := r.tree.Stat(name); err == nil && info.IsDir() {
		cnf, _ := r.glob("*.cnf", name)
		conf, _ := r.glob("*.conf", name)
		files = append(cnf, conf...)
	}
	var list []pavise.Directive
	for _, file := range files {
		list = append(list, readOpenSSL(r, file)...)
	}
	return list
}
