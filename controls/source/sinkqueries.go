package source

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// statement is how SQL begins, or goes on. A method such as get has many other uses.
var statement = regexp.MustCompile(`(?is)\b(select\b.+\bfrom|insert\s+into|update\b.+\bset|delete\s+from|drop\s+table|where\b.+=|order\s+by|call\s+\w+\s*\()`)

// query is a statement that is put together. One in a list or an object is bound.
func query(i int) func(pavise.Use) pavise.Value {
	return func(u pavise.Use) pavise.Value {
		v := u.Arg(i)
		if v.Kind == pavise.ObjectValue {
			v, _ = v.Member("text")
		}
		if (v.Kind == pavise.OtherValue || v.Kind == pavise.StringValue || v.Kind == pavise.CallValue) && statement.MatchString(sourceOf(v, 4)) {
			return v
		}
		return pavise.Value{}
	}
}

// bodies are the whole of what a client sends.
var bodies = []string{"req.body", "req.query", "request.body", "request.query", "ctx.request.body", "ctx.query"}

// wholeRequest is an argument that is the body or the query as it came: it may bear
// operators such as $ne. What is given a function is another's find.
func wholeRequest(i int) func(pavise.Use) pavise.Value {
	return func(u pavise.Use) pavise.Value {
		if v := u.Arg(i); v.Kind == pavise.ObjectValue || v.Kind == pavise.NameValue || v.Kind == pavise.OtherValue {
			return wholeOf(v)
		}
		return pavise.Value{}
	}
}

func wholeOf(v pavise.Value) pavise.Value {
	text := strings.TrimPrefix(v.Text, "?")
	if (v.Kind == pavise.NameValue || v.Kind == pavise.OtherValue) && slices.Contains(bodies, text) {
		return v
	}
	return harmless(v)
}
