package pavise

import "strings"

// sessionNames are the names under which frameworks keep a session when nobody
// chose another: each from the framework's own documentation.
var sessionNames = map[string]string{
	"connect.sid":         "express-session",
	"express:sess":        "cookie-session",
	"koa.sess":            "koa-session",
	"koa:sess":            "koa-session before 6",
	"phpsessid":           "PHP",
	"jsessionid":          "Jakarta servlets",
	"asp.net_sessionid":   "ASP.NET",
	".aspnetcore.session": "ASP.NET Core",
	".aspnetcore.cookies": "ASP.NET Core",
	"laravel_session":     "Laravel",
	"ci_session":          "CodeIgniter",
	"cakephp":             "CakePHP",
	"_session_id":         "Rails",
	"sessionid":           "Django",
	"session":             "Flask",
	"rack.session":        "Rack",
	"play_session":        "Play",
	"sails.sid":           "Sails",
	"apos.sid":            "Apostrophe",
	"cfid":                "ColdFusion",
	"cftoken":             "ColdFusion",
}

// DefaultSessionName returns the framework whose default session cookie has the
// name, or "" (ASVS 5.0 13.4: a default name tells what runs behind).
func DefaultSessionName(name string) string { return sessionNames[strings.ToLower(name)] }

// DeviceCookie is the name of our own cookie by which a browser shows that it has
// logged in before. It opens no session.
const DeviceCookie = "__Host-device"

// BackendCookie begins the names of our own cookies by which a browser stays with one of
// several backends. No app sees them.
const BackendCookie = "__Host-backend"

// VaultCookie is the name of our own cookie that bears the handle of a session in the
// vault, unless the owner has chosen another.
const VaultCookie = "__Host-visit"

// SessionCookie reports whether a cookie of this name is taken for a session: a
// default name of a framework, a name that says so, or one with the __Host-
// prefix, which nobody gives to a cookie without weight.
func SessionCookie(name string) bool {
	bare, host := strings.CutPrefix(name, "__Host-")
	if host {
		return name != DeviceCookie && !strings.HasPrefix(name, BackendCookie)
	}
	bare = strings.ToLower(strings.TrimPrefix(bare, "__Secure-"))
	if sessionNames[bare] != "" || bare == "sid" || bare == "token" || bare == "jwt" {
		return true
	}
	for _, word := range []string{"sess", "login", "auth", ".sid", "_sid", "-sid"} {
		if strings.Contains(bare, word) {
			return true
		}
	}
	return false
}
