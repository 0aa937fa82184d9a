package pavise

import (
	"regexp"
	"strings"
)

var (
	inProduction  = regexp.MustCompile(`(?i)([^!=]===?\s*["'\x60]prod(uction)?["'\x60])|(^["'\x60]prod(uction)?["'\x60]\s*===?[^=])|(^["'\x60](dev(elopment)?|test|local)["'\x60]\s*!==?[^=])|(!==?\s*["'\x60](dev(elopment)?|test|local)["'\x60])`)
	inDevelopment = regexp.MustCompile(`(?i)(!==?\s*["'\x60]prod(uction)?["'\x60])|(^["'\x60]prod(uction)?["'\x60]\s*!==?[^=])|(^["'\x60](dev(elopment)?|test|local)["'\x60]\s*===?[^=])|([^!=]===?\s*["'\x60](dev(elopment)?|test|local)["'\x60])`)
	ofEnvironment = regexp.MustCompile(`NODE_ENV|["'\x60]env["'\x60]|\b[eE]nv(ironment)?\b|\b(mode|stage)\b`)
	connection    = regexp.MustCompile(`\bTLS\s*!=\s*nil$|\b(req|request)\.secure$`)
	namedForProd  = regexp.MustCompile(`(?i)^([\w.]+\.)?(_*)(is|in)?_?prod(uction)?(_?mode)?$`)
	namedForDev   = regexp.MustCompile(`(?i)^([\w.]+\.)?(_*)(is|in)?_?dev(elopment)?(_?mode)?$`)
)

// Holds tells whether a value is true where the program serves people: Pass that it is,
// Fail that it is not, else Unknown.
func (v Value) Holds() Outcome {
	switch v.Kind {
	case BoolValue:
		return held(v.Text == "true")
	case NumberValue:
		return held(v.Text != "0")
	case NullValue:
		return Fail
	case StringValue:
		return held(v.Text != "")
	case ObjectValue, ListValue, FunctionValue:
		return Pass
	}
	return InProduction(v.Text)
}

// OfEnvironment reports whether a text asks in which environment the program runs.
func OfEnvironment(text string) bool { return ofEnvironment.MatchString(text) }

// Runs tells likewise whether all conditions hold behind which the use stands.
func (u Use) Runs() Outcome {
	runs := Pass
	for _, c := range u.When {
		switch InProduction(c) {
		case Fail:
			return Fail
		case Unknown:
			runs = Unknown
		}
	}
	return runs
}

func held(b bool) Outcome {
	if b {
		return Pass
	}
	return Fail
}

// InProduction tells whether a condition holds where a program serves people, by how it
// is written: Pass that it does, Fail that it does not, else Unknown.
func InProduction(text string) Outcome {
	text = strings.TrimSpace(text)
	if inner, found := strings.CutPrefix(text, "!("); found && strings.HasSuffix(inner, ")") {
		switch InProduction(strings.TrimSuffix(inner, ")")) {
		case Pass:
			return Fail
		case Fail:
			return Pass
		}
		return Unknown
	}
	bare, not := strings.CutPrefix(strings.TrimPrefix(text, "?"), "!")
	simple := !strings.ContainsAny(text, "&|?")
	switch {
	case ofEnvironment.MatchString(text) && simple && inProduction.MatchString(text):
		return Pass
	case ofEnvironment.MatchString(text) && simple && inDevelopment.MatchString(text):
		return Fail
	case connection.MatchString(text) && simple:
		return Pass
	case namedForProd.MatchString(bare):
		return held(!not)
	case namedForDev.MatchString(bare):
		return held(not)
	}
	return Unknown
}
