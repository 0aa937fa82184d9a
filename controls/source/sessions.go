package source

import (
	"strings"

	"pavise"
)

// A session is one place where sessions are set up.
type session struct {
	kind    string // the package that keeps them
	use     pavise.Use
	options pavise.Value
	cookie  pavise.Value // the options of its cookie
}

// The packages that keep sessions.
const (
	expressSession = "express-session"
	cookieSession  = "cookie-session"
	apostrophe4    = "@apostrophecms/express"
	apostrophe2    = "apostrophe-express"
	apostrophe0    = "apostrophe-site"
)

// sessions returns where sessions are set up.
func (p program) sessions() []session {
	var list []session
	for _, u := range p.of(expressSession, "express.session", cookieSession, "express.cookieSession") {
		kind := expressSession
		if strings.HasPrefix(strings.ToLower(strings.TrimPrefix(u.Of, "express.")), "cookie") {
			kind = cookieSession
		}
		list = append(list, newSession(kind, u, u.Arg(0)))
	}
	for _, m := range p.modules() {
		switch m.name {
		case apostrophe4, apostrophe2:
			for _, name := range []string{"session", "sessions"} {
				if options, found := m.options.Member(name); found {
					list = append(list, newSession(m.name, m.use, options))
				}
			}
		case "":
			if options, found := m.options.Member("sessionCore"); found {
				list = append(list, newSession(apostrophe0, m.use, options))
			}
		}
	}
	return few(list)
}

func newSession(kind string, u pavise.Use, options pavise.Value) session {
	s := session{kind, u, options, options}
	if kind == cookieSession {
		return s
	}
	s.cookie = pavise.Value{}
	if cookie, told := option(options, "cookie"); told == yes {
		s.cookie = cookie
	} else if told == untold {
		s.cookie = pavise.Value{Kind: pavise.OtherValue, Text: options.Text}
	}
	return s
}

// place is where a value of it stands.
func (s session) place(v pavise.Value) place { return at(s.use, v) }

// A written is a secret that stands in the source, or nearly.
type written struct {
	what  string // what it signs, or lets in
	use   pavise.Use
	value pavise.Value
	told  truth
}

// by says what is done with it.
func (w written) by() string {
	if w.what == "programs" || w.what == "administrators" {
		return w.what + " are let in by"
	}
	return w.what + " are signed with"
}

// signers are the calls that are given a secret as an argument.
var signers = map[string]struct {
	what string
	arg  int
}{
	"cookie-parser":                                            {"cookies", 0},
	"express.cookieParser":                                     {"cookies", 0},
	"jsonwebtoken.sign":                                        {"tokens", 1},
	"jsonwebtoken.verify":                                      {"tokens", 1},
	"github.com/gorilla/sessions.NewCookieStore":               {"sessions", 0},
	"github.com/gorilla/securecookie.New":                      {"cookies", 0},
	"github.com/gorilla/csrf.Protect":                          {"tokens", 0},
	"github.com/gin-contrib/sessions/cookie.NewStore":          {"sessions", 0},
	"github.com/gofiber/fiber/v2/middleware/encryptcookie.New": {"cookies", 0},
}

// secrets returns what sessions, cookies and tokens are signed with.
func (p program) secrets() []written {
	var list []written
	add := func(what string, u pavise.Use, v pavise.Value, told truth) {
		switch v.Kind {
		case pavise.ListValue:
			for _, item := range v.Items {
				list = append(list, written{what, u, item, told})
			}
		case pavise.CallValue: // []byte("…"), Buffer.from("…")
			if len(v.Items) > 0 && (v.Text == "[]byte" || v.Text == "Buffer.from" || v.Text == "buffer.Buffer.from") {
				v = v.Items[0]
			}
			fallthrough
		default:
			list = append(list, written{what, u, v, told})
		}
	}
	for _, s := range p.sessions() {
		for _, name := range []string{"secret", "keys"} {
			if v, told := option(s.options, name); told != unset {
				add("sessions", s.use, v, told)
			}
		}
	}
	for _, m := range p.modules() {
		if m.name == apostrophe4 {
			keys, _ := m.options.Member("apiKeys")
			for _, key := range keys.Members { // each is the name of a member
				value := key.Value
				value.Kind, value.Text = pavise.StringValue, key.Name
				list = append(list, written{"programs", m.use, value, yes})
			}
		}
		if m.use.Of == apostrophe0 && m.name == "" {
			for _, o := range [][2]string{{"sessionSecret", "sessions"}, {"adminPassword", "administrators"}} {
				if v, told := option(m.options, o[0]); told == yes {
					add(o[1], m.use, v, told)
				}
			}
		}
	}
	for _, u := range p.uses {
		if s, found := signers[u.Of]; found && len(u.Args) > s.arg {
			add(s.what, u, u.Args[s.arg], yes)
		}
		if from(u.Of, "express-jwt") {
			if v, told := option(u.Arg(0), "secret"); told == yes {
				add("tokens", u, v, told)
			}
		}
	}
	return list
}

// examples are secrets that stand in documentation and in examples, in small letters
// and without what joins words. Whoever wants to forge a cookie tries these first.
var examples = map[string]bool{
	"s3cur3": true, "keyboardcat": true, "secret": true, "changeme": true, "changeit": true, "undefined": true,
	"null": true, "yoursecret": true, "yoursecretkey": true, "yoursecrethere": true, "yoursessionsecret": true,
	"mysecret": true, "mysecretkey": true, "mysupersecret": true, "supersecret": true, "supersecretkey": true,
	"topsecret": true, "secretkey": true, "sessionsecret": true, "thisisasecret": true, "thisismysecret": true,
	"youshouldhaveasecret": true, "somesecret": true, "somesecretkey": true, "verysecret": true, "shhhh": true, "shhhhh": true,
	"shhhhhhared-secret": true, "sharedsecret": true, "cat": true, "ilovescotchscotchyscotchscotch": true, "password": true,
	"test": true, "testsecret": true, "devsecret": true, "dev": true, "default": true, "example": true, "todo": true,
	"jwtsecret": true, "jwtsecretkey": true, "sessioncookiesecretkeyhere": true, "replaceme": true, "insertsecrethere": true,
	"abc123": true, "123456": true, "12345": true, "1234": true, "foo": true, "foobar": true, "qwerty": true,
	"somethingsecret": true, "demo": true, "admin": true, "asecret": true, "anything": true, "blahblah": true, "secretsecret": true, "sosecret": true,
}

var joints = strings.NewReplacer(" ", "", "-", "", "_", "", ".", "", "!", "", "?", "")

// known reports whether a secret is one that stands in examples.
func known(secret string) bool {
	lower := strings.ToLower(secret)
	return examples[lower] || examples[joints.Replace(lower)]
}
