package source

import (
	"slices"
	"strings"

	"pavise"
)

// asksDocuments are the methods by which databases of documents are asked.
var asksDocuments = methods("find", "findOne", "findOneAndUpdate", "findOneAndDelete", "updateOne", "updateMany", "deleteOne", "deleteMany",
	"countDocuments", "aggregate", "remove", "update")

// inDocuments are the packages that ask them, and checking those that look at what a
// client sends: whether here nobody can tell.
var (
	inDocuments = []string{"mongodb", "mongoose", "mongojs", "monk", "mongoskin", "nedb", "@seald-io/nedb", "nedb-promises"}
	checking    = []string{"express-mongo-sanitize", "mongo-sanitize", "@exortek/express-mongo-sanitize", "express-validator", "joi", "@hapi/joi", "celebrate", "zod",
		"yup", "ajv", "class-validator", "superstruct", "valibot", "validator", "express-openapi-validator", "mongoose-sanitize"}
)

// judgeDocuments looks at what a query is made of: a value that came as an object may
// bear operators, such as $ne, and $where is code.
func (p program) judgeDocuments(v *verdicts, u pavise.Use) {
	query := u.Arg(0)
	if query.Text == "?req" && len(u.Args) > 1 { // Apostrophe's find(req, criteria)
		query = u.Args[1]
	}
	if !asksDocuments(u) || query.Kind != pavise.ObjectValue && query.Kind != pavise.NameValue && query.Kind != pavise.OtherValue {
		return
	}
	name, where := strings.TrimPrefix(u.Of, "?"), at(u, query)
	if whole := wholeOf(query); len(whole.Asked) > 0 {
		sink{ruleNoSQL, nil, func(pavise.Use) pavise.Value { return whole }}.judge(v, u)
		return
	}
	for _, m := range query.Members {
		switch {
		case m.Name == "$where" && len(m.Value.Asked) > 0:
			v.fail(ruleNoSQL, at(u, m.Value), "%s runs as code what is made of %s", name, asked(m.Value))
			return
		case !p.operator(m.Value):
		case p.imported(checking...) || conditional(u, anything) != "":
			v.unknown(ruleNoSQL, at(u, m.Value), "%s is given %s, and whether that can be an object such as {$ne: 1} cannot be told", name, asked(m.Value))
			return
		default:
			v.fail(ruleNoSQL, at(u, m.Value), "%s is given %s, which may come as an object such as {$ne: 1}", name, asked(m.Value))
			return
		}
	}
	v.pass(ruleNoSQL, where, "%s is given no object of a request", name)
}

// operator reports whether a value may come as an object: of a body, and of a query where
// Express parses it with qs, as it did before 5.
func (p program) operator(v pavise.Value) bool {
	if v.Kind != pavise.NameValue || len(v.Asked) != 1 || !p.imported(inDocuments...) {
		return false
	}
	part := strings.TrimPrefix(v.Asked[0], "ctx.")
	of := func(of string) bool {
		return strings.HasPrefix(part, "req."+of+".") || strings.HasPrefix(part, "request."+of+".")
	}
	return of("body") || of("query") && p.major("express") > 0 && p.major("express") < 5 && len(p.settings("query parser")) == 0
}

// bodies are the whole of what a client sends.
var bodies = []string{"req.body", "req.query", "request.body", "request.query", "ctx.request.body", "ctx.query"}

// wholeOf is a value that is the body or the query as it came; any other is harmless.
func wholeOf(v pavise.Value) pavise.Value {
	text := strings.TrimPrefix(v.Text, "?")
	if (v.Kind == pavise.NameValue || v.Kind == pavise.OtherValue) && slices.Contains(bodies, text) {
		return v
	}
	return harmless(v)
}
