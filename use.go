package pavise

// A Use is one place of source that sets something up: a call, or a struct that is
// written out. Of names what is used by where it comes from, not by how the file calls it:
//
//	express-session                 session(…), where session is that package
//	express()                       what express(…) gives, so
//	express().listen                app.listen(…) on it, also behind app.use(…).use(…)
//	http.createServer().listen      of Node's own modules, without "node:"
//	connect-mongo.create            a member
//	new express-rate-limit.Limiter  a construction
//	?app.set                        of a name that nobody could follow, such as a parameter
//	eval                            of the language itself
//	module.exports                  what a file gives others, as the one argument
//	net/http.Server                 in Go: a struct, its fields as an object
//	net/http.ListenAndServe         in Go: a function
//	import net/http/pprof           in Go: an import for its effects
type Use struct {
	File   string  `json:"file"`
	Line   int     `json:"line"`
	Column int     `json:"column,omitempty"` // bytes, from 1
	Of     string  `json:"of"`
	Args   []Value `json:"args,omitempty"`
	// On tells the values of one name apart from those of another: two apps in one project
	// have different ones. "" is not known.
	On string `json:"on,omitempty"`
	// Start and End are where the call stands, in bytes of the file, and Name where the
	// called name ends.
	Start int `json:"start"`
	End   int `json:"end"`
	// Test is set in files of tests and examples.
	Test bool `json:"test,omitempty"`
}

// A Value is an expression, as far as it can be told without running it.
type Value struct {
	Kind ValueKind `json:"kind"`
	// Text is what a string, number or bool is; the name of a variable of the environment;
	// Of for what is called or named; else the source itself, clipped.
	Text    string   `json:"text,omitempty"`
	Members []Member `json:"members,omitempty"` // of an object, or a struct in Go
	Items   []Value  `json:"items,omitempty"`   // of a list, or what a call is given
	// Open is set for an object with more than its members: a spread, a computed key.
	Open bool `json:"open,omitempty"`
	// Asked are the parts of a request that it is made of: "req.query.file".
	Asked []string `json:"asked,omitempty"`
	Line  int      `json:"line"`
	Start int      `json:"start"` // in bytes of the file
	End   int      `json:"end"`
}

// A Member is one of an object.
type Member struct {
	Name  string `json:"name"`
	Value Value  `json:"value"`
}

// A ValueKind is what an expression is.
type ValueKind string

// The kinds of values.
const (
	StringValue   ValueKind = "string" // also a template without holes
	NumberValue   ValueKind = "number" // its value as decimal digits, where it is a sum of numbers that, too
	BoolValue     ValueKind = "bool"
	NullValue     ValueKind = "null" // or undefined, or nil
	ObjectValue   ValueKind = "object"
	ListValue     ValueKind = "list"
	EnvValue      ValueKind = "env"      // process.env.NAME, os.Getenv("NAME"); what stands behind || is its one item
	CallValue     ValueKind = "call"     // also a construction
	NameValue     ValueKind = "name"     // something that has a name and no value that is known
	FunctionValue ValueKind = "function" // its items are its parameters, as names
	OtherValue    ValueKind = "other"
)

// Member returns that of an object, and whether it has it.
func (v Value) Member(name string) (Value, bool) {
	for _, m := range v.Members {
		if m.Name == name {
			return m.Value, true
		}
	}
	return Value{}, false
}

// Arg returns an argument, the zero Value where there is none.
func (u Use) Arg(i int) Value {
	if i < len(u.Args) {
		return u.Args[i]
	}
	return Value{}
}
