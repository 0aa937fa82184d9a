package pavise

// A Use is one place of source that sets something up: a call, or a struct that is
// written out. Of names what is used by where it comes from, not by how the file calls it:
//
//	express-session                 session(…), where session is that package
//	express()                       what express(…) gives, so
//	express().listen                app.listen(…) on it, also behind app.use(…).use(…)
//	express().route().get           app.route("/a").get(…), also behind .get(…).post(…)
//	express.Router().use            of a router
//	http.createServer().listen      of Node's own modules, without "node:"
//	connect-mongo.create            a member; a named import is one, the default is the package
//	new express-rate-limit.Limiter  a construction
//	new koa().use                   a member of what was constructed
//	new connect-redis()             a construction of what a call gave: connect-redis(session)
//	?app.set                        of a name that nobody could follow, such as a parameter
//	?app.set                        also this.app.set(…) where nobody knows what this.app is
//	eval                            of the language itself
//	module.exports                  what a file gives others, as the one argument; also export default
//	net/http.Server                 in Go: a struct, its fields as an object; also var s T and new(T)
//	net/http.ListenAndServe         in Go: a function
//	net/http.Server.ListenAndServe  in Go: a method of a struct, or of a parameter of its type
//	os/exec.Command().Run           in Go: a method of what a function gave
//	import net/http/pprof           in Go: an import for its effects
//
// Names are followed through the constants, the files and the functions of the project: what
// a parameter is stands where its function is called, if that is at one place. What is
// imported from a file of the project has the name of what stands there. In JavaScript
// every call of something that a module gave is told; of something that nobody could follow
// only the methods of an app and of its answers (use, listen, cookie, redirect, sendFile and
// the like), and those that ask a database, where what they are given is made of a request;
// of the language eval, Function, fetch, process.…, timers that are given text, and
// require of what is no constant. Uses stand in the order in which their names stand in a file, and
// what it gives comes last.
//
// In Go each file is read by itself: what another declares is a name. Told are the structs,
// functions and methods of packages of others, and of those of Go itself that serve, speak
// TLS or run something. Constants of a package are names as they are written:
// "tls.VersionTLS10", "http.SameSiteLaxMode". Parts of a request are named by the parameter
// that is a *http.Request: "r.FormValue.name", "r.URL.Query.Get.host".
type Use struct {
	File   string  `json:"file"`
	Line   int     `json:"line"`
	Column int     `json:"column,omitempty"` // bytes, from 1
	Of     string  `json:"of"`
	Args   []Value `json:"args,omitempty"`
	// On tells what was made in one place apart from what was made in another: two apps in
	// one project have different ones, and the call that made an app has that of the app.
	// "" is not known.
	On string `json:"on,omitempty"`
	// Start and End are where the call stands, in bytes of the file, with what it is called
	// on, and Name where the called name ends: behind it stand the arguments. Line and
	// Column are those of the last part of that name: of listen in app.use(…).listen(…).
	Start int `json:"start"`
	End   int `json:"end"`
	Name  int `json:"name"`
	// When are the conditions behind which it stands, as they are written, the outermost
	// first: process.env.NODE_ENV !== "production". That of an else is negated: !(…).
	When []string `json:"when,omitempty"`
	// Test is set in files of tests and examples.
	Test bool `json:"test,omitempty"`
}

// Where is its line.
func (u Use) Where() string { return Line(u.File, u.Line) }

// A Value is an expression, as far as it can be told without running it.
type Value struct {
	Kind ValueKind `json:"kind"`
	// Text is what a string, number or bool is; the name of a variable of the environment;
	// Of for what is called or named; else the source itself, clipped.
	Text string `json:"text,omitempty"`
	// Members are those of an object, or a struct in Go. What is set later counts as one,
	// even where that is done only under a condition: options.cookie.secure = true.
	Members []Member `json:"members,omitempty"`
	Items   []Value  `json:"items,omitempty"` // of a list, or what a call is given
	// Open is set for an object with more than its members: a spread, a computed key.
	Open bool `json:"open,omitempty"`
	// Asked are the parts of a request that it is made of: "req.query.file". Of what is
	// called with them, too; of a function what it does is not looked through.
	Asked []string `json:"asked,omitempty"`
	// Line, Start and End are where the value itself is written: for a constant that is
	// where it is declared. File is set where that is another file than the use's.
	File  string `json:"file,omitempty"`
	Line  int    `json:"line"`
	Start int    `json:"start"` // in bytes of the file
	End   int    `json:"end"`
}

// A Member is one of an object.
type Member struct {
	Name  string `json:"name"`
	Value Value  `json:"value"`
	// Maybe is set where a spread behind it may say otherwise.
	Maybe bool `json:"maybe,omitempty"`
}

// A ValueKind is what an expression is.
type ValueKind string

// The kinds of values.
const (
	StringValue   ValueKind = "string" // also a template without holes
	NumberValue   ValueKind = "number" // its value as decimal digits, of a sum or product the result; in Go a span of time in nanoseconds
	BoolValue     ValueKind = "bool"
	NullValue     ValueKind = "null" // or undefined, or nil
	ObjectValue   ValueKind = "object"
	ListValue     ValueKind = "list"
	EnvValue      ValueKind = "env"      // process.env.NAME, os.Getenv("NAME"), also in Number(…); what stands behind || or ?? is its one item
	CallValue     ValueKind = "call"     // also a construction: Text is "new " and what is constructed
	NameValue     ValueKind = "name"     // something that has a name and no value that is known: "?req.query.file", "express-session"
	FunctionValue ValueKind = "function" // its items are its parameters, as names
	OtherValue    ValueKind = "other"    // its items are the sides of a choice: a ? b : c, a || b
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
