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
		"cross-spawn", "execa", "execa.execa"), programOrShell},
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
