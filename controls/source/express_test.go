package source

import (
	"testing"

	"pavise"
)

func TestProxy(t *testing.T) {
	session := func(pairs ...any) pavise.Use { return use("express-session", object(pairs...)) }
	secure := session("cookie", object("secure", boolean(true)))
	trust := func(v pavise.Value) pavise.Use { return use("express().set", str("trust proxy"), v) }
	local := use("express().listen", num("3000"), str("127.0.0.1"))
	check(t, Proxy{}, []row{
		{"nothing set", app(), ruleStrangers, pavise.Skip, ""},
		{"true", app(trust(boolean(true))), ruleStrangers, pavise.Fail, "whoever asks"},
		{"enabled", app(use("express().enable", str("trust proxy"))), ruleStrangers, pavise.Fail, "whoever asks"},
		{"true on loopback", app(trust(boolean(true)), local), ruleStrangers, pavise.Pass, "loopback"},
		{"everybody", app(trust(str("10.0.0.0/8, 0.0.0.0/0"))), ruleStrangers, pavise.Fail, "everybody"},
		{"loopback", app(trust(str("loopback"))), ruleStrangers, pavise.Pass, "loopback"},
		{"one hop", app(trust(num("1"))), ruleStrangers, pavise.Pass, "1"},
		{"of the environment", app(trust(env("TRUST"))), ruleStrangers, pavise.Pass, "TRUST"},
		{"a function", app(trust(function("ip"))), ruleStrangers, pavise.Unknown, ""},
		{"true if somebody says so", app(when(use("express().enable", str("trust proxy")), "config.trustProxy")), ruleStrangers, pavise.Unknown, "config.trustProxy"},
		{"an app that was handed on", app(use("?app.set", str("trust proxy"), boolean(true))), ruleStrangers, pavise.Fail, ""},
		{"Apostrophe trusts all", apostrophe("4.0.0", aposExpress("@apostrophecms/express", "trustProxy", boolean(true))), ruleStrangers, pavise.Fail, "trustProxy"},
		{"Apostrophe on loopback", apostrophe("4.0.0", aposExpress("@apostrophecms/express", "trustProxy", boolean(true), "address", str("127.0.0.1"))), ruleStrangers, pavise.Pass, "127.0.0.1"},

		{"secure and not trusted", app(secure), ruleLost, pavise.Fail, "no session begins"},
		{"secure and trusted", app(secure, trust(num("1"))), ruleLost, pavise.Pass, ""},
		{"secure in its own TLS", app(secure, use("https.createServer", object())), ruleLost, pavise.Pass, "itself"},
		{"secure, set by who knows what", app(secure, use("express().set", name("?key"), name("?value"))), ruleLost, pavise.Unknown, ""},
		{"not secure", app(session()), ruleLost, pavise.Skip, ""},
		{"auto", app(session("cookie", object("secure", str("auto")))), ruleLost, pavise.Skip, ""},

		{"forced", app(session("proxy", boolean(true))), ruleForced, pavise.Fail, "whoever asks"},
		{"forced beside trust", app(session("proxy", boolean(true)), trust(num("1"))), ruleForced, pavise.Pass, ""},
		{"forced on loopback", app(session("proxy", boolean(true)), local), ruleForced, pavise.Pass, ""},
		{"not forced", app(session()), ruleForced, pavise.Pass, ""},

		{"limited behind a proxy", app(use("express-rate-limit.rateLimit", object()), local), ruleCounted, pavise.Fail, "counted as one"},
		{"limited and trusted", app(use("express-rate-limit", object()), local, trust(num("1"))), ruleCounted, pavise.Pass, ""},
		{"limited by a key of its own", app(use("express-rate-limit", object("keyGenerator", function("req"))), local), ruleCounted, pavise.Pass, "own"},
		{"limited, perhaps behind a proxy", app(use("express-rate-limit", object())), ruleCounted, pavise.Skip, "nothing in the source"},
	})
}

func TestListen(t *testing.T) {
	listen := func(args ...pavise.Value) *pavise.Evidence { return app(use("express().listen", args...)) }
	container := listen(num("3000"))
	container.Project.Runtimes = []pavise.Runtime{{Product: "nodejs", Version: "22", File: "Dockerfile"}}
	port := func(file, text string) *pavise.Evidence {
		e := apostrophe("2.227.0", use("apostrophe", object("modules", object())))
		e.Project.Texts = []pavise.Text{{File: file, Text: text}}
		return e
	}
	check(t, Listen{}, []row{
		{"no listener", app(), ruleHost, pavise.Skip, ""},
		{"a port", listen(num("3000")), ruleHost, pavise.Fail, "every interface"},
		{"a port and a callback", listen(env("PORT", num("3000")), function()), ruleHost, pavise.Fail, "every interface"},
		{"a port and a named callback", listen(num("3000"), name("?started")), ruleHost, pavise.Fail, "every interface"},
		{"all zeros", listen(num("3000"), str("0.0.0.0")), ruleHost, pavise.Fail, "0.0.0.0"},
		{"loopback", listen(num("3000"), str("127.0.0.1"), function()), ruleHost, pavise.Pass, "127.0.0.1"},
		{"localhost", listen(num("3000"), str("localhost")), ruleHost, pavise.Pass, "localhost"},
		{"IPv6", listen(num("3000"), str("::1")), ruleHost, pavise.Pass, "::1"},
		{"a socket", listen(str("/run/app.sock")), ruleHost, pavise.Pass, "/run/app.sock"},
		{"options", listen(object("port", num("3000"), "host", str("127.0.0.1"))), ruleHost, pavise.Pass, "127.0.0.1"},
		{"options without host", listen(object("port", num("3000"))), ruleHost, pavise.Fail, "every interface"},
		{"options with more", listen(open(object("port", num("3000")))), ruleHost, pavise.Unknown, ""},
		{"a host of the environment", listen(num("3000"), env("HOST")), ruleHost, pavise.Unknown, "without that"},
		{"with loopback behind it", listen(num("3000"), env("HOST", str("127.0.0.1"))), ruleHost, pavise.Pass, "127.0.0.1"},
		{"with all behind it", listen(num("3000"), env("HOST", str("0.0.0.0"))), ruleHost, pavise.Fail, "0.0.0.0"},
		{"a host of somewhere", listen(num("3000"), name("?config.host")), ruleHost, pavise.Unknown, "config.host"},
		{"in a container", container, ruleHost, pavise.Skip, "Dockerfile"},
		{"http", evidence(use("http.createServer().listen", num("80"))), ruleHost, pavise.Fail, ""},
		{"https", evidence(use("https.createServer().listen", num("443"))), ruleHost, pavise.Pass, "TLS"},
		{"a socket server", evidence(use("net.createServer().listen", num("1"))), ruleHost, pavise.Skip, ""},
		{"Apostrophe, port alone", port("data/port", "3000\n"), ruleHost, pavise.Fail, "every interface"},
		{"Apostrophe, address and port", port("data/port", "127.0.0.1:3000\n"), ruleHost, pavise.Pass, "127.0.0.1"},
		{"Apostrophe, all addresses", port("data/port", "0.0.0.0:3000"), ruleHost, pavise.Fail, "0.0.0.0"},
		{"Apostrophe, data/address", port("data/address", "127.0.0.1"), ruleHost, pavise.Pass, "127.0.0.1"},
		{"Apostrophe, option", apostrophe("4.0.0", aposExpress("@apostrophecms/express", "address", str("127.0.0.1"))), ruleHost, pavise.Pass, ""},
		{"Apostrophe, nothing", apostrophe("4.0.0", use("apostrophe", object())), ruleHost, pavise.Fail, "every interface"},
		{"Go", evidence(inGo("net/http.ListenAndServe", str(":8080"), null())), ruleHost, pavise.Fail, "every interface"},
		{"Go on loopback", evidence(inGo("net/http.ListenAndServe", str("127.0.0.1:8080"), null())), ruleHost, pavise.Pass, "127.0.0.1"},
		{"Go in TLS", evidence(inGo("net/http.ListenAndServeTLS", str(":443"))), ruleHost, pavise.Pass, "TLS"},
		{"Go's struct", evidence(inGo("net/http.Server", object("Addr", str(":8080")))), ruleHost, pavise.Fail, ""},
		{"Go's struct in TLS", evidence(inGo("net/http.Server", object("Addr", str(":8443"))), inGo("?srv.ListenAndServeTLS")), ruleHost, pavise.Pass, "TLS"},
		{"Go's flag", evidence(inGo("net/http.ListenAndServe", name("addr"))), ruleHost, pavise.Unknown, "addr"},
		{"gin", evidence(inGo("github.com/gin-gonic/gin.Default().Run", str(":8080"))), ruleHost, pavise.Fail, ""},
	})
}

func TestLogin(t *testing.T) {
	login := func(args ...pavise.Value) pavise.Use {
		return use("express().post", append([]pavise.Value{str("/login")}, args...)...)
	}
	handler := function("req", "res")
	imported := app(login(handler))
	imported.Project.Imports = []pavise.Import{{File: "limit.js", Line: 1, Name: "express-brute"}}
	unread := app(login(handler))
	unread.Project.Unread = []pavise.Unread{{What: "limits.js", Why: "it is longer than 2 MB", For: []string{"source"}}}
	elsewhere := app(login(handler))
	elsewhere.Project.Unread = []pavise.Unread{{What: "yarn.lock", Why: "it is longer than 2 MB", For: []string{"project.dependencies"}}}
	check(t, Login{}, []row{
		{"no login", app(use("express().post", str("/order"), handler)), ruleRate, pavise.Skip, ""},
		{"no limit", app(login(handler)), ruleRate, pavise.Fail, "/login has no limit"},
		{"no limit on a router", evidence(use("express.Router().post", str("/auth/local"), handler)), ruleRate, pavise.Fail, "/auth/local"},
		{"a page of a login", app(use("express().get", str("/login"), handler)), ruleRate, pavise.Skip, ""},
		{"login in another word", app(use("express().post", str("/blog/inbox"), handler)), ruleRate, pavise.Skip, ""},
		{"limited", app(login(call("express-rate-limit.rateLimit", object()), handler)), ruleRate, pavise.Pass, "limited"},
		{"limited by name", app(login(name("?loginLimiter"), handler)), ruleRate, pavise.Pass, ""},
		{"limited by one of a list", app(login(list(name("?throttle"), handler))), ruleRate, pavise.Pass, ""},
		{"limited at large", app(use("express().use", call("express-rate-limit", object())), login(handler)), ruleRate, pavise.Pass, "app.js:2"},
		{"limited inside", app(use("new rate-limiter-flexible.RateLimiterRedis", object()), login(handler)), ruleRate, pavise.Pass, ""},
		{"limited by hand", app(login(handler), use("?res.status", num("429"))), ruleRate, pavise.Unknown, "cannot be told"},
		{"limited, nobody knows where", imported, ruleRate, pavise.Unknown, "cannot be told"},
		{"a file that could not be read", unread, ruleRate, pavise.Unknown, "limits.js"},
		{"another file that could not be read", elsewhere, ruleRate, pavise.Fail, ""},
		{"express-brute", imported, ruleUpkeep, pavise.Fail, "given up"},
		{"Apostrophe 4", apostrophe("4.1.0", aposExpress("@apostrophecms/express")), ruleThrottle, pavise.Pass, "3 attempts"},
		{"Apostrophe 2", apostrophe("^2.227.0", aposExpress("apostrophe-express")), ruleThrottle, pavise.Fail, "not told"},
		{"Apostrophe 2 throttles", apostrophe("2.227.0", aposExpress("apostrophe-login", "throttle", object("allowedAttempts", num("5")))), ruleThrottle, pavise.Pass, ""},
		{"Apostrophe 4 throttles little", apostrophe("4.1.0", aposExpress("@apostrophecms/login", "throttle", object("allowedAttempts", num("500")))), ruleThrottle, pavise.Fail, "500"},
	})
}

func TestCSRF(t *testing.T) {
	session := func(pairs ...any) pavise.Use { return use("express-session", object("cookie", object(pairs...))) }
	post := use("express().post", str("/pay"), function("req", "res"))
	imported := app(session(), post)
	imported.Project.Imports = []pavise.Import{{File: "app.js", Line: 3, Name: "csurf"}}
	check(t, CSRF{}, []row{
		{"no session", app(post), ruleGuard, pavise.Skip, ""},
		{"nothing that changes", app(session(), use("express().get", str("/"), function("req", "res"))), ruleGuard, pavise.Skip, ""},
		{"no guard", app(session(), post), ruleGuard, pavise.Fail, `"/pay" changes something`},
		{"sameSite none", app(session("sameSite", str("none")), post), ruleGuard, pavise.Fail, ""},
		{"sameSite strict", app(session("sameSite", str("strict")), post), ruleGuard, pavise.Pass, "sibling hosts"},
		{"sameSite of somewhere", app(session("sameSite", name("?same")), post), ruleGuard, pavise.Unknown, "same"},
		{"csrf-csrf", app(session(), post, use("csrf-csrf.doubleCsrf", object())), ruleGuard, pavise.Pass, "csrf-csrf"},
		{"csrf-sync by its import", imported, ruleGuard, pavise.Pass, "csurf"},
		{"lusca without csrf", app(session(), post, use("lusca", object("xframe", str("DENY")))), ruleGuard, pavise.Fail, ""},
		{"lusca", app(session(), post, use("lusca", object("csrf", boolean(true)))), ruleGuard, pavise.Pass, "lusca"},
		{"a check of the origin", app(session(), post, use("?req.get", str("Sec-Fetch-Site"))), ruleGuard, pavise.Pass, "Sec-Fetch-Site"},
		{"a middleware of its own", app(session(), post, use("express().use", name("?csrfProtection"))), ruleGuard, pavise.Pass, "csrfProtection"},
		{"csurf is archived", imported, ruleArchived, pavise.Fail, "2025-05-14"},
		{"Apostrophe's own", apostrophe("4.0.0", aposExpress("@apostrophecms/express")), ruleGuard, pavise.Pass, "own"},
		{"Apostrophe's own is off", apostrophe("4.0.0", aposExpress("@apostrophecms/express", "csrf", boolean(false))), ruleGuard, pavise.Fail, "switched off"},
	})
}

func TestFingerprint(t *testing.T) {
	check(t, Fingerprint{}, []row{
		{"no app", evidence(use("express.Router")), rulePoweredBy, pavise.Skip, ""},
		{"nothing", app(), rulePoweredBy, pavise.Fail, "names Express"},
		{"disabled", app(use("express().disable", str("x-powered-by"))), rulePoweredBy, pavise.Pass, ""},
		{"set to false", app(use("express().set", str("x-powered-by"), boolean(false))), rulePoweredBy, pavise.Pass, ""},
		{"set to true", app(use("express().set", str("x-powered-by"), boolean(true))), rulePoweredBy, pavise.Fail, ""},
		{"helmet", app(use("helmet")), rulePoweredBy, pavise.Pass, "helmet"},
		{"helmet without it", app(use("helmet", object("hidePoweredBy", boolean(false)))), rulePoweredBy, pavise.Fail, ""},
		{"settings of who knows what", app(use("express().set", name("?key"), name("?value"))), rulePoweredBy, pavise.Unknown, ""},
		{"by hand", app(use("?res.removeHeader", str("X-Powered-By"))), rulePoweredBy, pavise.Pass, "hand"},
	})
}

func TestHeaders(t *testing.T) {
	helmet := func(pairs ...any) *pavise.Evidence { return app(use("helmet", object(pairs...))) }
	csp := func(sources ...pavise.Value) *pavise.Evidence {
		return helmet("contentSecurityPolicy", object("directives", object("scriptSrc", list(sources...))))
	}
	check(t, Headers{}, []row{
		{"nothing", app(), ruleSet, pavise.Fail, "neither"},
		{"helmet", app(use("helmet")), ruleSet, pavise.Pass, "helmet"},
		{"by hand", app(use("?res.setHeader", str("X-Frame-Options"), str("DENY"))), ruleSet, pavise.Pass, "own"},
		{"by hand, in an object", app(use("?res.set", object("Content-Security-Policy", str("default-src 'self'")))), ruleSet, pavise.Pass, "own"},
		{"nothing off", app(use("helmet")), ruleOff, pavise.Pass, ""},
		{"frameguard off", helmet("frameguard", boolean(false)), ruleOff, pavise.Fail, "frameguard"},
		{"hsts off in production", helmet("hsts", other(`process.env.NODE_ENV !== "production"`)), ruleOff, pavise.Fail, "hsts"},
		{"hsts off in development", helmet("hsts", other(`process.env.NODE_ENV === "production"`)), ruleOff, pavise.Pass, ""},
		{"options of somewhere", app(use("helmet", name("?options"))), ruleOff, pavise.Unknown, "options"},
		{"CSP off", helmet("contentSecurityPolicy", boolean(false)), ruleCSP, pavise.Fail, "false"},
		{"CSP on", app(use("helmet")), ruleCSP, pavise.Pass, ""},
		{"CSP unsafe", csp(str("'self'"), str("'unsafe-inline'")), ruleCSP, pavise.Fail, "'unsafe-inline'"},
		{"CSP own", csp(str("'self'")), ruleCSP, pavise.Pass, ""},
		{"CSP of somewhere", helmet("contentSecurityPolicy", name("?csp")), ruleCSP, pavise.Unknown, ""},
		{"hpkp", app(use("helmet.hpkp", object())), ruleGone, pavise.Fail, "hpkp"},
		{"noCache", helmet("noCache", boolean(true)), ruleGone, pavise.Fail, "noCache"},
		{"nothing gone", app(use("helmet")), ruleGone, pavise.Pass, ""},
	})
}

func TestErrors(t *testing.T) {
	get := use("express().get", str("/"), function("req", "res"))
	handler := use("express().use", function("err", "req", "res", "next"))
	check(t, Errors{}, []row{
		{"no routes", app(), ruleHandler, pavise.Skip, ""},
		{"no handler", app(get), ruleHandler, pavise.Fail, "no handler"},
		{"three parameters", app(get, use("express().use", function("req", "res", "next"))), ruleHandler, pavise.Fail, "no handler"},
		{"a handler", app(get, handler), ruleHandler, pavise.Pass, ""},
		{"a handler by name", app(get, use("express().use", name("?errorHandler"))), ruleHandler, pavise.Pass, ""},
		{"who knows what", app(get, use("express().use", name("?last"))), ruleHandler, pavise.Unknown, ""},
		{"a middleware whose name only sounds so", app(get, use("express().use", call("method-override"))), ruleHandler, pavise.Fail, "no handler"},
		{"before the routes", app(handler, get), ruleHandler, pavise.Fail, "line 3"},
		{"before the routes of another file", app(handler, in("more.js", get)), ruleHandler, pavise.Pass, ""},
		{"no 404", app(get), ruleNotFound, pavise.Fail, ""},
		{"a 404", app(get, use("express().use", function("req", "res"))), ruleNotFound, pavise.Pass, ""},
		{"a 404 by status", app(get, use("?res.status", num("404"))), ruleNotFound, pavise.Pass, ""},
		{"no stack", app(get), ruleStack, pavise.Pass, ""},
		{"the stack", app(get, use("?res.status().send", name("?err.stack"))), ruleStack, pavise.Fail, "err.stack"},
		{"the stack in an object", app(get, use("?res.json", object("error", name("?error.stack")))), ruleStack, pavise.Fail, "error.stack"},
		{"the stack in a template", app(get, use("?res.send", other("`<pre>${err.stack}</pre>`"))), ruleStack, pavise.Fail, "err.stack"},
		{"the stack in development", app(get, when(use("?res.send", name("?err.stack")), `process.env.NODE_ENV === "development"`)), ruleStack, pavise.Pass, ""},
		{"the stack if asked", app(get, when(use("?res.send", name("?err.stack")), "debug")), ruleStack, pavise.Unknown, ""},
		{"the stack, chosen", app(get, use("?res.json", object("s", other(`process.env.NODE_ENV === "production" ? null : err.stack`)))), ruleStack, pavise.Unknown, ""},
		{"errorhandler", app(get, use("errorhandler")), ruleDebugger, pavise.Fail, "without regard"},
		{"errorhandler in development", app(get, when(use("errorhandler"), `app.get("env") === "development"`)), ruleDebugger, pavise.Pass, "alone"},
		{"errorhandler if asked", app(get, when(use("errorhandler"), "config.debug")), ruleDebugger, pavise.Unknown, "config.debug"},
		{"errorhandler of Express 3", configured("development"), ruleDebugger, pavise.Pass, "alone"},
		{"errorhandler of Express 3 in production", configured("production"), ruleDebugger, pavise.Fail, ""},
	})
}

func TestSize(t *testing.T) {
	json := func(pairs ...any) *pavise.Evidence { return app(use("express.json", object(pairs...))) }
	form := func(v pavise.Value) *pavise.Evidence {
		return app(use("body-parser.urlencoded", object("extended", v)))
	}
	check(t, Size{}, []row{
		{"the default", app(use("express.json")), ruleLimit, pavise.Pass, "100 kB"},
		{"a little", json("limit", str("1mb")), ruleLimit, pavise.Pass, "1mb"},
		{"much", json("limit", str("50mb")), ruleLimit, pavise.Fail, "50mb"},
		{"much in bytes", json("limit", num("52428800")), ruleLimit, pavise.Fail, "52428800"},
		{"without end", json("limit", name("Infinity")), ruleLimit, pavise.Fail, "Infinity"},
		{"of the environment", json("limit", env("LIMIT", str("100kb"))), ruleLimit, pavise.Pass, ""},
		{"of somewhere", json("limit", name("?limit")), ruleLimit, pavise.Unknown, "limit"},
		{"body-parser", app(use("body-parser.raw", object("limit", str("1gb")))), ruleLimit, pavise.Fail, "1gb"},
		{"Apostrophe", apostrophe("4.0.0", aposExpress("@apostrophecms/express", "bodyParser", object("json", object("limit", str("200mb"))))), ruleLimit, pavise.Fail, "200mb"},
		{"extended", form(boolean(true)), ruleExtended, pavise.Fail, "$ne"},
		{"not extended", form(boolean(false)), ruleExtended, pavise.Pass, ""},
		{"uploads", app(use("multer", object("dest", str("up")))), ruleUpload, pavise.Fail, "fileSize"},
		{"limited uploads", app(use("multer", object("limits", object("fileSize", num("1000"))))), ruleUpload, pavise.Pass, ""},
		{"Express 3", app(use("express.bodyParser")), ruleUpload, pavise.Fail, "without end"},
	})
}

func TestStatic(t *testing.T) {
	static := func(args ...pavise.Value) *pavise.Evidence { return app(use("express.static", args...)) }
	check(t, Static{}, []row{
		{"nothing", app(), ruleRoot, pavise.Skip, ""},
		{"public", static(str("public")), ruleRoot, pavise.Pass, "public"},
		{"joined", static(call("path.join", name("__dirname"), str("public"))), ruleRoot, pavise.Pass, "public"},
		{"here", static(str(".")), ruleRoot, pavise.Fail, "source"},
		{"above", static(str("../")), ruleRoot, pavise.Fail, ""},
		{"__dirname", static(name("__dirname")), ruleRoot, pavise.Fail, "__dirname"},
		{"joined with nothing", static(call("path.join", name("__dirname"), str("/"))), ruleRoot, pavise.Fail, ""},
		{"where it runs", static(call("process.cwd")), ruleRoot, pavise.Fail, ""},
		{"added", static(other(`__dirname + "/public"`)), ruleRoot, pavise.Pass, ""},
		{"of somewhere", static(name("?folder")), ruleRoot, pavise.Unknown, "folder"},
		{"dotfiles", static(str("public"), object("dotfiles", str("allow"))), ruleDotfiles, pavise.Fail, "allow"},
		{"no dotfiles", static(str("public")), ruleDotfiles, pavise.Pass, ""},
		{"listing", app(use("serve-index", str("files"))), ruleListing, pavise.Fail, "files"},
		{"Go", evidence(inGo("net/http.Dir", str("."))), ruleRoot, pavise.Fail, ""},
		{"Go's public", evidence(inGo("net/http.Dir", str("public"))), ruleRoot, pavise.Pass, ""},
	})
}

func TestCORS(t *testing.T) {
	cors := func(pairs ...any) *pavise.Evidence { return app(use("cors", object(pairs...))) }
	goCORS := func(pairs ...any) *pavise.Evidence {
		return evidence(inGo("github.com/rs/cors.Options", object(pairs...)))
	}
	check(t, CORS{}, []row{
		{"nothing", app(), ruleAnybody, pavise.Skip, ""},
		{"the default", app(use("cors")), ruleAnybody, pavise.Pass, ""},
		{"the default is a wildcard", app(use("cors")), ruleWildcard, pavise.Fail, "every origin"},
		{"reflected", cors("origin", boolean(true), "credentials", boolean(true)), ruleAnybody, pavise.Fail, "every origin"},
		{"reflected without credentials", cors("origin", boolean(true)), ruleAnybody, pavise.Pass, ""},
		{"a list", cors("origin", list(str("https://pay.example.com")), "credentials", boolean(true)), ruleAnybody, pavise.Pass, ""},
		{"named", cors("origin", str("https://pay.example.com")), ruleWildcard, pavise.Pass, ""},
		{"a function", cors("origin", function("o", "cb"), "credentials", boolean(true)), ruleAnybody, pavise.Unknown, ""},
		{"options of somewhere", app(use("cors", name("?options"))), ruleAnybody, pavise.Unknown, ""},
		{"rs/cors", goCORS("AllowedOrigins", list(str("*"))), ruleWildcard, pavise.Fail, ""},
		{"rs/cors decides itself", goCORS("AllowOriginFunc", function("o"), "AllowCredentials", boolean(true)), ruleAnybody, pavise.Unknown, ""},
		{"rs/cors, a list", goCORS("AllowedOrigins", list(str("https://a.example")), "AllowCredentials", boolean(true)), ruleAnybody, pavise.Pass, ""},
	})
}

// configured is what Express 3 runs in one environment.
func configured(environment string) *pavise.Evidence {
	e := app(use("express().configure", str(environment), function()), use("express.errorHandler"))
	e.Project.Uses[1].End = 1000
	return e
}
