package source

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// A sink is a kind of call to which a part of a request must not come.
type sink struct {
	rule    string
	matches func(pavise.Use) bool
	// given is the argument that does the harm, with what it is made of; what is safe
	// however it is made has no Asked. The zero Value is that the call is another.
	given func(pavise.Use) pavise.Value
}

// judge fails a call that is given a part of a request. One that is not passes.
func (s sink) judge(v *verdicts, u pavise.Use) {
	value := s.given(u)
	name := strings.TrimPrefix(u.Of, "?")
	switch {
	case value.Kind == "":
	case len(value.Asked) > 0 && madeAnew(value):
		v.unknown(s.rule, at(u, value), "%s is given what %s makes of %s", name, shown(value), asked(value))
	case len(value.Asked) > 0 && conditional(u, examined) != "":
		v.unknown(s.rule, at(u, value), "%s is given %s where %s", name, asked(value), conditional(u, examined))
	case len(value.Asked) > 0:
		v.fail(s.rule, at(u, value), "%s is given %s", name, asked(value))
	default:
		v.pass(s.rule, at(u, value), "%s is given nothing of a request", name)
	}
}

// sinks are all of them.
var sinks = []sink{
	{ruleCode, of("eval", "Function", "new Function", "vm.runInContext", "vm.runInNewContext", "vm.runInThisContext", "new vm.Script",
		"vm.compileFunction", "safe-eval", "static-eval", "node-serialize.unserialize", "new vm2.VM.run"), anyArg},
	{ruleCode, of("setTimeout", "setInterval", "setImmediate"), textArg},
	{ruleCommand, of("child_process.exec", "child_process.execSync", "shelljs.exec", "execa.execaCommand", "execa.execaCommandSync", "execa.command"), arg(0)},
	{ruleCommand, of("child_process.spawn", "child_process.spawnSync", "child_process.execFile", "child_process.execFileSync", "child_process.fork",
		"cross-spawn", "execa", "execa.execa"), program0OrShell},
	{ruleCommand, of("os/exec.Command", "os/exec.CommandContext"), goCommand},
	{ruleSQL, methods("query", "execute", "raw", "$queryRawUnsafe", "$executeRawUnsafe", "whereRaw", "exec", "all", "run", "get", "each"), query(0)},
	{ruleSQL, methods("Query", "QueryRow", "Exec", "Raw", "Prepare"), query(0)},
	{ruleSQL, methods("QueryContext", "QueryRowContext", "ExecContext", "PrepareContext"), query(1)},
	{ruleFile, of("fs.readFile", "fs.readFileSync", "fs.createReadStream", "fs.createWriteStream", "fs.writeFile", "fs.writeFileSync", "fs.appendFile",
		"fs.unlink", "fs.unlinkSync", "fs.rm", "fs.rmSync", "fs.readdir", "fs.readdirSync", "fs.open", "fs/promises.readFile", "fs/promises.writeFile",
		"fs/promises.unlink", "fs/promises.open", "fs.promises.readFile", "fs.promises.writeFile", "fs-extra.readFile", "fs-extra.remove"), filePath},
	{ruleFile, of("os.Open", "os.ReadFile", "os.Create", "os.OpenFile", "os.WriteFile", "os.Remove", "os.RemoveAll", "io/ioutil.ReadFile"), filePath},
	{ruleFile, of("net/http.ServeFile"), arg(2)},
	{ruleFile, response("sendFile", "sendfile", "download"), sentFile},
	{ruleRedirect, response("redirect", "location"), target},
	{ruleRedirect, of("net/http.Redirect"), target},
	{ruleView, response("render"), view},
	{ruleAddress, of(fetching...), address},
}

// of matches what is used by its name.
func of(names ...string) func(pavise.Use) bool {
	return func(u pavise.Use) bool { return slices.Contains(names, u.Of) }
}

// methods matches methods of anything that has a name.
func methods(names ...string) func(pavise.Use) bool {
	return func(u pavise.Use) bool {
		on, method := called(u)
		return on != "" && slices.Contains(names, method)
	}
}

// response matches methods of a response, also behind status(…).
func response(names ...string) func(pavise.Use) bool {
	return func(u pavise.Use) bool { return len(program{uses: []pavise.Use{u}}.onResponse(names...)) > 0 }
}

// passing are calls that give what they are given, as far as its harm goes.
var passing = []string{"path.join", "path.resolve", "path.normalize", "decodeURIComponent", "decodeURI", "unescape", "String", "Buffer.from",
	"util.format", "fmt.Sprintf", "strings.TrimSpace", "path/filepath.Join", "path.Join", "JSON.parse", "?.concat", "?.join", "?.trim", "?.toString"}

// cleaning are calls whose names say that they make a value safe.
var cleaning = regexp.MustCompile(`(?i)escape|quote|sanitiz|clean|validat|whitelist|allow|format\(|parseInt|Number\(|encodeURI|basename`)

// madeAnew reports whether a value is what somebody's function makes of a request: what
// that does nobody can tell.
func madeAnew(v pavise.Value) bool {
	switch v.Kind {
	case pavise.CallValue:
		last := v.Text[strings.LastIndexByte(v.Text, '.')+1:]
		formValue := slices.Contains([]string{"FormValue", "PostFormValue", "PathValue", "Get", "Param", "Query", "get", "header", "param"}, last)
		return !formValue && !slices.Contains(passing, v.Text) && !slices.Contains(passing, "?."+last)
	case pavise.OtherValue:
		return cleaning.MatchString(v.Text)
	}
	return false
}

// harmless is a value that does no harm whatever it is made of.
func harmless(v pavise.Value) pavise.Value {
	v.Asked = nil
	return v
}

func arg(i int) func(pavise.Use) pavise.Value {
	return func(u pavise.Use) pavise.Value { return u.Arg(i) }
}

// anyArg is the first argument with a part of a request.
func anyArg(u pavise.Use) pavise.Value {
	for _, v := range u.Args {
		if len(v.Asked) > 0 && v.Kind != pavise.ObjectValue { // what a script may use of a sandbox is not code
			return v
		}
	}
	return u.Arg(0)
}

// textArg is the first argument where it is no function: a string is run as code.
func textArg(u pavise.Use) pavise.Value {
	if u.Arg(0).Kind == pavise.FunctionValue || u.Arg(0).Kind == pavise.CallValue {
		return harmless(u.Arg(0))
	}
	return u.Arg(0)
}

// program0OrShell is the name of the program, or with a shell any argument.
func program0OrShell(u pavise.Use) pavise.Value {
	for _, options := range u.Args[min(1, len(u.Args)):] {
		if _, told := flag(options, "shell"); told == yes && options.Kind == pavise.ObjectValue {
			return anyArg(u)
		}
	}
	return u.Arg(0)
}

// goCommand is the name of the program, or what a shell is given.
func goCommand(u pavise.Use) pavise.Value {
	args := u.Args
	if strings.HasSuffix(u.Of, "Context") && len(args) > 0 {
		args = args[1:]
	}
	if len(args) == 0 || len(args[0].Asked) > 0 {
		return pavise.Use{Args: args}.Arg(0)
	}
	name := args[0].Text[strings.LastIndexAny(args[0].Text, `/\`)+1:]
	if slices.Contains([]string{"sh", "bash", "zsh", "dash", "ash", "cmd", "cmd.exe", "powershell", "pwsh"}, name) {
		return anyArg(pavise.Use{Args: args[1:]})
	}
	return args[0]
}

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

// sourceOf is what a value is made of, as one text.
func sourceOf(v pavise.Value, depth int) string {
	text := v.Text
	for _, item := range v.Items {
		if depth > 0 {
			text += " " + sourceOf(item, depth-1)
		}
	}
	return text
}

// baseNames take away what leads out of a folder, or make a value one of few.
var baseNames = regexp.MustCompile(`\b(basename|Base|parseInt|Number|encodeURIComponent|filepath\.IsLocal|sanitize\w*|isLocal\w*|safe\w*)\b`)

// filePath is the first argument, unless it is made safe.
func filePath(u pavise.Use) pavise.Value { return unsafePath(u.Arg(0)) }

func unsafePath(v pavise.Value) pavise.Value {
	if baseNames.MatchString(sourceOf(v, 4)) || uploaded(v) {
		return harmless(v)
	}
	return v
}

// uploaded reports whether the request's part is a name that the upload was given here
// (multer, formidable).
func uploaded(v pavise.Value) bool {
	if len(v.Asked) == 0 {
		return false
	}
	return !slices.ContainsFunc(v.Asked, func(a string) bool {
		return !strings.Contains(a, ".file.") && !strings.Contains(a, ".files") || strings.HasSuffix(a, "originalname")
	})
}

// sentFile is the path that is sent. Below a root Express stays itself.
func sentFile(u pavise.Use) pavise.Value {
	for _, options := range u.Args[min(1, len(u.Args)):] {
		if _, told := option(options, "root"); told == yes && options.Kind == pavise.ObjectValue {
			return harmless(u.Arg(0))
		}
	}
	return unsafePath(u.Arg(0))
}

// ownPart are the parts of a request that lead back to the site itself: req.url, and not
// req.query.url.
var ownPart = regexp.MustCompile(`^\w+(\.(req|request))?\.(originalUrl|url|baseUrl|path|hostname|host|protocol|URL)(\.|$)|[hH]eaders?\.host$`)

// target is where a redirect leads: the last argument. What begins otherwise than with a
// part of the request leads there whatever follows.
func target(u pavise.Use) pavise.Value {
	if len(u.Args) == 0 {
		return pavise.Value{}
	}
	v := u.Args[len(u.Args)-1]
	if strings.HasSuffix(u.File, ".go") {
		v = u.Arg(2)
	}
	foreign := slices.DeleteFunc(slices.Clone(v.Asked), ownPart.MatchString)
	if len(foreign) == 0 || v.Kind == pavise.OtherValue && len(v.Items) == 0 && !leads(v.Text, foreign) {
		return harmless(v)
	}
	v.Asked = foreign
	return v
}

// beginning is what a sum or a template begins with, behind the scheme.
var beginning = regexp.MustCompile("^(?:[\"'`]https?://[\"']?\\s*\\+?\\s*|`)?(?:\\$\\{)?\\s*([\\w.?]+)")

// leads reports whether a sum or a template begins with one of the parts of a request.
func leads(text string, parts []string) bool {
	first := beginning.FindStringSubmatch(text)
	if first == nil {
		return false
	}
	name := strings.ReplaceAll(first[1], "?", "")
	return slices.ContainsFunc(parts, func(part string) bool {
		return strings.HasPrefix(name, part) || strings.HasPrefix(part, name+".") || name == part[strings.LastIndexByte(part, '.')+1:]
	})
}

// view is the name of the view, or locals that are a whole body: engines such as EJS and
// Handlebars take options from there (CVE-2022-29078).
func view(u pavise.Use) pavise.Value {
	if v := u.Arg(0); len(v.Asked) > 0 && v.Kind != pavise.ObjectValue && !baseNames.MatchString(sourceOf(v, 4)) {
		return v
	}
	if locals := wholeOf(u.Arg(1)); len(locals.Asked) > 0 {
		return locals
	}
	return harmless(u.Arg(0))
}

// likeWriter are the names of what writes a response in Go.
var likeWriter = []string{"w", "rw", "writer", "res", "resp", "rsp", "response"}

// judgeMarkup looks at templates of text whose output goes to a client.
func (p program) judgeMarkup(v *verdicts, u pavise.Use) {
	if !strings.HasSuffix(u.File, ".go") {
		return
	}
	_, method := called(u)
	if method != "Execute" && method != "ExecuteTemplate" || !p.importedIn(u.File, "net/http") {
		return
	}
	name := strings.TrimPrefix(u.Arg(0).Text, "?")
	switch {
	case p.importedIn(u.File, "html/template"):
		v.pass(ruleMarkup, at(u, pavise.Value{}), "html/template makes it")
	case p.importedIn(u.File, "text/template") && u.Arg(0).Kind == pavise.NameValue && slices.Contains(likeWriter, name):
		v.fail(ruleMarkup, at(u, pavise.Value{}), "text/template writes to the client, and escapes nothing")
	}
}
