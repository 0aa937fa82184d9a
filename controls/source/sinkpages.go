package source

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// ownPart are the parts of a request that lead back to the site itself: req.url, and not
// req.query.url.
var ownPart = regexp.MustCompile(`^\w+(\.(req|request))?\.(originalUrl|url|baseUrl|path|hostname|host|protocol|URL)(\.|$)|[hH]eaders?\.host$`)

// target is where a redirect leads: the last argument. What begins otherwise than with a
// part of the request leads there whatever follows.
func target(u pavise.Use) pavise.Value {
	if len(u.Args) == 0 {
		return pavise.Value{}
	}
	v := u.Args[len(u.Args)-1]
	if strings.HasSuffix(u.File, ".go") {
		v = u.Arg(2)
	}
	foreign := slices.DeleteFunc(slices.Clone(v.Asked), ownPart.MatchString)
	if len(foreign) == 0 || v.Kind == pavise.OtherValue && len(v.Items) == 0 && !leads(v.Text, foreign) {
		return harmless(v)
	}
	v.Asked = foreign
	return v
}

// beginning is what a sum or a template begins with, behind the scheme.
var beginning = regexp.MustCompile("^(?:[\"'`]https?://[\"']?\\s*\\+?\\s*|`)?(?:\\$\\{)?\\s*([\\w.?]+)")

// leads reports whether a sum or a template begins with one of the parts of a request.
func leads(text string, parts []string) bool {
	first := beginning.FindStringSubmatch(text)
	if first == nil {
		return false
	}
	name := strings.ReplaceAll(first[1], "?", "")
	return slices.ContainsFunc(parts, func(part string) bool {
		return strings.HasPrefix(name, part) || strings.HasPrefix(part, name+".") || name == part[strings.LastIndexByte(part, '.')+1:]
	})
}

// view is the name of the view, or locals that are a whole body: engines such as EJS and
// Handlebars take options from there (CVE-2022-29078).
func view(u pavise.Use) pavise.Value {
	if v := u.Arg(0); len(v.Asked) > 0 && v.Kind != pavise.ObjectValue && !baseNames.MatchString(sourceOf(v, 4)) {
		return v
	}
	if locals := wholeOf(u.Arg(1)); len(locals.Asked) > 0 {
		return locals
	}
	return harmless(u.Arg(0))
}

// likeWriter are the names of what writes a response in Go.
var likeWriter = []string{"w", "rw", "writer", "res", "resp", "rsp", "response"}

// judgeMarkup looks at templates of text whose output goes to a client.
func (p program) judgeMarkup(v *verdicts, u pavise.Use) {
	if !strings.HasSuffix(u.File, ".go") {
		return
	}
	_, method := called(u)
	if method != "Execute" && method != "ExecuteTemplate" || !p.importedIn(u.File, "net/http") {
		return
	}
	name := strings.TrimPrefix(u.Arg(0).Text, "?")
	switch {
	case p.importedIn(u.File, "html/template"):
		v.pass(ruleMarkup, at(u, pavise.Value{}), "html/template makes it")
	case p.importedIn(u.File, "text/template") && u.Arg(0).Kind == pavise.NameValue && slices.Contains(likeWriter, name):
		v.fail(ruleMarkup, at(u, pavise.Value{}), "text/template writes to the client, and escapes nothing")
	}
}
