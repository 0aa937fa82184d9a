package source

import (
	"regexp"

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
