package login_test

import (
	"fmt"
	"strings"
	"testing"

	"pavise/controls/login"
)

// TestDisguises: what some app takes for a login is counted as one for its account,
// whatever it looks like to others.
func TestDisguises(t *testing.T) {
	part := func(disposition, value string) string {
		return "--b\r\nContent-Disposition: " + disposition + "\r\n\r\n" + value + "\r\n"
	}
	name, password := part(`form-data; name="username"`, "%s"), part(`form-data; name="password"`, "x")
	const multi = "multipart/form-data; boundary=b"
	for _, tt := range []struct {
		what, path, kind string
		body             string // %s is the account, %d a decoy
		want             int64  // 0 where the app must not see it at all
	}{
		{"blanks that PHP drops", "/login", formType, "+username=%s&+pass=x", 20},
		{"a NUL that ends a name for PHP", "/login", formType, "username%00y=%s&password=x", 20},
		{"blanks that are underscores to PHP", "/login", formType, "user+name=%s&email=decoy%d&password=x", 20},
		{"dots that are underscores to PHP", "/login", formType, "user.name=%s&email=decoy%d&password=x", 20},
		{"a bracket that is an underscore to PHP", "/login", formType, "user[name=%s&email=decoy%d&password=x", 20},
		{"semicolons of old Rack", "/login", formType, "a=%d;username=%s;password=x", 20},
		{"semicolons in the query", "/login?a=%d;username=%s;password=x", formType, "", 20},
		{"PATH_INFO", "/wp-login.php/x", formType, "log=%s&pwd=x", 20},
		{"PATH_INFO that names something else", "/LOGIN.PHP5/a/b", formType, "log=%s&pwd=x", 20},
		{"the script of a directory", "/login/index.php", formType, "log=%s&pwd=x", 20},
		{"JSON called a form", "/login", formType, `{"password":"x","username":"%s","y":"a.b"}`, 20},
		{"JSON that is a form, too", "/login", formType, `{"y":"&username=%s&password=x&y="}`, 20},
		{"JSON with more behind it", "/login", "text/plain", `{"username":"%s","password":"x"}}`, 20},
		{"JSON in a list", "/login", "text/plain", `[{"username":"%s","password":"x"}]`, 20},
		{"JSON before the parts", "/login", multi, `{"username":"%s","password":"x"}` + "\r\n--b--\r\n", 0},
		{"a file for some", "/login", multi, name + part(`form-data; name="password"; filename*=utf-8''x`, "x") + "--b--\r\n", 0},
		{"no form-data for some", "/login", multi, name + part(`attachment; name="password"`, "x") + "--b--\r\n", 0},
		{"two names of a part", "/login", multi, password + part(`form-data; name="x"; name="username"`, "%s") + "--b--\r\n", 0},
		{"two dispositions of a part", "/login", multi, password + "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n" +
			strings.TrimPrefix(name, "--b\r\n") + "--b--\r\n", 0},
		{"a plain form of parts", "/login", multi, name + password + part(`form-data; name="a"; filename="b"`, "c") + "--b--\r\n", 20},
	} {
		s := guarded(t, login.Guard{})
		for i := range 40 { // each from elsewhere: only the account is the same
			filled := strings.NewReplacer("%s", "victim", "%d", fmt.Sprint(i))
			s.send(post(filled.Replace(tt.path), fmt.Sprint("203.0.113.", i), tt.kind, filled.Replace(tt.body)))
		}
		s.want(tt.what, s.asked.Load(), tt.want)
	}
}

// TestScriptsOfRoutes: what follows a script is for the script (RFC 3875 4.1.5), and
// what follows any other segment is another place.
func TestScriptsOfRoutes(t *testing.T) {
	for path, want := range map[string]int64{"/app/enter.php/x": 10, "/app/enter.php": 10, "/app/enter/x": 15, "/app": 15,
		"/app/enter/index.php": 10, "/app/in": 10, "/app/in/default.aspx": 10, "/app/in/index.html": 15, "/index.php": 15} {
		s := guarded(t, login.Guard{Routes: []login.Route{{Path: "/app/enter.php"}, {Path: "/app/enter"}, {Path: "/app/in/Default.aspx"}}})
		for range 15 {
			s.send(post(path, "203.0.113.9", formType, "username=alice&password=wrong"))
		}
		s.want(path, s.asked.Load(), want)
	}
}

// TestOverriddenMethod: a POST that a framework takes for the route's PUT is counted.
func TestOverriddenMethod(t *testing.T) {
	s := guarded(t, login.Guard{Routes: []login.Route{{Path: "PUT /-/user/*", Account: "name"}}})
	for range 40 {
		r := post("/-/user/ada", "203.0.113.1", "application/json", `{"name":"ada","password":"x"}`)
		r.Header.Set("X-Http-Method-Override", "PUT")
		s.send(r)
	}
	s.want("POST for PUT", s.asked.Load(), 10)
}
