package source

import (
	"testing"

	"pavise"
)

// TestInjectionOfDocumentsAndPages looks at operators, addresses, pages and templates.
func TestInjectionOfDocumentsAndPages(t *testing.T) {
	part := "req.query.x"
	given := func(of string, args ...pavise.Value) *pavise.Evidence { return app(use(of, args...)) }
	mongo := func(e *pavise.Evidence) *pavise.Evidence {
		e.Project.Imports = append(e.Project.Imports, pavise.Import{File: "app.js", Name: "mongodb"})
		e.Project.Packages = append(e.Project.Packages, pavise.Package{Ecosystem: pavise.NPM, Name: "express", Version: "4.21.0"})
		return e
	}
	dirty := from1(name("?"+part), part)
	body := from1(name("?req.body"), "req.body")
	check(t, Injection{}, []row{
		{"an operator", mongo(given("?users.find", object("name", dirty))), ruleNoSQL, pavise.Fail, "$ne"},
		{"an operator of a body", mongo(given("?users.findOne", object("name", from1(name("?req.body.name"), "req.body.name")))), ruleNoSQL, pavise.Fail, "$ne"},
		{"a text of a body", mongo(given("?users.findOne", object("name", from1(call("String", name("?req.body.name")), "req.body.name")))), ruleNoSQL, pavise.Pass, ""},
		{"a part of the path", mongo(given("?users.findOne", object("name", from1(name("?req.params.name"), "req.params.name")))), ruleNoSQL, pavise.Pass, ""},
		{"an operator that somebody may look at", mongo(app(use("zod.object"), use("?users.find", object("name", dirty)))), ruleNoSQL, pavise.Unknown, "$ne"},
		{"another database", given("?users.find", object("name", dirty)), ruleNoSQL, pavise.Pass, ""},
		{"code in a query", given("?users.find", object("$where", from1(other("`this.a == ${x}`"), part))), ruleNoSQL, pavise.Fail, "as code"},
		{"Apostrophe's criteria", given("?self.find", name("?req"), body), ruleNoSQL, pavise.Fail, "req.body"},
		{"an address", given("fetch", dirty), ruleAddress, pavise.Fail, part},
		{"an address in options", given("axios", object("url", dirty)), ruleAddress, pavise.Fail, part},
		{"the path of an address", given("needle.get", from1(other("`https://api.example.com/${x}`"), part)), ruleAddress, pavise.Pass, ""},
		{"the body of a question", given("axios.post", str("https://api.example.com"), dirty), ruleAddress, pavise.Pass, ""},
		{"a page", given("?res.send", from1(other("'<h1>' + x"), part)), rulePage, pavise.Fail, part},
		{"a page that is written", given("?res.write", from1(other("'<h1>' + x"), part)), rulePage, pavise.Fail, part},
		{"an echo", given("?res.send", dirty), rulePage, pavise.Fail, part},
		{"a body that came as JSON", given("?res.send", body), rulePage, pavise.Skip, ""},
		{"a text that was said to be one", app(use("?res.type", str("text")), use("?res.send", from1(other("'no ' + x"), part))), rulePage, pavise.Unknown, part},
		{"a page of its own", given("?res.send", other("'<h1>' + title")), rulePage, pavise.Pass, ""},
		{"no escaping", given("nunjucks.configure", str("views"), object("autoescape", boolean(false))), ruleEscape, pavise.Fail, "autoescape"},
		{"no escaping in Handlebars", given("handlebars.compile", name("?t"), object("noEscape", boolean(true))), ruleEscape, pavise.Fail, "noEscape"},
		{"escaping", given("nunjucks.configure", str("views")), ruleEscape, pavise.Pass, ""},
		{"a redirect to what is called url", given("?res.redirect", from1(name("?req.query.url"), "req.query.url")), ruleRedirect, pavise.Fail, "req.query.url"},
		{"a file that is called path", given("fs.readFile", from1(name("?req.query.path"), "req.query.path")), ruleFile, pavise.Fail, "req.query.path"},
		{"a file that was uploaded", given("fs.readFile", from1(name("?req.file.path"), "req.file.path")), ruleFile, pavise.Pass, ""},
		{"a file whose folder was looked at", app(when(use("fs.readFile", dirty), "!(file.slice(0, root.length) !== root)")), ruleFile, pavise.Unknown, "slice"},
	})
}

func TestInjection(t *testing.T) {
	part := "req.query.x"
	given := func(of string, args ...pavise.Value) *pavise.Evidence { return app(use(of, args...)) }
	dirty := from1(name("?x"), part)
	sql := from1(other("`SELECT * FROM users WHERE id = ${x}`"), part)
	body := from1(name("?req.body"), "req.body")
	check(t, Injection{}, []row{
		{"eval", given("eval", dirty), ruleCode, pavise.Fail, part},
		{"eval of its own", given("eval", str("1+1")), ruleCode, pavise.Pass, ""},
		{"new Function", given("new Function", str("a"), dirty), ruleCode, pavise.Fail, part},
		{"a timer with a text", given("setTimeout", from1(other("'f(' + x + ')'"), part)), ruleCode, pavise.Fail, part},
		{"a timer with a function", given("setTimeout", from1(function(), part)), ruleCode, pavise.Pass, ""},
		{"a sandbox with values", given("vm.runInNewContext", str("a+1"), from1(object("a", dirty), part)), ruleCode, pavise.Pass, ""},
		{"a shell", given("child_process.exec", from1(other("'ls ' + x"), part)), ruleCommand, pavise.Fail, part},
		{"no shell", given("child_process.execFile", str("ls"), from1(list(dirty), part)), ruleCommand, pavise.Pass, ""},
		{"spawn with a shell", given("child_process.spawn", str("ls"), from1(list(dirty), part), object("shell", boolean(true))), ruleCommand, pavise.Fail, part},
		{"Go's shell", evidence(inGo("os/exec.Command", str("sh"), str("-c"), from1(other(`"ls " + x`), "r.FormValue"))), ruleCommand, pavise.Fail, "r.FormValue"},
		{"Go without a shell", evidence(inGo("os/exec.Command", str("ls"), from1(name("x"), "r.FormValue"))), ruleCommand, pavise.Pass, ""},
		{"Go's program", evidence(inGo("os/exec.CommandContext", name("ctx"), from1(name("x"), "r.FormValue"))), ruleCommand, pavise.Fail, ""},
		{"SQL", given("?db.query", sql), ruleSQL, pavise.Fail, part},
		{"SQL of a package", given("mysql.createConnection().query", sql), ruleSQL, pavise.Fail, part},
		{"SQL bound", given("?db.query", str("SELECT * FROM users WHERE id = ?"), from1(list(dirty), part)), ruleSQL, pavise.Pass, ""},
		{"a query that is no SQL", given("superagent.get().query", from1(object("q", dirty), part)), ruleSQL, pavise.Skip, ""},
		{"a search", given("?router.get", from1(other("'/x' + x"), part)), ruleSQL, pavise.Skip, ""},
		{"SQL in Go", evidence(inGo("?db.QueryContext", name("ctx"), from1(other(`"SELECT 1 FROM t WHERE a = '" + x + "'"`), "r.FormValue"))), ruleSQL, pavise.Fail, ""},
		{"a whole body", given("?users.find", body), ruleNoSQL, pavise.Fail, "req.body"},
		{"a value of it", given("?users.find", from1(object("name", dirty), part)), ruleNoSQL, pavise.Pass, ""},
		{"find of a list", given("?list.find", from1(function("x"), part)), ruleNoSQL, pavise.Skip, ""},
		{"a file", given("fs.readFile", dirty), ruleFile, pavise.Fail, part},
		{"a base name", given("fs.readFile", from1(call("path.join", str("files"), call("path.basename", dirty)), part)), ruleFile, pavise.Pass, ""},
		{"an upload", given("fs.unlink", from1(name("?req.file.path"), "req.file.path")), ruleFile, pavise.Pass, ""},
		{"an upload by the client's name", given("fs.unlink", from1(name("?n"), "req.file.originalname")), ruleFile, pavise.Fail, ""},
		{"sent", given("?res.sendFile", dirty), ruleFile, pavise.Fail, part},
		{"sent below a root", given("?res.sendFile", dirty, object("root", str("/srv"))), ruleFile, pavise.Pass, ""},
		{"a redirect", given("?res.redirect", dirty), ruleRedirect, pavise.Fail, part},
		{"a redirect with a status", given("?res.redirect", num("302"), dirty), ruleRedirect, pavise.Fail, part},
		{"a redirect of its own", given("?res.redirect", from1(other("`/users/${x}`"), part)), ruleRedirect, pavise.Pass, ""},
		{"a redirect to another scheme", given("?res.redirect", from1(other("'https://' + req.headers.host + req.url"), "req.headers.host", "req.url")), ruleRedirect, pavise.Pass, ""},
		{"a redirect to a host that was asked for", given("?res.redirect", from1(other("'https://' + x + '/'"), part)), ruleRedirect, pavise.Fail, part},
		{"a redirect, or home", given("?res.redirect", func() pavise.Value {
			v := from1(other("x || '/'"), part)
			v.Items = []pavise.Value{dirty, str("/")}
			return v
		}()), ruleRedirect, pavise.Fail, part},
		{"a redirect below somewhere", given("?res.redirect", from1(other("`${mountPath}login?next=${x}`"), part)), ruleRedirect, pavise.Pass, ""},
		{"a redirect that is made of it", given("?res.redirect", from1(call("?buildURL", dirty), part)), ruleRedirect, pavise.Unknown, "buildURL"},
		{"a file that is looked up", given("?res.sendFile", from1(call("?themes.find", dirty), part)), ruleFile, pavise.Unknown, "themes.find"},
		{"a shell that is quoted for", given("child_process.exec", from1(other("'ls ' + shellQuote(x)"), part)), ruleCommand, pavise.Unknown, ""},
		{"a redirect to where one was", given("?res.redirect", from1(other("`https://shop.example.com${req.originalUrl}`"), "req.originalUrl")), ruleRedirect, pavise.Pass, ""},
		{"a view", given("?res.render", dirty), ruleView, pavise.Fail, part},
		{"options of a view", given("?res.render", str("home"), body), ruleView, pavise.Fail, "req.body"},
		{"values of a view", given("?res.render", str("home"), from1(object("name", dirty), part)), ruleView, pavise.Pass, ""},
		{"where a condition holds", app(when(use("?res.redirect", dirty), "allowed.includes(x)")), ruleRedirect, pavise.Unknown, "allowed"},
		{"text/template", goFile("text/template", "net/http"), ruleMarkup, pavise.Fail, "escapes nothing"},
		{"html/template", goFile("html/template", "net/http"), ruleMarkup, pavise.Pass, ""},
		{"text/template of a tool", goFile("text/template"), ruleMarkup, pavise.Skip, ""},
	})
}

// goFile is a file in Go that writes a template to w.
func goFile(imports ...string) *pavise.Evidence {
	e := evidence(inGo("?t.Execute", name("w"), name("data")))
	for _, name := range imports {
		e.Project.Imports = append(e.Project.Imports, pavise.Import{File: "main.go", Line: 3, Name: name})
	}
	return e
}

func TestCookies(t *testing.T) {
	set := func(name string, pairs ...any) *pavise.Evidence {
		return app(use("?res.cookie", str(name), call("?token"), object(pairs...)))
	}
	goSet := func(pairs ...any) *pavise.Evidence {
		return evidence(inGo("net/http.Cookie", object(append([]any{"Name", str("session")}, pairs...)...)), inGo("net/http.SetCookie"))
	}
	check(t, Cookies{}, []row{
		{"none", app(), ruleCookieSecure, pavise.Skip, ""},
		{"bare", app(use("?res.cookie", str("sid"), name("?v"))), ruleCookieSecure, pavise.Fail, `"sid" is set without secure`},
		{"behind status", app(use("?res.status().cookie", str("sid"), name("?v"))), ruleCookieSecure, pavise.Fail, "sid"},
		{"secure", set("sid", "secure", boolean(true)), ruleCookieSecure, pavise.Pass, ""},
		{"secure in production", set("sid", "secure", other("process.env.NODE_ENV === 'production'")), ruleCookieSecure, pavise.Pass, ""},
		{"options of somewhere", app(use("?res.cookie", str("sid"), name("?v"), name("?options"))), ruleCookieSecure, pavise.Unknown, "options"},
		{"deleted", app(use("?res.cookie", str("sid"), str(""))), ruleCookieSecure, pavise.Skip, ""},
		{"deleted by its age", set("sid", "maxAge", num("0")), ruleCookieSecure, pavise.Skip, ""},
		{"a session read by scripts", set("token", "secure", boolean(true)), ruleCookieHTTPOnly, pavise.Fail, "httpOnly"},
		{"a choice of colours", set("theme"), ruleCookieHTTPOnly, pavise.Skip, ""},
		{"a token for scripts", set("XSRF-TOKEN"), ruleCookieHTTPOnly, pavise.Skip, ""},
		{"sameSite", set("theme", "sameSite", str("lax")), ruleCookieSameSite, pavise.Pass, ""},
		{"no sameSite", set("theme"), ruleCookieSameSite, pavise.Fail, "sameSite"},
		{"none without Secure", set("theme", "sameSite", str("none")), ruleCookieSameSite, pavise.Fail, "none"},
		{"none with Secure", set("theme", "sameSite", str("none"), "secure", boolean(true)), ruleCookieSameSite, pavise.Pass, "none"},
		{"something else's cookie", app(use("?browser.cookie", str("a"), str("b"))), ruleCookieSecure, pavise.Skip, ""},
		{"Go, bare", goSet(), ruleCookieSecure, pavise.Fail, "Secure"},
		{"Go, all", goSet("Secure", boolean(true), "HttpOnly", boolean(true), "SameSite", name("net/http.SameSiteLaxMode")), ruleCookieSameSite, pavise.Pass, "SameSiteLaxMode"},
		{"Go, the default mode", goSet("SameSite", name("net/http.SameSiteDefaultMode")), ruleCookieSameSite, pavise.Fail, ""},
		{"Go, of a client", evidence(inGo("net/http.Cookie", object("Name", str("session")))), ruleCookieSecure, pavise.Skip, ""},
		{"Go, deleted", goSet("MaxAge", num("-1")), ruleCookieSecure, pavise.Skip, ""},
	})
}

func TestServer(t *testing.T) {
	server := func(pairs ...any) *pavise.Evidence { return evidence(inGo("net/http.Server", object(pairs...))) }
	check(t, Server{}, []row{
		{"none", evidence(), ruleHeaderTime, pavise.Skip, ""},
		{"bare", evidence(inGo("net/http.ListenAndServe", str(":8080"), null())), ruleHeaderTime, pavise.Fail, "http.ListenAndServe"},
		{"bare on loopback", evidence(inGo("net/http.ListenAndServe", str("127.0.0.1:6060"), null())), ruleHeaderTime, pavise.Skip, "this machine"},
		{"on loopback", server("Addr", str("localhost:8080")), ruleHeaderTime, pavise.Skip, "this machine"},
		{"nothing set", server("Addr", str(":8080")), ruleHeaderTime, pavise.Fail, "ReadHeaderTimeout"},
		{"the head", server("ReadHeaderTimeout", num("10000000000")), ruleHeaderTime, pavise.Pass, ""},
		{"the whole", server("ReadTimeout", name("readTimeout")), ruleHeaderTime, pavise.Pass, "readTimeout"},
		{"zero", server("ReadHeaderTimeout", num("0")), ruleHeaderTime, pavise.Fail, ""},
		{"no idle", server("ReadHeaderTimeout", num("10000000000")), ruleIdleTime, pavise.Fail, "IdleTimeout"},
		{"idle", server("IdleTimeout", num("60000000000")), ruleIdleTime, pavise.Pass, ""},
		{"of somewhere", evidence(inGo("net/http.Server", open(object()))), ruleHeaderTime, pavise.Unknown, ""},
	})
}

func TestTLS(t *testing.T) {
	config := func(pairs ...any) *pavise.Evidence { return evidence(inGo("crypto/tls.Config", object(pairs...))) }
	check(t, TLS{}, []row{
		{"none", evidence(), ruleVerify, pavise.Skip, ""},
		{"the default", config(), ruleMinVersion, pavise.Pass, ""},
		{"TLS 1.0", config("MinVersion", name("crypto/tls.VersionTLS10")), ruleMinVersion, pavise.Fail, "VersionTLS10"},
		{"TLS 1.3", config("MinVersion", name("crypto/tls.VersionTLS13")), ruleMinVersion, pavise.Pass, "VersionTLS13"},
		{"of a flag", config("MinVersion", name("min")), ruleMinVersion, pavise.Unknown, "min"},
		{"skipped", config("InsecureSkipVerify", boolean(true)), ruleVerify, pavise.Fail, "true"},
		{"skipped by a flag", config("InsecureSkipVerify", name("insecure")), ruleVerify, pavise.Unknown, "insecure"},
		{"skipped where a condition holds", evidence(when(inGo("crypto/tls.Config", object("InsecureSkipVerify", boolean(true))), "insecure")), ruleVerify, pavise.Unknown, ""},
		{"checked by itself", config("InsecureSkipVerify", boolean(true), "VerifyConnection", name("check")), ruleVerify, pavise.Pass, "own"},
		{"weak", config("CipherSuites", list(name("crypto/tls.TLS_AES_128_GCM_SHA256"), name("crypto/tls.TLS_RSA_WITH_RC4_128_SHA"))), ruleSuites, pavise.Fail, "TLS_RSA_WITH_RC4_128_SHA"},
		{"strong", config("CipherSuites", list(name("crypto/tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"))), ruleSuites, pavise.Pass, ""},
		{"Node checks nothing", evidence(use("new https.Agent", object("rejectUnauthorized", boolean(false)))), ruleVerify, pavise.Fail, "rejectUnauthorized"},
		{"Node in production", evidence(use("new pg.Pool", object("rejectUnauthorized", other(`process.env.NODE_ENV === "production"`)))), ruleVerify, pavise.Pass, ""},
		{"Node asks clients", evidence(use("https.createServer", object("requestCert", boolean(true), "rejectUnauthorized", boolean(false)))), ruleVerify, pavise.Skip, ""},
		{"Node's old version", evidence(use("https.createServer", object("minVersion", str("TLSv1")))), ruleMinVersion, pavise.Fail, "TLSv1"},
		{"Node's own", evidence(use("https.createServer", object("minVersion", str("TLSv1.2")))), ruleMinVersion, pavise.Pass, "TLSv1.2"},
	})
}

func TestDebug(t *testing.T) {
	pprof := inGo("import net/http/pprof")
	with := func(more ...pavise.Use) *pavise.Evidence { return evidence(append([]pavise.Use{pprof}, more...)...) }
	check(t, Debug{}, []row{
		{"none", evidence(), ruleProfile, pavise.Skip, ""},
		{"on the public mux", with(inGo("net/http.ListenAndServe", str(":8080"), null())), ruleProfile, pavise.Fail, ":8080"},
		{"on loopback", with(inGo("net/http.ListenAndServe", str("localhost:6060"), null())), ruleProfile, pavise.Pass, "loopback"},
		{"a mux of its own", with(inGo("net/http.ListenAndServe", str(":8080"), name("mux"))), ruleProfile, pavise.Pass, "nothing serves"},
		{"a struct without handler", with(inGo("net/http.Server", object("Addr", str(":8080")))), ruleProfile, pavise.Fail, ":8080"},
		{"a struct with handler", with(inGo("net/http.Server", object("Addr", str(":8080"), "Handler", name("mux")))), ruleProfile, pavise.Pass, ""},
		{"of a flag", with(inGo("net/http.ListenAndServe", name("addr"), null())), ruleProfile, pavise.Unknown, "addr"},
		{"a monitor", app(use("express-status-monitor")), ruleMonitor, pavise.Fail, "whoever asks"},
		{"a monitor without page", app(use("express-status-monitor", object("path", str("")))), ruleMonitor, pavise.Pass, ""},
	})
}

// TestModulesApart: what one module of a workspace does helps no other.
func TestModulesApart(t *testing.T) {
	e := evidence(in("api/app.js", use("express")), in("api/app.js", use("helmet")), in("shop/app.js", use("express")))
	e.Project.Modules = []pavise.Module{{Dir: "."}, {Dir: "api"}, {Dir: "shop"}}
	for _, f := range (Fingerprint{}).Check(e) {
		if f.Outcome != pavise.Fail || f.Where != "shop/app.js:3" || f.Of != 2 {
			t.Errorf("%s at %s, of %d", f.Outcome, f.Where, f.Of)
		}
	}
}

// TestUnreadIsNoPass: what could not be read may hold what would fail.
func TestUnreadIsNoPass(t *testing.T) {
	e := app(use("helmet"))
	e.Project.Unread = []pavise.Unread{{What: "big.js", Why: "it is longer than 2 MB"}}
	for _, f := range (Headers{}).Check(e) {
		if f.Outcome == pavise.Pass {
			t.Errorf("%s passes: %s", f.Rule, f.Saw)
		}
	}
}

// TestManyPlaces: a project that sets up the same thing over and over is judged in time,
// and what is told of it is bounded.
func TestManyPlaces(t *testing.T) {
	var uses []pavise.Use
	for range 300 {
		uses = append(uses, use("express"), use("express-session", object("secret", str("keyboard cat"))), use("express().set", str("trust proxy"), boolean(true)),
			use("express-rate-limit"), use("express().configure", str("development")), use("express().use", function("err", "a", "b", "c")),
			inGo("net/http.Cookie", object()), inGo("net/http.SetCookie"), inGo("net/http.Server", object("Addr", str(":80"))), inGo("import expvar"))
	}
	e := evidence(uses...)
	for _, c := range []pavise.Checker{Session{}, Proxy{}, Errors{}, Cookies{}, Listen{}, Debug{}} {
		for _, f := range c.Check(e) {
			if len(f.Also) > pavise.MaxAlso {
				t.Errorf("%s names %d places", f.Rule, len(f.Also))
			}
		}
	}
}
