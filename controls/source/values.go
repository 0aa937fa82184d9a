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

// holds tells whether a value is true in production.
func holds(v pavise.Value) truth { return truths[v.Holds()] }

// whenRun tells whether a condition holds in production, by how it is written.
func whenRun(text string) truth { return truths[pavise.InProduction(text)] }

var truths = map[pavise.Outcome]truth{pavise.Pass: yes, pavise.Fail: no, pavise.Unknown: untold}

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
