package source

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// markup is a tag in a text that is put together.
var markup = regexp.MustCompile(`</?[a-zA-Z!]`)

// judgePage looks at pages that are put together from parts of a request: a browser takes
// what res.send is given for HTML, unless something else was said.
func (p program) judgePage(v *verdicts, u pavise.Use) {
	if len(program{uses: []pavise.Use{u}}.onResponse("send", "write", "end")) == 0 || strings.HasSuffix(u.File, ".go") {
		return
	}
	value := u.Arg(0)
	put := value.Kind == pavise.OtherValue && len(value.Items) == 0
	echoed := value.Kind == pavise.NameValue && strings.HasSuffix(u.Of, ".send") && slices.ContainsFunc(value.Asked, single)
	tagged := markup.MatchString(value.Text)
	where := at(u, value)
	switch {
	case len(value.Asked) == 0 || !(echoed || put && (tagged || strings.HasSuffix(u.Of, ".send"))):
		if put && tagged {
			v.pass(rulePage, where, "no part of a request is in it")
		}
	case cleaning.MatchString(value.Text):
		v.unknown(rulePage, where, "%s is in it, and whether that is escaped cannot be told", asked(value))
	case !tagged && p.typed(u):
		v.unknown(rulePage, where, "%s is sent, and the file says of something that it is no HTML", asked(value))
	default:
		v.fail(rulePage, where, "%s is sent as HTML", asked(value))
	}
}

// single reports whether a part is one value that is a text: no body whole, no header.
func single(part string) bool {
	return slices.ContainsFunc([]string{"req.query.", "req.params.", "request.query.", "request.params."}, func(of string) bool { return strings.HasPrefix(part, of) })
}

// typed reports whether the file says of an answer what it is.
func (p program) typed(u pavise.Use) bool {
	return slices.ContainsFunc(p.onResponse("type", "contentType", "set", "setHeader", "header", "writeHead", "attachment"), func(other pavise.Use) bool {
		_, method := called(other)
		first := fold(other.Arg(0).Text)
		return other.File == u.File && (method == "type" || method == "contentType" || method == "attachment" || method == "writeHead" ||
			first == "content-type" || other.Arg(0).Kind == pavise.ObjectValue)
	})
}

// engines are the calls that set up a template engine, and the argument with its options.
var engines = map[string]int{"swig.setDefaults": 0, "swig.init": 0, "new swig.Swig": 0, "swig-templates.setDefaults": 0, "nunjucks.configure": 1,
	"new nunjucks.Environment": 1, "handlebars.compile": 1, "hbs.compile": 1, "twig.twig": 0}

// judgeEscape looks whether an engine is told not to escape.
func judgeEscape(v *verdicts, u pavise.Use) {
	i, is := engines[u.Of]
	if !is {
		return
	}
	options := u.Arg(i)
	if u.Of == "nunjucks.configure" && len(u.Args) == 1 && options.Kind == "" {
		options = u.Arg(0)
	}
	if value, told := flag(options, "autoescape"); told == no {
		v.fail(ruleEscape, at(u, value), "%s switches autoescape off: what users write becomes markup", u.Of)
	} else if value, told := flag(options, "noEscape"); told == yes {
		v.fail(ruleEscape, at(u, value), "%s is told noEscape: what users write becomes markup", u.Of)
	} else {
		v.pass(ruleEscape, at(u, options), "%s leaves escaping on", u.Of)
	}
}
