package source

import (
	"testing"

	"pavise"
)

// sessionWith is an app with express-session and these options.
func sessionWith(pairs ...any) *pavise.Evidence {
	return app(use("express-session", object(pairs...)))
}

func cookieWith(pairs ...any) *pavise.Evidence { return sessionWith("cookie", object(pairs...)) }

func apostrophe(version string, uses ...pavise.Use) *pavise.Evidence {
	e := evidence(uses...)
	e.Project.Packages = []pavise.Package{{Ecosystem: pavise.NPM, Name: "apostrophe", Version: version}}
	return e
}

// aposExpress is apostrophe({ modules: { NAME: { options: … } } }).
func aposExpress(name string, pairs ...any) pavise.Use {
	options := object(pairs...)
	if name == "@apostrophecms/express" {
		options = object("options", options)
	}
	return use("apostrophe", object("modules", object(name, options)))
}

func TestSession(t *testing.T) {
	const day = "86400000"
	check(t, Session{}, []row{
		{"no session", app(), ruleSecret, pavise.Skip, "nothing here"},
		{"secret written", sessionWith("secret", str("f81d4fae7dec11d0a765")), ruleSecret, pavise.Fail, `f81d*** (20 characters)`},
		{"secret written is none of examples", sessionWith("secret", str("f81d4fae7dec11d0a765")), ruleKnown, pavise.Pass, ""},
		{"one of several", sessionWith("secret", list(env("NEW"), str("f81d4fae7dec11d0a765"))), ruleSecret, pavise.Fail, "f81d***"},
		{"s3Cur3", sessionWith("secret", str("s3Cur3")), ruleKnown, pavise.Fail, "stands in examples"},
		{"keyboard cat", sessionWith("secret", str("keyboard cat")), ruleKnown, pavise.Fail, "(12 characters)"},
		{"undefined as text", sessionWith("secret", str("undefined")), ruleKnown, pavise.Fail, ""},
		{"spelt otherwise", sessionWith("secret", str("Change-Me!")), ruleKnown, pavise.Fail, ""},
		{"of the environment", sessionWith("secret", env("SESSION_SECRET")), ruleSecret, pavise.Pass, "SESSION_SECRET"},
		{"with an empty fallback", sessionWith("secret", env("S", str(""))), ruleSecret, pavise.Pass, ""},
		{"with a fallback", sessionWith("secret", env("S", str("keyboard cat"))), ruleSecret, pavise.Fail, "the environment's S"},
		{"whether the fallback counts", sessionWith("secret", env("S", str("keyboard cat"))), ruleKnown, pavise.Unknown, "unless told otherwise"},
		{"of somewhere", sessionWith("secret", name("?config.secret")), ruleSecret, pavise.Unknown, "config.secret"},
		{"options of somewhere", app(use("express-session", name("?config.session"))), ruleSecret, pavise.Unknown, ""},
		{"in development", app(when(use("express-session", object("secret", str("cat"))), `process.env.NODE_ENV !== "production"`)), ruleKnown, pavise.Skip, ""},
		{"in a test", app(func() pavise.Use { u := use("express-session", object("secret", str("cat"))); u.Test = true; return u }()), ruleKnown, pavise.Skip, ""},
		{"made at the start", sessionWith("secret", call("crypto.randomBytes().toString", str("hex"))), ruleSecret, pavise.Pass, "at the start"},
		{"a setting or an example", sessionWith("secret", func() pavise.Value {
			v := other("config.secret || 'keyboard cat'")
			v.Items = []pavise.Value{name("?config.secret"), str("keyboard cat")}
			return v
		}()), ruleSecret, pavise.Fail, "unless told otherwise"},
		{"perhaps set anew", sessionWith("cookie", func() pavise.Value {
			v := open(object("secure", boolean(false)))
			v.Members[0].Maybe = true
			return v
		}()), ruleSecure, pavise.Unknown, "false"},
		{"cookie-session's keys", app(use("cookie-session", object("keys", list(str("key1secretlong"))))), ruleSecret, pavise.Fail, ""},
		{"cookie-parser", app(use("cookie-parser", str("keyboard cat"))), ruleKnown, pavise.Fail, "cookies are signed"},
		{"tokens", app(use("jsonwebtoken.sign", name("?p"), str("shhhhh"))), ruleKnown, pavise.Fail, "tokens are signed"},
		{"tokens by a key of a file", app(use("jsonwebtoken.sign", name("?p"), name("?key"))), ruleSecret, pavise.Skip, ""},
		{"in Go", evidence(inGo("github.com/gorilla/sessions.NewCookieStore", call("[]byte", str("secret")))), ruleKnown, pavise.Fail, ""},
		{"in Go, of the environment", evidence(inGo("github.com/gorilla/sessions.NewCookieStore", call("[]byte", env("KEY")))), ruleSecret, pavise.Pass, ""},

		{"default name", sessionWith(), ruleName, pavise.Fail, "connect.sid"},
		{"default name written", sessionWith("name", str("connect.sid")), ruleName, pavise.Fail, "connect.sid"},
		{"own name", sessionWith("name", str("__Host-sid")), ruleName, pavise.Pass, "__Host-sid"},
		{"name in a spread", app(use("express-session", open(object()))), ruleName, pavise.Unknown, ""},
		{"cookie-session's name", app(use("cookie-session", object())), ruleName, pavise.Fail, "session"},

		{"not secure", sessionWith(), ruleSecure, pavise.Fail, "not set"},
		{"secure", cookieWith("secure", boolean(true)), ruleSecure, pavise.Pass, "true"},
		{"secure is false", cookieWith("secure", boolean(false)), ruleSecure, pavise.Fail, "false"},
		{"secure in production", cookieWith("secure", other(`process.env.NODE_ENV === "production"`)), ruleSecure, pavise.Pass, ""},
		{"secure in development alone", cookieWith("secure", other(`process.env.NODE_ENV !== "production"`)), ruleSecure, pavise.Fail, ""},
		{"secure by a name", cookieWith("secure", name("?isProd")), ruleSecure, pavise.Pass, ""},
		{"secure by !dev", cookieWith("secure", other("!isDev")), ruleSecure, pavise.Pass, ""},
		{"secure of somewhere", cookieWith("secure", name("?config.https")), ruleSecure, pavise.Unknown, "config.https"},
		{"cookie of somewhere", sessionWith("cookie", name("?config.cookie")), ruleSecure, pavise.Unknown, "config.cookie"},
		{"auto without trust", cookieWith("secure", str("auto")), ruleSecure, pavise.Fail, "trust proxy"},
		{"auto with trust", app(use("express().set", str("trust proxy"), num("1")), use("express-session", object("cookie", object("secure", str("auto"))))), ruleSecure, pavise.Pass, "auto"},
		{"cookie-session follows", app(use("express().set", str("trust proxy"), num("1")), use("cookie-session", object())), ruleSecure, pavise.Pass, "follows"},
		{"cookie-session follows nothing", app(use("cookie-session", object())), ruleSecure, pavise.Fail, "not set"},

		{"httpOnly", sessionWith(), ruleHTTPOnly, pavise.Pass, ""},
		{"not httpOnly", cookieWith("httpOnly", boolean(false)), ruleHTTPOnly, pavise.Fail, "false"},
		{"httpOnly is null: the default", cookieWith("httpOnly", null()), ruleHTTPOnly, pavise.Pass, ""},

		{"no sameSite", sessionWith(), ruleSameSite, pavise.Fail, "not set"},
		{"sameSite none", cookieWith("sameSite", str("None")), ruleSameSite, pavise.Fail, "every site"},
		{"sameSite false", cookieWith("sameSite", boolean(false)), ruleSameSite, pavise.Fail, "false"},
		{"sameSite lax", cookieWith("sameSite", str("lax")), ruleSameSite, pavise.Pass, "lax"},
		{"sameSite true", cookieWith("sameSite", boolean(true)), ruleSameSite, pavise.Pass, "true"},

		{"no domain", sessionWith(), ruleDomain, pavise.Pass, ""},
		{"a domain", cookieWith("domain", str(".example.com")), ruleDomain, pavise.Fail, ".example.com"},
		{"a domain of the environment", cookieWith("domain", env("DOMAIN")), ruleDomain, pavise.Unknown, "DOMAIN"},

		{"no life", sessionWith(), ruleBounded, pavise.Pass, "browser is closed"},
		{"no idle end", sessionWith(), ruleIdle, pavise.Fail, "no maxAge"},
		{"a day", cookieWith("maxAge", num(day)), ruleBounded, pavise.Pass, "24 hours"},
		{"a day idle", cookieWith("maxAge", num(day)), ruleIdle, pavise.Fail, "24 hours"},
		{"a year", cookieWith("maxAge", num("31536000000")), ruleBounded, pavise.Fail, "365 days"},
		{"for ever", cookieWith("maxAge", num("1e99")), ruleBounded, pavise.Fail, "days"},
		{"a quarter of an hour", cookieWith("maxAge", num("900000")), ruleIdle, pavise.Pass, "15 minutes"},
		{"a life of somewhere", cookieWith("maxAge", name("?ttl")), ruleBounded, pavise.Unknown, "ttl"},

		{"in memory", sessionWith(), ruleStore, pavise.Fail, "no store"},
		{"in memory, written", sessionWith("store", call("new express-session.MemoryStore")), ruleStore, pavise.Fail, "MemoryStore"},
		{"in the package memorystore", sessionWith("store", call("new memorystore()")), ruleStore, pavise.Pass, ""},
		{"in a database", sessionWith("store", call("connect-mongo.create")), ruleStore, pavise.Pass, "connect-mongo"},
		{"in the cookie", app(use("cookie-session", object())), ruleStore, pavise.Pass, "in the cookie"},

		{"for everybody", sessionWith("resave", boolean(false)), ruleUntouched, pavise.Fail, "saveUninitialized is not set"},
		{"for who needs one", sessionWith("resave", boolean(false), "saveUninitialized", boolean(false)), ruleUntouched, pavise.Pass, ""},
	})
}

func TestSessionOfApostrophe(t *testing.T) {
	const v4, v2 = "@apostrophecms/express", "apostrophe-express"
	secret := object("secret", str("keyboard cat"))
	check(t, Session{}, []row{
		{"4, known secret", apostrophe("4.9.0", aposExpress(v4, "session", secret)), ruleKnown, pavise.Fail, "stands in examples"},
		{"4, in its own folder", apostrophe("4.9.0", use("apostrophe"), in("modules/@apostrophecms/express/index.js",
			use("module.exports", object("options", object("session", secret))))), ruleKnown, pavise.Fail, ""},
		{"4, no secret", apostrophe("4.9.0", aposExpress(v4)), ruleKnown, pavise.Unknown, "APOS_SESSION_SECRET"},
		{"4 is lax", apostrophe("4.9.0", aposExpress(v4, "session", secret)), ruleSameSite, pavise.Pass, "lax"},
		{"4 is not secure", apostrophe("4.9.0", aposExpress(v4, "session", secret)), ruleSecure, pavise.Fail, "not set"},
		{"4 has a name of its own", apostrophe("4.9.0", aposExpress(v4, "session", secret)), ruleName, pavise.Pass, "site's"},
		{"2, no secret", apostrophe("2.227.0", aposExpress(v2)), ruleKnown, pavise.Fail, "Apostrophe's source"},
		{"2, secret", apostrophe("2.227.0", aposExpress(v2, "session", secret)), ruleKnown, pavise.Fail, "stands in examples"},
		{"2 lives a day", apostrophe("2.227.0", aposExpress(v2, "session", secret)), ruleBounded, pavise.Pass, "24 hours"},
		{"2 is named by express-session", apostrophe("2.227.0", aposExpress(v2, "session", secret)), ruleName, pavise.Fail, "connect.sid"},
		{"2, in data/local.js", apostrophe("2.227.0", in("data/local.js", use("module.exports", object("modules",
			object(v2, object("session", object("cookie", object("secure", boolean(true))))))))), ruleSecure, pavise.Pass, "true"},
		{"0, sessionCore", apostrophe("0.5.400", in("data/local.js", use("module.exports", object("sessionCore",
			object("secret", str("s3Cur3")))))), ruleKnown, pavise.Fail, ""},
		{"kept in its database", apostrophe("4.9.0", aposExpress(v4, "session", secret)), ruleStore, pavise.Pass, "database"},
	})
}

// TestSecretsAreMasked: no finding shows a secret.
func TestSecretsAreMasked(t *testing.T) {
	for _, secret := range []string{"x", "ab", "abcd", "hunter2hunter2", "keyboard cat", "ééééééééé"} {
		for _, f := range (Session{}).Check(sessionWith("secret", str(secret))) {
			if len(secret) > 3 && len(f.Saw) > 0 && containsRun(f.Saw, secret) {
				t.Errorf("%q is shown: %s", secret, f.Saw)
			}
		}
	}
}

func containsRun(text, secret string) bool {
	r := []rune(secret)
	for i := 0; i+4 <= len(r); i++ {
		for j := 0; j+4 <= len([]rune(text)); j++ {
			if string([]rune(text)[j:j+4]) == string(r[i:i+4]) {
				return true
			}
		}
	}
	return false
}
