package source

import (
	"testing"

	"pavise"
)

// TestRowsOfProjects holds what real projects showed to be judged wrongly.
func TestRowsOfProjects(t *testing.T) {
	const yoda = `'development' == app.get('env')`
	other := func(on string, u pavise.Use) pavise.Use {
		u.On = on
		return u
	}
	helmeted := use("express().use", call("helmet"))
	route := use("express().post", str("/auth/token"), function("req", "res"))
	check(t, Errors{}, []row{
		{"the handler of development, the constant first", app(when(use("express().use", call("express.errorHandler")), yoda), when(use("express.errorHandler"), yoda)), ruleDebugger, pavise.Pass, "development alone"},
		{"a handler for all but development", app(when(use("errorhandler"), `'development' != env`)), ruleDebugger, pavise.Fail, "errorhandler"},
		{"routes where app.router stands", app(use("express().use", name("?app.router")), later(use("express().use", function("err", "req", "res", "next")), 10), later(use("express().get", str("/"), function("req", "res")), 20)), ruleHandler, pavise.Pass, ""},
		{"routes behind the handler", app(later(use("express().use", function("err", "req", "res", "next")), 10), later(use("express().get", str("/"), function("req", "res")), 20)), ruleHandler, pavise.Fail, "never sees"},
	})
	check(t, Session{}, []row{
		{"a function that reads the environment", app(use("express-session", object("secret", call("?required", str("SESSION_SECRET"))))), ruleSecret, pavise.Pass, "SESSION_SECRET"},
		{"a function of something else", app(use("express-session", object("secret", call("?read", str("secret.txt"))))), ruleSecret, pavise.Unknown, ""},
		{"a key of Apostrophe's API", apostrophe("4.0.0", aposExpress("@apostrophecms/express", "session", object("secret", env("S")), "apiKeys", object("abcdefgh", object()))), ruleSecret, pavise.Fail, "let in"},
		{"a password of Apostrophe 0.5", evidence(use("apostrophe-site", object("adminPassword", str("demo")))), ruleKnown, pavise.Fail, "administrators"},
	})
	check(t, TLS{}, []row{
		{"request without certificates", app(use("request", object("strictSSL", boolean(false)))), ruleVerify, pavise.Fail, "strictSSL"},
	})
	check(t, Listen{}, []row{
		{"a socket of the settings", app(use("http.createServer().listen", call("?config.get", str("server.socket")), name("?done"))), ruleHost, pavise.Unknown, ""},
		{"a path where there is one", app(when(use("http.createServer().listen", call("?config.get", str("server.x")), name("?done")), "listenSocket")), ruleHost, pavise.Unknown, "listenSocket"},
		{"a port of the settings", app(use("http.createServer().listen", call("?config.get", str("server.port")), name("?done"))), ruleHost, pavise.Fail, ""},
	})
	check(t, Login{}, []row{
		{"something of its own counts logins", app(route, use("?loginAttempts.push")), ruleRate, pavise.Unknown, "counts"},
		{"nothing counts them", app(route, use("?res.send")), ruleRate, pavise.Fail, ""},
	})
	check(t, Headers{}, []row{
		{"helmet at another app", app(helmeted, other("b.js:1:1", use("express().listen", num("1")))), ruleSet, pavise.Fail, "another's"},
		{"helmet at the app", app(helmeted, use("helmet"), use("express().listen", num("1"))), ruleSet, pavise.Pass, ""},
		{"helmet at an app within another", app(helmeted, use("helmet"), other("b.js:1:1", use("express().use", call("express"))), other("b.js:1:1", use("express().listen", num("1")))), ruleSet, pavise.Pass, ""},
		{"headers of a list", app(use("?res.setHeader", name("?key"), name("?value"))), ruleSet, pavise.Unknown, "key"},
		{"Apostrophe without its module", apostrophe("4.0.0", use("apostrophe", object("modules", object()))), ruleSet, pavise.Fail, "security-headers"},
		{"Apostrophe with it", apostrophe("4.0.0", use("apostrophe", object("modules", object("@apostrophecms/security-headers", object())))), ruleSet, pavise.Pass, ""},
		{"Apostrophe 2", apostrophe("2.0.0", use("apostrophe", object())), ruleSet, pavise.Skip, ""},
	})
}

func later(u pavise.Use, start int) pavise.Use {
	u.Start, u.Line = start, start
	return u
}
