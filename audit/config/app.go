package config

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// runtimes are programs that run an app of somebody's.
var runtimes = regexp.MustCompile(`^(node|nodejs|deno|bun|npm|npx|yarn|pnpm|pm2|java|php[0-9.]*|python[0-9.]*|ruby[0-9.]*|bundle|puma|gunicorn|uvicorn|uwsgi|dotnet)$`)

// ownFolders are where a distribution puts nothing.
var ownFolders = []string{"/srv/", "/opt/", "/home/", "/usr/local/", "/var/www/", "/root/", "/app/"}

// unitArgs takes the value of a setting apart, and masks what is secret in it.
func unitArgs(name, value string) []string {
	switch {
	case name == "Environment":
		args := fields(value, `"'`)
		for i, arg := range args {
			args[i] = maskedVariable(arg)
		}
		return args
	case strings.HasPrefix(name, "Exec"):
		return maskedCommand(fields(value, `"'`))
	}
	return []string{value}
}

// maskedVariable masks NAME=value where the name is that of a secret, or the value has a
// password in an address.
func maskedVariable(arg string) string {
	name, value, ok := strings.Cut(arg, "=")
	if ok && value != "" && secretName.MatchString(name) {
		return name + "=" + pavise.Mask(value)
	}
	return pavise.MaskAddress(arg)
}

// maskedCommand masks what follows the flag of a password.
func maskedCommand(args []string) []string {
	for i, arg := range args {
		args[i] = maskedVariable(arg)
		if i > 0 && strings.HasPrefix(args[i-1], "-") && !strings.Contains(args[i-1], "=") && secretName.MatchString(args[i-1]) {
			args[i] = pavise.Mask(arg)
		}
	}
	return args
}

// program is what a unit runs, without the marks before it and without env(1).
func program(settings []pavise.Directive) string {
	for _, d := range settings {
		if d.Name != "ExecStart" {
			continue
		}
		args := d.Args
		for len(args) > 0 {
			file := strings.TrimLeft(args[0], "-@:+!")
			flag := strings.HasPrefix(args[0], "-") && !strings.HasPrefix(file, "/")
			switch base := path.Base(file); {
			case base == "env" || flag || strings.Contains(file, "="):
				args = args[1:]
			case base == "sh" || base == "bash" || base == "dash":
				args = script(args)
			default:
				return file
			}
		}
	}
	return ""
}

// script are the words of what a shell is given with -c, from the first that is a
// program's of somebody's own.
func script(args []string) []string {
	words := strings.Fields(strings.Join(args[1:], " "))
	own := func(word string) bool { return runtimes.MatchString(path.Base(word)) || ownFolder(word) }
	first := slices.IndexFunc(words, own)
	if first < 0 {
		return nil
	}
	return words[first:]
}

// runsApp reports whether a unit runs what the distribution did not bring.
func runsApp(settings []pavise.Directive) bool {
	file := program(settings)
	if file == "" {
		return false
	}
	return runtimes.MatchString(path.Base(file)) || ownFolder(file)
}

func ownFolder(file string) bool {
	return slices.ContainsFunc(ownFolders, func(folder string) bool { return strings.HasPrefix(file, folder) })
}
