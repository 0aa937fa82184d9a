package lockfile

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"pavise"
)

// pyName is a name of PyPI in its one spelling (PEP 503).
func pyName(s string) string {
	return strings.ToLower(pySeparators.ReplaceAllString(strings.TrimSpace(s), "-"))
}

var (
	pySeparators = regexp.MustCompile(`[-_.]+`)
	// pyNeed is a requirement (PEP 508): name, extras, and the rest.
	pyNeed = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*(.*)$`)
	// pyPinned is a range that only one version is in.
	pyPinned = regexp.MustCompile(`^===?\s*([^\s,*]+)$`)
)

// maxIncludes bounds the files that one requirements.txt brings in.
const maxIncludes = 100

// A pyList is what a requirements.txt says, with all that it includes.
type pyList struct {
	packages []pavise.Package
	needs    []pavise.Need
	pinned   bool // every one of them to a version
	files    map[string]bool
}

// requirements reads the lists of pip that no other includes.
func (r *reader) requirements() {
	lists := map[string]*pyList{}
	included := map[string]bool{}
	for _, file := range r.tree.Files() {
		if !isRequirements(file) {
			continue
		}
		l := &pyList{pinned: true, files: map[string]bool{}}
		r.pipFile(l, file, file)
		for f := range l.files {
			included[f] = included[f] || f != file
		}
		lists[file] = l
	}
	for _, file := range sortedKeys(lists) {
		l := lists[file]
		if included[file] && !circular(lists, file) || !r.take(file, l.packages) {
			continue
		}
		data, ok := r.read(file)
		if !ok {
			continue
		}
		r.manifest(file, "requirements.txt", pavise.PyPI, l.pinned && l.packages != nil, data)
		r.project.Modules = append(r.project.Modules, pavise.Module{Dir: path.Dir(file), Ecosystem: pavise.PyPI, Name: path.Base(file), Manifest: file, Needs: l.needs})
	}
}

// circular reports whether lists include one another, so that none is the first: then
// the first by name is.
func circular(lists map[string]*pyList, file string) bool {
	for other, l := range lists {
		if other != file && l.files[file] && (!lists[file].files[other] || other < file) {
			return false
		}
	}
	return true
}

// isRequirements reports whether a file is a list for pip, by its name.
func isRequirements(file string) bool {
	base := strings.ToLower(path.Base(file))
	return path.Ext(base) == ".txt" && (strings.HasPrefix(base, "requirements") || strings.HasSuffix(base, "-requirements.txt") || path.Base(path.Dir(file)) == "requirements")
}

// pipFile reads a list and those that it includes, each once.
func (r *reader) pipFile(l *pyList, first, file string) {
	if l.files[file] {
		return
	}
	if len(l.files) >= maxIncludes {
		r.miss(first, fmt.Errorf("it includes more than %d files", maxIncludes))
		return
	}
	l.files[file] = true
	data, ok := r.read(file)
	if !ok {
		return
	}
	line, from, whole := 0, 0, ""
	for s := range strings.Lines(string(data)) {
		line++
		s = strings.TrimRight(s, "\r\n")
		if whole == "" {
			from = line
		}
		if more, ok := strings.CutSuffix(s, `\`); ok && len(whole) < maxLine {
			whole += more
			continue
		}
		whole += s
		if len(whole) > maxLine || len(l.packages) >= maxPackages {
			r.miss(file, &fault{from, "the line is longer, or there are more of them, than in any list for pip"})
			return
		}
		r.pipLine(l, first, file, whole, from)
		whole = ""
	}
}

func (r *reader) pipLine(l *pyList, first, file, text string, line int) {
	if i := strings.Index(" "+text, " #"); i >= 0 {
		text = text[:max(i-1, 0)]
	}
	words := strings.Fields(text)
	switch {
	case len(words) == 0:
	case words[0] == "-e" || words[0] == "--editable":
		l.pinned = l.pinned && strings.HasPrefix(words[len(words)-1], ".")
	case strings.HasPrefix(words[0], "-"):
		option, value, ok := strings.Cut(words[0], "=")
		if !ok && len(words) > 1 {
			value = words[1]
		}
		if to, short := strings.CutPrefix(words[0], "-r"); short && to != "" {
			option, value = "-r", to
		}
		if option == "-r" || option == "--requirement" {
			r.pipInclude(l, first, file, value, line)
		}
	default:
		if p, ok := pipPackage(text, file, line); ok {
			p.Key = fmt.Sprintf("%s:%d", key(file, p.Name), line)
			if strings.Contains(path.Base(first), "dev") || strings.Contains(path.Base(first), "test") {
				p.Scope = pavise.Dev
			}
			l.pinned = l.pinned && (p.Version != "" || p.From != pavise.FromRegistry)
			l.packages = append(l.packages, p)
			l.needs = append(l.needs, pavise.Need{Key: p.Key, Name: p.Name, Range: p.Range, Scope: p.Scope, Line: line})
		}
	}
}

func (r *reader) pipInclude(l *pyList, first, file, value string, line int) {
	to := path.Join(path.Dir(file), value)
	if strings.Contains(value, "://") || path.IsAbs(value) || !r.tree.Exists(to) {
		r.miss(file, &fault{line, fmt.Sprintf("%q is not in the project", clip(value))})
		return
	}
	r.pipFile(l, first, to)
}

// pipPackage reads a requirement.
func pipPackage(text, file string, line int) (pavise.Package, bool) {
	p := pavise.Package{Ecosystem: pavise.PyPI, From: pavise.FromRegistry, File: file, Line: line, Integrity: strings.Contains(text, "--hash=")}
	text, _, _ = strings.Cut(text, " --")
	text, _, _ = strings.Cut(text, ";") // for which platform
	text = strings.TrimSpace(text)
	if from := provenance(text); strings.Contains(text, "://") && !strings.Contains(text, " @ ") && from != pavise.FromRegistry {
		_, egg, _ := strings.Cut(text, "egg=")
		p.From, p.Resolved = from, pyAddress(text)
		p.Name = pyName(strings.SplitN(egg, "&", 2)[0])
		return p, p.Name != ""
	}
	m := pyNeed.FindStringSubmatch(text)
	if m == nil || len(m[1]) > maxName || strings.HasSuffix(text, "/") {
		return p, false
	}
	p.Name = pyName(m[1])
	switch rest := strings.Trim(m[2], "() "); {
	case strings.HasPrefix(rest, "@"):
		at := strings.TrimSpace(rest[1:])
		p.From, p.Resolved = provenance(at), pyAddress(at)
	case pyPinned.MatchString(rest):
		p.Version, p.Range = pyPinned.FindStringSubmatch(rest)[1], ""
	case rest == "":
		p.Range = "*"
	default:
		p.Range = rest
	}
	return p, true
}

// pyAddress is an address without credentials; behind the last @ of git stands a commit.
func pyAddress(s string) string {
	s, _, _ = strings.Cut(s, "#")
	if !strings.HasPrefix(s, "git+") {
		return address(s)
	}
	if head, ref, ok := cutLast(s, "@"); ok && !strings.ContainsAny(ref, "/:") {
		return address(head + "#" + ref)
	}
	return address(s)
}
