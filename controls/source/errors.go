package source

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// Errors judges what a client gets to see when something goes wrong.
type Errors struct{}

const (
	ruleHandler  = "source.errors.handler"
	ruleStack    = "source.errors.stack"
	ruleNotFound = "source.errors.not-found"
	ruleDebugger = "source.errors.development"
)

// Doc describes the control.
func (Errors) Doc() pavise.Doc {
	const handler = `app.use((err, req, res, next) => {  // behind all routes, with all four
  console.error(err);
  res.status(err.status ?? 500).send("Something went wrong");
});`
	const traces = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N" // as leaks.traces
	return pavise.Doc{
		ID:       "source.errors",
		Title:    "Errors as clients see them",
		Why:      "Without a handler of its own Express sends the stack trace unless NODE_ENV is production: paths, libraries and inner calls, what an attacker otherwise has to guess.",
		Verifies: "Handlers with four parameters and for what is not found, where they stand, and whether a stack is sent.",
		By:       "leaks.traces",
		Rules: []pavise.Rule{
			{ID: ruleHandler, Title: "A handler of its own answers errors, behind all routes", Severity: pavise.Low,
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 16.5.4", "CWE-755", "CWE-209"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: handler}},
			{ID: ruleStack, Title: "No stack is sent to clients", Severity: pavise.Medium, CVSS: traces,
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 16.5.1", "CWE-209"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: handler}},
			{ID: ruleDebugger, Title: "The error handler of development is not used in production", Severity: pavise.Medium, CVSS: traces,
				References: []string{"ASVS 5.0 13.4.2", "CWE-489", "CWE-209"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: `if (process.env.NODE_ENV === "development") app.use(errorhandler());`}},
			{ID: ruleNotFound, Title: "A handler of its own answers what is not found", Severity: pavise.Info,
				References: []string{"CWE-200"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: `app.use((req, res) => res.status(404).send("Not found"));  // behind all routes`}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Errors) Validate() error { return nil }

// Check looks at the handlers of each program.
func (c Errors) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleHandler:  "app.use((err, req, res, next) => …) behind all routes",
		ruleStack:    "the stack in the log, and a plain sentence to the client",
		ruleDebugger: "errorhandler in development alone",
		ruleNotFound: "app.use((req, res) => …) behind all routes",
	}, func(p program, v *verdicts) {
		if apps := p.apps(); len(apps) > 0 && len(p.onRoutes(append(verbs, "get", "use", "all")...)) > 0 {
			p.judgeHandler(v, apps[0])
			p.judgeNotFound(v, apps[0])
		}
		p.judgeStack(v)
		p.judgeDebugger(v)
	})
}

// judgeDebugger looks at the handler that is made for development: it sends the stack.
func (p program) judgeDebugger(v *verdicts) {
	debugger := func(u pavise.Use) bool { return from(u.Of, "errorhandler") || u.Of == "express.errorHandler" }
	for _, u := range p.where(debugger) {
		if c := conditional(u, switched); c != "" {
			v.unknown(ruleDebugger, at(u, pavise.Value{}), "it is used where %s", c)
		} else {
			v.fail(ruleDebugger, at(u, pavise.Value{}), "%s is used without regard to NODE_ENV, and sends the stack", u.Of)
		}
	}
	for _, u := range p.dropped {
		if debugger(u) {
			v.pass(ruleDebugger, at(u, pavise.Value{}), "%s is used in development alone", u.Of)
		}
	}
}

var (
	handlerName = regexp.MustCompile(`(?i:error|exception|boom|celebrate|sentry|rollbar|bugsnag|raven)|(^|[.?_])err(_|[A-Z]|$)|[a-z]Err$`)
	missingName = regexp.MustCompile(`(?i)not_?found|404|error|missing|fallback|catch_?all`)
)

// judgeHandler looks for a middleware with four parameters, and what stands behind it.
func (p program) judgeHandler(v *verdicts, app pavise.Use) {
	var handler *pavise.Use
	unclear := false
	middlewares := p.onRoutes("use")
	for i, u := range middlewares {
		for _, a := range u.Args {
			switch {
			case a.Kind == pavise.FunctionValue && len(a.Items) == 4,
				a.Kind != pavise.StringValue && a.Kind != pavise.FunctionValue && handlerName.MatchString(a.Text):
				handler = &middlewares[i]
			case a.Kind == pavise.OtherValue, a.Kind == pavise.NameValue && strings.HasPrefix(a.Text, "?"):
				unclear = true
			}
		}
	}
	switch {
	case handler == nil && unclear:
		v.unknown(ruleHandler, at(app, pavise.Value{}), "no handler of errors is seen, and what some middlewares are is known only when it runs")
		return
	case handler == nil:
		v.lacks(ruleHandler, at(app, pavise.Value{}), "no handler of errors is used: Express answers with the stack unless NODE_ENV is production")
		return
	}
	placed := slices.ContainsFunc(middlewares, func(u pavise.Use) bool { // Express 3: the routes stand where app.router is used
		return strings.HasSuffix(u.Arg(0).Text, ".router") && u.Start < handler.Start
	})
	for _, u := range p.onRoutes(append(slices.Clone(verbs), "get", "all")...) {
		if !placed && u.On != "" && u.On == handler.On && u.File == handler.File && u.Start > handler.Start && len(u.Args) > 1 {
			v.fail(ruleHandler, at(*handler, pavise.Value{}), "the handler stands before the route in line %d, whose errors it never sees", u.Line)
			return
		}
	}
	v.pass(ruleHandler, at(*handler, pavise.Value{}), "errors are handled")
}

// judgeNotFound looks for what answers behind all routes.
func (p program) judgeNotFound(v *verdicts, app pavise.Use) {
	for _, u := range p.onRoutes("use", "all", "get") {
		_, method := called(u)
		first := u.Arg(0)
		everywhere := method == "use" && first.Kind != pavise.StringValue || slices.Contains([]string{"*", "/*", "(.*)", "*splat", "/*splat", "{*splat}", "/{*splat}", "/*path", "/{*path}", "/{*any}", "*path"}, first.Text)
		if !everywhere {
			continue
		}
		for _, a := range u.Args {
			if a.Kind == pavise.FunctionValue && len(a.Items) < 3 && method == "use" || method != "use" && a.Kind != pavise.StringValue ||
				a.Kind != pavise.StringValue && a.Kind != pavise.FunctionValue && missingName.MatchString(a.Text) {
				v.pass(ruleNotFound, at(u, pavise.Value{}), "it is answered")
				return
			}
		}
	}
	for _, u := range p.onResponse("status", "sendStatus") {
		if u.Arg(0).Text == "404" {
			v.pass(ruleNotFound, at(u, pavise.Value{}), "404 is answered")
			return
		}
	}
	if p.imported("http-errors") {
		v.pass(ruleNotFound, at(app, pavise.Value{}), "http-errors makes the answer")
		return
	}
	v.lacks(ruleNotFound, at(app, pavise.Value{}), "nothing answers what is not found: Express names itself by its own page")
}

// stack is the trace of an error, as source has it.
var stack = regexp.MustCompile(`(?i)\b(e|ex|er|err|error|exception|reason)\.stack\b`)

func (p program) judgeStack(v *verdicts) {
	for _, u := range p.onResponse("send", "json", "jsonp", "end", "write", "render") {
		where := at(u, pavise.Value{})
		switch text := stackIn(u.Args, 4); {
		case text == "":
		case conditional(u, switched) != "" || pavise.OfEnvironment(text) || strings.Contains(text, "?"):
			v.unknown(ruleStack, where, "%s is sent where a condition holds", pavise.Clip(text, 60))
		default:
			v.fail(ruleStack, where, "%s is sent to the client", pavise.Clip(text, 60))
		}
	}
	if len(v.found[ruleStack]) == 0 && len(p.apps()) > 0 {
		v.pass(ruleStack, at(p.apps()[0], pavise.Value{}), "no stack is sent")
	}
}

// stackIn is the text of a value that holds a stack; "" is none.
func stackIn(values []pavise.Value, depth int) string {
	if depth == 0 {
		return ""
	}
	for _, v := range values {
		if (v.Kind == pavise.NameValue || v.Kind == pavise.OtherValue) && stack.MatchString(v.Text) {
			return strings.TrimPrefix(v.Text, "?")
		}
		inner := slices.Clone(v.Items)
		for _, m := range v.Members {
			inner = append(inner, m.Value)
		}
		if v.Kind == pavise.FunctionValue {
			continue
		}
		if text := stackIn(inner, depth-1); text != "" {
			return text
		}
	}
	return ""
}
