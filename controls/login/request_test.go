package login_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"pavise/controls/login"
)

const jsonType = "application/json"

// TestRefusedForms: what two readers could understand in two ways is not guessed at.
func TestRefusedForms(t *testing.T) {
	multi := func(fields ...string) (kind, body string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		for i := 0; i < len(fields); i += 2 {
			w.WriteField(fields[i], fields[i+1])
		}
		w.Close()
		return w.FormDataContentType(), b.String()
	}
	kind, twice := multi("username", "a", "password", "x", "username", "b")
	_, whole := multi("username", "a", "password", "x")
	for what, tt := range map[string]struct {
		path, kind, body string
		header           http.Header
		want             int
	}{
		"a form":                       {body: "username=a&password=x", kind: formType, want: 200},
		"with charset":                 {body: "username=a&password=x", kind: formType + "; charset=UTF-8", want: 200},
		"the account twice":            {body: "username=a&password=x&username=b", kind: formType, want: 400},
		"in another case":              {body: "username=a&password=x&UserName=b", kind: formType, want: 400},
		"as a list":                    {body: "username=a&password=x&username[]=b", kind: formType, want: 400},
		"encoded":                      {body: "username=a&password=x&user%6eame=b", kind: formType, want: 400},
		"in the query too":             {path: "/login?username=b", body: "username=a&password=x", kind: formType, want: 400},
		"bad percent signs":            {body: "username=%zz&password=x", kind: formType, want: 400},
		"too many fields":              {body: "password=x" + strings.Repeat("&a=1", 1001), kind: formType, want: 400},
		"a long name":                  {body: "username=" + strings.Repeat("a", 1025) + "&password=x", kind: formType, want: 400},
		"a name with NUL":              {body: "username=a%00b&password=x", kind: formType, want: 400},
		"five accounts":                {body: "username=a&user=b&email=c&mail=d&phone=e&password=x", kind: formType, want: 400},
		"65,536 bytes":                 {body: "username=a&password=" + strings.Repeat("x", 65536-20), kind: formType, want: 200},
		"65,537 bytes":                 {body: "username=a&password=" + strings.Repeat("x", 65537-20), kind: formType, want: 413},
		"multipart":                    {body: whole, kind: strings.Replace(kind, kind[strings.Index(kind, "boundary=")+9:], whole[2:strings.Index(whole, "\r")], 1), want: 200},
		"multipart twice":              {body: twice, kind: kind, want: 400},
		"multipart cut":                {body: twice[:60], kind: kind, want: 400},
		"JSON":                         {body: `{"username":"a","password":"x"}`, kind: jsonType, want: 200},
		"JSON twice":                   {body: `{"username":"a","password":"x","username":"b"}`, kind: jsonType, want: 400},
		"JSON in another case":         {body: `{"username":"a","password":"x","USERNAME":"b"}`, kind: jsonType, want: 400},
		"JSON escaped":                 {body: `{"username":"a","password":"x","user\u006eame":"b"}`, kind: jsonType, want: 400},
		"JSON with a query for an app": {body: `{"username":{"$ne":null},"password":"x"}`, kind: jsonType, want: 400},
		"JSON null":                    {body: `{"username":null,"password":"x"}`, kind: jsonType, want: 400},
		"JSON that ends early":         {body: `{"username":"a","password":"x"`, kind: jsonType, want: 400},
		"JSON and more":                {body: `{"username":"a","password":"x"}{"username":"b"}`, kind: jsonType, want: 400},
		"JSON too deep":                {body: strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 20), kind: jsonType, want: 400},
		"JSON with a long name":        {body: `{"` + strings.Repeat("a", 60000) + `":[1,1,1,1],"password":"x"}`, kind: jsonType, want: 400},
		"JSON under no name":           {body: `{"username":"a","password":"x","username":"b"}`, kind: "text/plain", want: 400},
		"gzip":                         {body: "username=a&password=x", kind: formType, header: http.Header{"Content-Encoding": {"gzip"}}, want: 415},
		"identity":                     {body: "username=a&password=x", kind: formType, header: http.Header{"Content-Encoding": {"identity"}}, want: 200},
		"UTF-7":                        {body: "username=a&password=x", kind: formType + "; charset=utf-7", want: 415},
		"two types":                    {body: "username=a&password=x", header: http.Header{"Content-Type": {formType, jsonType}}, want: 400},
		"two types in one":             {body: "username=a&password=x", kind: formType + ", " + jsonType, want: 400},
		"no type that is one":          {body: "username=a&password=x", kind: "/;", want: 400},
		"no body":                      {want: 200},
	} {
		s := guarded(t, login.Guard{})
		s.handler = wrapped(t, login.Guard{}, s.env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if got, _ := io.ReadAll(r.Body); string(got) != tt.body {
				t.Errorf("%s: the app read %d bytes that are not those sent", what, len(got))
			}
		}))
		if tt.path == "" {
			tt.path = "/login"
		}
		r := post(tt.path, "203.0.113.9", tt.kind, tt.body)
		for name, values := range tt.header {
			r.Header[name] = values
		}
		if res := s.send(r); res.StatusCode != tt.want {
			t.Errorf("%s: %d, want %d", what, res.StatusCode, tt.want)
		}
	}
}

// TestPaths: whatever some app would take for the login is the login.
func TestPaths(t *testing.T) {
	for _, path := range []string{
		"/login", "/login/", "//login", "/Login", "/LOGIN", "/%6cogin", "/login;jsessionid=1", "/x/../login", "/./login", "/login//",
		`/\login`, "/login.json", "/login%20", "/login.", "/%256cogin", "/login?x=1", "/;a/login", "/login%00",
	} {
		for name, guard := range map[string]login.Guard{
			"as usual": {},
			"by name":  {Routes: []login.Route{{Path: "/login"}}},
		} {
			s := guarded(t, guard)
			for range 15 {
				s.send(post(path, "203.0.113.9", formType, "username=alice&password=wrong"))
			}
			s.want(name+" "+path, s.asked.Load(), 10)
		}
	}
}

// TestNoLogins: what only looks like a login a little is left alone, whatever it
// answers and however often it comes.
func TestNoLogins(t *testing.T) {
	large := strings.Repeat("x", 100<<10)
	for _, tt := range []struct{ method, path, body string }{
		{"POST", "/register", "username=a&password=x"},
		{"POST", "/users", "username=a&password=x"},
		{"POST", "/account/password", "password=x&new_password=y"},
		{"POST", "/login/reset", "email=a&password=x"},
		{"POST", "/relogin-later", "username=a&password=x"},
		{"POST", "/upload", large},
		{"POST", "/token", "grant_type=refresh_token&refresh_token=x"},
		{"POST", "/session", "theme=dark"},
		{"GET", "/login", ""},
		{"DELETE", "/session", ""},
		{"PUT", "/login", large},
	} {
		s := guarded(t, login.Guard{})
		for range 120 {
			r := post(tt.path, "203.0.113.9", formType, tt.body)
			r.Method = tt.method
			if res := s.send(r); res.StatusCode != 302 {
				t.Fatalf("%s %s: %d", tt.method, tt.path, res.StatusCode)
			}
		}
	}
}

// TestFields: the account is found under the names that apps use, and a decoy
// beside it hides it from nobody.
func TestFields(t *testing.T) {
	tests := []struct {
		route login.Route
		kind  string
		body  string // %s is the account, %d a decoy
	}{
		{kind: formType, body: "email=%s&password=x"},
		{kind: formType, body: "user[email]=%s&user[password]=x"},
		{kind: formType, body: "log=%s&pwd=x&decoy=%d"},
		{kind: formType, body: "login=%s&password=x"},
		{kind: formType, body: "username=%s&email=%s&password=x"},
		{kind: formType, body: "username=%s&password=x&login=Log+in"},
		{kind: formType, body: "username=%s&email=decoy%d&password=x"},
		{kind: formType, body: "email=%s&username=decoy%d&password=x"},
		{kind: jsonType, body: `{"user":{"email":"%s","password":"x"}}`},
		{kind: jsonType, body: `{"user":{"login":"%s","password":"x"}}`},
		{kind: "text/plain", body: `{"username":"%s","password":"x"}`},
		{kind: "", body: "username=%s&password=x"},
		{route: login.Route{Path: "/login", Account: "kunde"}, kind: formType, body: "kunde=%s&passwort=x&username=decoy%d"},
		{route: login.Route{Path: "/login", Account: "a.b"}, kind: jsonType, body: `{"a":{"b":"%s"},"username":"decoy%d"}`},
	}
	for _, tt := range tests {
		guard := login.Guard{}
		if tt.route.Path != "" {
			guard.Routes = []login.Route{tt.route}
		}
		s := guarded(t, guard)
		for i := range 40 { // each from elsewhere: only the account is the same
			body := strings.ReplaceAll(strings.ReplaceAll(tt.body, "%s", "victim"), "%d", fmt.Sprint(i))
			s.send(post("/login", fmt.Sprint("203.0.113.", i), tt.kind, body))
		}
		s.want(tt.body, s.asked.Load(), 20)
	}
}

// TestBasic: the account may be named in Authorization.
func TestBasic(t *testing.T) {
	s := guarded(t, login.Guard{Routes: []login.Route{{Path: "GET /api/login"}}})
	for i := range 40 {
		r := post("/api/login", fmt.Sprint("203.0.113.", i), "", "")
		r.Method = "GET"
		r.SetBasicAuth("alice", "wrong")
		s.send(r)
	}
	s.want("Basic", s.asked.Load(), 20)
}

// TestMediaWiki: the login is one page among many at one path, and its name may
// stand in the query or in the form.
func TestMediaWiki(t *testing.T) {
	guard := login.Guard{Routes: []login.Route{
		{Path: "/index.php?title=Special:UserLogin", Account: "wpName"}, {Path: "/index.php/Special:UserLogin", Account: "wpName"}}}
	for _, to := range []string{"/index.php?title=Special:UserLogin&returnto=Main", "/index.php?title=special%3Auserlogin",
		"/index.php/Special:UserLogin", "/index.php", "/index.php?title=Main_Page"} {
		s := guarded(t, guard)
		for range 15 {
			s.send(post(to, "203.0.113.9", formType, "wpName=alice&wpPassword=wrong&title=Special:UserLogin"))
		}
		s.want(to, s.asked.Load(), 10)
	}
	s := guarded(t, guard)
	for range 150 {
		s.send(post("/index.php?title=Main_Page&action=submit", "203.0.113.9", formType, "wpTextbox1="+strings.Repeat("x", 70<<10)))
		s.send(post("/index.php?title=Main_Page&action=submit", "203.0.113.9", formType, "wpTextbox1=short"))
	}
	s.want("pages edited", s.asked.Load(), 300)
}

// TestVerdaccio: the login is a PUT of JSON.
func TestVerdaccio(t *testing.T) {
	guard := login.Guard{Routes: []login.Route{{Path: "PUT /-/user/*", Account: "name", Succeeded: login.Signs{Status: []int{201}}}}}
	status := 409
	s := guarded(t, guard)
	s.handler = wrapped(t, guard, s.env, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.asked.Add(1)
		w.WriteHeader(status)
	}))
	put := func() int {
		r := post("/-/user/org.couchdb.user:alice", "203.0.113.9", jsonType, `{"name":"alice","password":"x"}`)
		r.Method = "PUT"
		return s.send(r).StatusCode
	}
	for range 9 {
		put()
	}
	if status = 201; put() != 201 {
		t.Error("not let in")
	}
	status = 409
	for range 15 {
		put()
	}
	s.want("PUT", s.asked.Load(), 20)
}

// FuzzLogin: whatever is sent, the app reads it byte for byte or not at all.
func FuzzLogin(f *testing.F) {
	f.Add("/login", formType, "username=a&password=b")
	f.Add("/a;b/..//LOGIN.json?username=c", jsonType, `{"user":{"email":"a","password":null},"x":[1,{}]}`)
	f.Add("/login", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=username\r\n\r\na\r\n--x--")
	s := guarded(&testing.T{}, login.Guard{Routes: []login.Route{{Path: "/a/*/c?d=e", Account: "user.email",
		Failed: login.Signs{Body: "x", JSON: map[string]string{"a": "b"}}}}})
	var read [32]byte
	h := wrapped(&testing.T{}, login.Guard{}, s.env, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		read = sha256.Sum256(body)
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Write(body) // and it is read again as an answer
	}))
	s.handler = h
	f.Fuzz(func(t *testing.T, path, kind, body string) {
		if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, " \x00\r\n\t\x7f") {
			return
		}
		r, err := http.NewRequest("POST", "https://shop.example.com"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", kind)
		s.pass(25 * time.Hour) // so that nothing is refused for what came before
		if res := s.send(r); res.StatusCode == 200 && read != sha256.Sum256([]byte(body)) {
			t.Error("the app read something else")
		}
	})
}
