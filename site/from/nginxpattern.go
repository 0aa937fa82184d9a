package from

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// segment is how a regular expression says that a name begins.
var segment = regexp.MustCompile(`^\^?(\.\*)?(/|\(\^\|/\)|\(\?:\^\|/\))`)

// A dotted is a location for names that begin with a dot alone, and what it stands in.
type dotted struct {
	at pavise.Directive
	up *part
}

// dotted tells of such locations once it is known whether an app answers there.
func (n *nginx) dotted(b *built, all []*part) {
	for _, dot := range b.dots {
		if slices.ContainsFunc(all, func(p *part) bool {
			return p.m.Get("to") != nil && p.inherits(func(up *part) bool { return up == dot.up }) == dot.up
		}) {
			n.tell(dot.at, Left, "Pavise never serves files that begin with a dot, but asks the app for all that leaks.files does not refuse", "have the app refuse them, too; see pavise controls leaks.files")
		} else {
			n.tell(dot.at, Implied, "Pavise never serves files that begin with a dot", "")
		}
	}
}

// forDots reports whether a regular expression is for names that begin with a dot alone.
func forDots(expression string) bool {
	begin := segment.FindString(expression)
	rest, choice := expression[len(begin):], []string{expression[len(begin):]}
	if inner, after, ok := strings.Cut(strings.TrimPrefix(rest, "("), ")"); ok && rest[0] == '(' {
		choice, rest = strings.Split(inner, "|"), after
	}
	deep := 0
	for _, c := range rest {
		switch {
		case c == '(':
			deep++
		case c == ')':
			deep--
		case c == '|' && deep == 0:
			return false
		}
	}
	return begin != "" && !slices.ContainsFunc(choice, func(s string) bool { return !strings.HasPrefix(s, `\.`) })
}

// programs is how a regular expression names files that are to be run.
var programs = regexp.MustCompile(`(?i)php|phtml|cgi|jsp|asp|\.\(?(pl|py|rb)\b`)

// whole is a regular expression for all below some paths.
var whole = regexp.MustCompile(`^\^((?:/[\w-]+)*/)(?:([\w-]+)|\((?:\?:)?([\w-]+(?:\|[\w-]+)*)\))(?:/|\$$|/\?\$$|\(/\|\$\)|\(\?:/\|\$\)|\(/\.\*\)\?\$$)`)

// below are the paths that a regular expression is for, with all below them; none if it
// is for others as well.
func below(expression string) []string {
	m := whole.FindStringSubmatch(expression)
	if m == nil || strings.Contains(expression[len(m[0]):], "|") {
		return nil
	}
	var paths []string
	for name := range strings.SplitSeq(m[2]+m[3], "|") {
		paths = append(paths, m[1]+name)
	}
	return paths
}

// pattern tells of a location by regular expression.
func (n *nginx) pattern(b *built, up *part, d pavise.Directive, expression string) {
	names := func(list ...string) bool {
		return !slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return !slices.Contains(list, d.Name) })
	}
	b.ran(d, up)
	switch {
	case forDots(expression) && names("deny", "return", "access_log", "log_not_found"):
		b.dots = append(b.dots, dotted{d, up})
	case n.guards(d.Block) || slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return d.Name == "internal" }):
		n.unsaid(b, up, d, below(expression), "locations by regular expression are not carried over", "")
	case names("expires", "add_header", "access_log", "log_not_found", "try_files", "etag"):
		n.tell(d, Left, "how long browsers keep files is not carried over", "have the app say it by Cache-Control")
	case slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return d.Name == "fastcgi_pass" }):
		n.tell(d, Left, left["fastcgi_pass"].why, left["fastcgi_pass"].do)
	default:
		n.tell(d, Left, "locations by regular expression are not carried over, with what is in them", "a part of a site begins with a path: pavise site update NAME --path /PATH …")
	}
}

// condition knows what certbot writes: if ($host = NAME) { return 301 https://… }.
func (n *nginx) condition(b *built, p *part, d pavise.Directive) {
	if len(d.Block) == 1 {
		if to, keep, _, ok := redirect(d.Block[0]); ok && keep && to == "https://$host" {
			n.tell(d, Implied, "Pavise leads plain http to https", "")
			return
		}
	}
	const why, do = "conditions are not carried over, with what is in them", "see what it is for; redirect, paths and canonical may do it"
	if b == nil || n.harmless(strings.Join(d.Args, " ")) {
		n.tell(d, Left, why, do)
		return
	}
	n.unsaid(b, p, d, nil, why, do)
}

// varies reports whether a map has values that are variables, which may say more than
// what it is made of.
func varies(d pavise.Directive) bool {
	return slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return strings.Contains(strings.Join(d.Args, " "), "$") })
}

// harmless reports whether a condition is about how a request looks, or what files there
// are, and not about who asks.
func (n *nginx) harmless(condition string) bool {
	name, _, _ := strings.Cut(strings.Trim(condition, "( )"), " ")
	return harmless[name] || n.looks[name] || strings.HasPrefix(name, "-") || strings.HasPrefix(name, "!-")
}
