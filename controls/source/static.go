package source

import (
	"slices"
	"strings"

	"pavise"
)

// Static judges which files anybody may fetch.
type Static struct{}

const (
	ruleRoot     = "source.static.root"
	ruleDotfiles = "source.static.dotfiles"
	ruleListing  = "source.static.listing"
)

// Doc describes the control.
func (Static) Doc() pavise.Doc {
	const reads = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
	const tells = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N"
	return pavise.Doc{
		ID:       "source.static",
		Title:    "Files that are served",
		Why:      "Who serves the folder of the program serves its source, its settings and its passwords.",
		Verifies: "The folders given to express.static, serve-static, serve-index and Go's http.FileServer, and their options.",
		By:       "leaks.files",
		Rules: []pavise.Rule{
			{ID: ruleRoot, Title: "The folder of the program is not served", Severity: pavise.High, CVSS: reads, Owner: true,
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 13.4.1", "CWE-552", "CWE-538"},
				Fix: pavise.Fix{Express: `app.use(express.static(path.join(__dirname, "public")));`,
					Other: `Go: http.FileServerFS(public), where public is embedded or a folder of its own`}},
			{ID: ruleDotfiles, Title: "Files that begin with a dot are not served", Severity: pavise.Medium, CVSS: tells,
				References: []string{"ASVS 5.0 13.4.1", "CWE-538"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: `app.use(express.static("public", { dotfiles: "ignore" }));`}},
			{ID: ruleListing, Title: "No folder lists what is in it", Severity: pavise.Medium, CVSS: tells,
				References: []string{"PCI DSS 4.0.1 2.2.6", "ASVS 5.0 13.4.3", "CWE-548"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: `npm uninstall serve-index`}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Static) Validate() error { return nil }

// Check judges every folder that is served.
func (c Static) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleRoot:     "a folder that holds nothing else, such as public",
		ruleDotfiles: `dotfiles: "ignore", or not set`,
		ruleListing:  "no listing",
	}, func(p program, v *verdicts) {
		for _, u := range p.of("express.static", "serve-static", "connect.static") {
			judgeRoot(v, u, u.Arg(0))
			judgeDotfiles(v, u)
			v.pass(ruleListing, at(u, pavise.Value{}), "%s lists nothing", u.Of)
		}
		for _, u := range p.of("net/http.Dir") {
			judgeRoot(v, u, u.Arg(0))
		}
		for _, u := range p.of("net/http.FileServer") {
			if dir := u.Arg(0); dir.Text == "net/http.Dir" && len(dir.Items) > 0 && len(p.of("net/http.Dir")) == 0 {
				judgeRoot(v, u, dir.Items[0])
			}
		}
		for _, u := range p.of("serve-index", "express.directory") {
			v.fail(ruleListing, at(u, pavise.Value{}), "%s lists the folder %s", u.Of, shown(u.Arg(0)))
		}
	})
}

func judgeRoot(v *verdicts, u pavise.Use, folder pavise.Value) {
	where := at(u, folder)
	switch top, told := isTop(folder, 8); {
	case !told && strings.HasSuffix(u.File, ".go"):
		v.skip(ruleRoot, where, "which folder is served is known only when it runs: %s", shown(folder))
	case !told:
		v.unknown(ruleRoot, where, "which folder is served is known only when it runs: %s", shown(folder))
	case top:
		v.fail(ruleRoot, where, "the folder of the program is served, with its source: %s", shown(folder))
	default:
		v.pass(ruleRoot, where, "%s is served", spelled(folder))
	}
}

// joins are the calls that put a path together.
var joins = []string{"path.join", "path.resolve", "path.normalize", "url.fileURLToPath", "path/filepath.Join", "net/http.Dir", "path.dirname", "join", "resolve"}

// heres are the names of the folder in which the program, or its file, stands.
var heres = []string{"__dirname", "import.meta.dirname", "process.cwd", "process.cwd()", "approot", "app-root-path.path", "rootdir"}

// isTop reports whether a path is the folder of the program itself, or one above.
func isTop(v pavise.Value, depth int) (top, told bool) {
	switch {
	case depth == 0:
		return false, false
	case v.Kind == pavise.StringValue:
		return strings.Trim(strings.ReplaceAll(v.Text, "..", "."), "./\\") == "", true
	case here(v):
		return true, true
	case v.Kind == pavise.CallValue && slices.Contains(joins, v.Text):
		top, told = true, true
		for _, part := range v.Items {
			partTop, partTold := isTop(part, depth-1)
			if partTold && !partTop {
				return false, true // whatever else it is made of, it is below
			}
			told = told && partTold
		}
		return top, told && len(v.Items) > 0
	case v.Kind == pavise.OtherValue: // __dirname + "/public"
		before, after, found := strings.Cut(v.Text, "__dirname")
		after = strings.Trim(after, " +\"'`{}$()./")
		return found && after == "" && strings.Trim(before, " \"'`${(") == "", found
	}
	return false, false
}

func here(v pavise.Value) bool {
	return (v.Kind == pavise.NameValue || v.Kind == pavise.CallValue) && slices.Contains(heres, fold(strings.TrimPrefix(v.Text, "?")))
}

// spelled is the last part of a path that can be told.
func spelled(v pavise.Value) string {
	for _, part := range slices.Backward(v.Items) {
		if part.Kind == pavise.StringValue {
			return shown(part)
		}
	}
	return shown(v)
}

func judgeDotfiles(v *verdicts, u pavise.Use) {
	value, told := option(u.Arg(1), "dotfiles")
	switch where := at(u, value); {
	case told == unset, value.Kind == pavise.StringValue && fold(value.Text) != "allow":
		v.pass(ruleDotfiles, where, "files that begin with a dot are not served")
	case value.Kind == pavise.StringValue:
		v.fail(ruleDotfiles, where, `dotfiles is "allow"`)
	default:
		v.unknown(ruleDotfiles, where, "dotfiles is known only when it runs: %s", shown(orOther(value, u.Arg(1))))
	}
}
