package leaks

import (
	"net/url"
	"strings"
)

const (
	ruleRepository  = "leaks.files.repository"
	ruleEnvironment = "leaks.files.environment"
	ruleBackup      = "leaks.files.backup"
)

// badNames are path segments that no app serves on purpose, in lower case.
//
// Left out, because an honest app may: .well-known (RFC 8615); CVS, which is a
// word; .gitignore and its kin, which tell little; package.json and .map files,
// which module servers offer; keys and certificates by ending, which people
// download; logs and databases by ending, which viewers show.
var badNames = map[string]string{
	".git": ruleRepository, "git~1": ruleRepository, // the short name of .git on NTFS
	".svn": ruleRepository, ".hg": ruleRepository, ".bzr": ruleRepository,

	".htpasswd": ruleEnvironment, ".htaccess": ruleEnvironment, "web.config": ruleEnvironment,
	".npmrc": ruleEnvironment, ".yarnrc.yml": ruleEnvironment, ".pypirc": ruleEnvironment,
	".netrc": ruleEnvironment, "_netrc": ruleEnvironment, ".git-credentials": ruleEnvironment, ".gitconfig": ruleEnvironment,
	".pgpass": ruleEnvironment, ".my.cnf": ruleEnvironment, "database.yml": ruleEnvironment,
	".aws": ruleEnvironment, ".azure": ruleEnvironment, ".docker": ruleEnvironment, ".kube": ruleEnvironment,
	".ssh": ruleEnvironment, ".gnupg": ruleEnvironment,
	"id_rsa": ruleEnvironment, "id_dsa": ruleEnvironment, "id_ecdsa": ruleEnvironment, "id_ed25519": ruleEnvironment,

	".idea": ruleBackup, ".vscode": ruleBackup, ".ds_store": ruleBackup,
}

// telltale are the bytes of which every such path has one, or spells one by %.
const telltale = "._~%"

// leftBehindTwice is leftBehind for a server that decodes a path once more than it
// should (CWE-174).
func leftBehindTwice(path string) (rule, segment string) {
	if !strings.ContainsAny(path, telltale) {
		return "", ""
	}
	rule, segment = leftBehind(path)
	if rule == "" && strings.Contains(path, "%") {
		if again, err := url.PathUnescape(path); err == nil {
			rule, segment = leftBehind(again)
		}
	}
	return rule, segment
}

// leftBehind returns the rule that a decoded path breaks and the segment that
// breaks it; both are empty if none does. Each segment counts, so that dot
// segments, doubled slashes and backslashes hide nothing.
func leftBehind(path string) (rule, segment string) {
	last, depth := "", 0
	for at := 0; at < len(path); {
		end := at
		for end < len(path) && path[end] != '/' && path[end] != '\\' {
			end++
		}
		sent := path[at:end]
		at = end + 1
		name := bare(sent)
		switch {
		case name != "":
			last = name
			depth++
		case strings.HasPrefix(sent, ".."):
			depth = 0 // may be the root again
		}
		if rule := badSegment(name); rule != "" {
			return rule, name
		}
	}
	if badFile(last) || depth == 1 && badArchive(last) {
		return ruleBackup, last
	}
	return "", ""
}

// bare takes from a segment what servers ignore at its end: path parameters
// (RFC 3986 3.3), a NUL and what follows, a stream of NTFS, dots and spaces.
func bare(segment string) string {
	for i := range len(segment) {
		if c := segment[i]; c == ';' || c == 0 || c == ':' && (strings.HasPrefix(segment[i:], "::") || strings.HasPrefix(segment[i:], ":$")) {
			segment = segment[:i]
			break
		}
	}
	for segment != "" && (segment[len(segment)-1] == '.' || segment[len(segment)-1] == ' ') {
		segment = segment[:len(segment)-1]
	}
	return strings.ToLower(segment)
}

func badSegment(name string) string {
	switch {
	case strings.HasPrefix(name, ".env"): // .env.local, .envrc
		return ruleEnvironment
	case strings.HasPrefix(name, ".") && strings.HasSuffix(name, "_history"): // .bash_history
		return ruleEnvironment
	}
	return badNames[name]
}

// badFile reports whether the last segment is named as a backup, a dump or an
// editor's file. Left out: .save, .copy and .backup, which are also what apps
// call actions and downloads, and a tilde after a name without an ending.
func badFile(name string) bool {
	stem, ending, ok := cutLast(name)
	if !ok {
		return false
	}
	switch ending {
	case "gz", "bz2", "xz", "zst", "zip", "7z":
		_, ending, _ = cutLast(stem)
		return ending == "sql" || ending == "dump"
	case "bak", "old", "orig", "swp", "swo", "sql", "dump", "tfstate":
		return true
	}
	return strings.HasSuffix(ending, "~")
}

// badArchive reports whether a file in the root is named as an archive of the
// whole. Elsewhere such a name may be a person's own download.
func badArchive(name string) bool {
	stem, ending, _ := strings.Cut(name, ".")
	switch ending {
	case "zip", "tar", "tar.gz", "tgz", "tar.bz2", "tar.xz", "gz", "7z", "rar":
		return stem == "backup" || stem == "dump" || stem == "database"
	}
	return false
}

func cutLast(name string) (stem, ending string, ok bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return name, "", false
	}
	return name[:i], name[i+1:], true
}
