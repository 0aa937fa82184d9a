package source

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// A truth is what can be told of a yes or no.
type truth int

const (
	unset  truth = iota // it is not there: the default holds
	yes                 // in production at least
	no                  // in production at least
	untold              // known only when the program runs
)

// option returns what an object of options says, and whether that can be told. An
// object with more than its members may hold it; what is no object may hold anything.
func option(options pavise.Value, name string) (v pavise.Value, told truth) {
	for _, m := range options.Members {
		switch {
		case m.Name != name:
		case m.Maybe && m.Value.Kind == pavise.StringValue:
			return m.Value, untold
		case m.Maybe:
			v := m.Value
			v.Kind, v.Text = pavise.OtherValue, shown(v)+", unless what is spread behind it says otherwise"
			return v, untold
		case m.Value.Kind == pavise.NullValue:
			return m.Value, unset
		default:
			return m.Value, yes
		}
	}
	if options.Kind == "" || options.Kind == pavise.FunctionValue || options.Kind == pavise.NullValue ||
		options.Kind == pavise.ObjectValue && !options.Open {
		return pavise.Value{}, unset
	}
	return pavise.Value{}, untold
}

// flag is what an object of options says to a yes or no.
func flag(options pavise.Value, name string) (pavise.Value, truth) {
	v, told := option(options, name)
	if told != yes {
		return v, told
	}
	return v, holds(v)
}

var (
	inProduction  = regexp.MustCompile(`(?i)([^!=]===?\s*["'\x60]prod(uction)?["'\x60])|(^["'\x60]prod(uction)?["'\x60]\s*===?[^=])|(^["'\x60](dev(elopment)?|test|local)["'\x60]\s*!==?[^=])|(!==?\s*["'\x60](dev(elopment)?|test|local)["'\x60])`)
	inDevelopment = regexp.MustCompile(`(?i)(!==?\s*["'\x60]prod(uction)?["'\x60])|(^["'\x60]prod(uction)?["'\x60]\s*!==?[^=])|(^["'\x60](dev(elopment)?|test|local)["'\x60]\s*===?[^=])|([^!=]===?\s*["'\x60](dev(elopment)?|test|local)["'\x60])`)
	ofEnvironment = regexp.MustCompile(`NODE_ENV|["'\x60]env["'\x60]|\b[eE]nv(ironment)?\b|\b(mode|stage)\b`)
	connection    = regexp.MustCompile(`\bTLS\s*!=\s*nil$|\b(req|request)\.secure$`)
	namedForProd  = regexp.MustCompile(`(?i)^([\w.]+\.)?(_*)(is|in)?_?prod(uction)?(_?mode)?$`)
	namedForDev   = regexp.MustCompile(`(?i)^([\w.]+\.)?(_*)(is|in)?_?dev(elopment)?(_?mode)?$`)
)

// holds tells whether a value is true in production.
func holds(v pavise.Value) truth {
	switch v.Kind {
	case pavise.BoolValue:
		return truthOf(v.Text == "true")
	case pavise.NumberValue:
		return truthOf(v.Text != "0")
	case pavise.NullValue:
		return no
	case pavise.StringValue:
		return truthOf(v.Text != "")
	case pavise.ObjectValue, pavise.ListValue, pavise.FunctionValue:
		return yes
	}
	return whenRun(v.Text)
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// whenRun tells whether a condition holds in production, by how it is written.
func whenRun(text string) truth {
	text = strings.TrimSpace(text)
	if inner, found := strings.CutPrefix(text, "!("); found && strings.HasSuffix(inner, ")") {
		switch whenRun(strings.TrimSuffix(inner, ")")) {
		case yes:
			return no
		case no:
			return yes
		}
		return untold
	}
	bare, not := strings.CutPrefix(strings.TrimPrefix(text, "?"), "!")
	simple := !strings.ContainsAny(text, "&|?")
	switch {
	case ofEnvironment.MatchString(text) && simple && inProduction.MatchString(text):
		return yes
	case ofEnvironment.MatchString(text) && simple && inDevelopment.MatchString(text):
		return no
	case connection.MatchString(text) && simple:
		return yes
	case namedForProd.MatchString(bare):
		return truthOf(!not)
	case namedForDev.MatchString(bare):
		return truthOf(not)
	}
	return untold
}

// forDevelopment reports whether a use stands behind a condition that production never
// fulfils, or in what Express 3 runs in one environment alone.
func forDevelopment(u pavise.Use, configured []pavise.Use) bool {
	for _, c := range u.When {
		if whenRun(c) == no {
			return true
		}
	}
	return slices.ContainsFunc(configured, func(c pavise.Use) bool {
		where := c.Arg(0)
		return c.File == u.File && c.Start < u.Start && u.End <= c.End &&
			where.Kind == pavise.StringValue && (where.Text == "development" || where.Text == "test")
	})
}

// conditional returns a condition of the kind that may or may not hold in production; ""
// is none.
func conditional(u pavise.Use, kind *regexp.Regexp) string {
	for _, c := range u.When {
		if whenRun(c) == untold && kind.MatchString(c) {
			return pavise.Clip(c, 60)
		}
	}
	return ""
}

// Kinds of conditions: that somebody asked for it, that a value was looked at, and all.
var (
	switched = regexp.MustCompile(`(?i)debug|dev|env|prod|verbose|expose|stack|insecure|local|trace|config|options|opts|flag|enable|unsafe|skip|allow|self-?_?signed`)
	anything = regexp.MustCompile(`.`)
	examined = regexp.MustCompile(`(?i)includes\(|slice\(0|substr(ing)?\(0|indexOf\(|\.test\(|\.match\(|startsWith\(|\.has\(|hasOwn|valid|allow|white|safe|isInteger|isNaN|isLocal|origin|\bin\b`)
)

// number is what a number is; ok is whether it is one.
func number(v pavise.Value) (n float64, ok bool) {
	if v.Kind != pavise.NumberValue {
		return 0, false
	}
	n, err := strconv.ParseFloat(v.Text, 64)
	return n, err == nil
}

// fallback is what a variable of the environment, or a setting, is where nobody sets it:
// the last of a || b.
func fallback(v pavise.Value) (pavise.Value, bool) {
	switch n := len(v.Items); {
	case v.Kind == pavise.EnvValue && n > 0:
		return v.Items[0], true
	case v.Kind == pavise.OtherValue && n > 1 && (strings.Contains(v.Text, "||") || strings.Contains(v.Text, "??")):
		return v.Items[n-1], true
	}
	return pavise.Value{}, false
}

// shown is a value as a finding names it.
func shown(v pavise.Value) string {
	text := pavise.Clip(cmp.Or(strings.TrimPrefix(v.Text, "?"), string(v.Kind)), 60)
	switch v.Kind {
	case pavise.StringValue:
		return strconv.Quote(text)
	case pavise.EnvValue:
		return "the environment's " + text
	case pavise.CallValue:
		return text + "(…)"
	}
	return text
}

// asked returns the parts of a request that a value is made of, as one text.
func asked(v pavise.Value) string { return strings.Join(v.Asked, ", ") }
