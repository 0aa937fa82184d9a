package site

import (
	"cmp"
	"net/url"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// An Account is a file that says how one of the asker's accounts at a site is used.
type Account struct {
	Name        string   `yaml:"name" doc:"what the report calls the account" default:"its user"`
	User        string   `yaml:"user" doc:"name of the account at the site"`
	Password    string   `yaml:"password" doc:"its password; better in the environment"`
	PasswordEnv string   `yaml:"password-env" doc:"environment variable with the password"`
	Login       Login    `yaml:"login" doc:"how one logs in; not with a cookie or header"`
	Cookie      string   `yaml:"cookie" doc:"a session that is there already, name=value"`
	Header      string   `yaml:"header" doc:"likewise, as a header, Name: value"`
	Check       string   `yaml:"check" doc:"path of a page that only who is logged in sees" required:"true"`
	Logout      string   `yaml:"logout" doc:"path that logs out, with a method unless it is GET: POST /logout"`
	Paths       []string `yaml:"paths" doc:"paths of pages and objects that are the account's own"`
}

// A Login is where and how an account logs in.
type Login struct {
	URL      string            `yaml:"url" doc:"path of the page with the form" required:"true"`
	Account  string            `yaml:"account" doc:"field for the name" default:"as the form has it"`
	Password string            `yaml:"password" doc:"field for the password" default:"as the form has it"`
	Fields   map[string]string `yaml:"fields" doc:"further fields, and what goes into them"`
	JSON     bool              `yaml:"json" doc:"send it as JSON to the url, without a look at a form" default:"false"`
	Token    string            `yaml:"token" doc:"field of the JSON answer to send as a bearer token from then on"`
}

// LoadAccount reads a file. What is wrong in it is reported as [Errors], every mistake
// at once. Env looks up the environment.
func LoadAccount(file string, env func(string) (string, bool)) (*Account, error) {
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	return ParseAccount(file, data, env)
}

// ParseAccount is LoadAccount for a file that has been read.
func ParseAccount(name string, data []byte, env func(string) (string, bool)) (*Account, error) {
	d := &decoder{where: map[any]*yaml.Node{}, least: "it needs at least check"}
	a := new(Account)
	if root := d.parse(data); root != nil && d.value(root, reflect.ValueOf(a).Elem(), place{}) {
		d.account(root, a, env)
	}
	if err := d.sorted(name); err != nil {
		return nil, err
	}
	a.Name = cmp.Or(a.Name, a.User)
	return a, nil
}

// account notes what is wrong in a file whose form is right.
func (d *decoder) account(root *yaml.Node, a *Account, env func(string) (string, bool)) {
	_, login := entry(root, "login")
	ready := a.Cookie != "" || a.Header != ""
	switch {
	case login == nil && !ready:
		d.fail(root, "such as login: {url: /login}", "either login or cookie or header is missing")
	case login != nil && ready:
		d.fail(login, "delete one of them", "login does not go with cookie or header: a session given ready needs none")
	case login != nil && a.User == "":
		d.fail(login, "", "login needs a user")
	case a.Name == "" && a.User == "":
		d.fail(root, "such as name: alice", "name is missing")
	}
	d.password(login, a, env)
	if n := d.where[&a.Cookie]; n != nil && !strings.Contains(a.Cookie, "=") {
		d.fail(n, "", `cookie: want "name=value"`)
	}
	if name, _, ok := strings.Cut(a.Header, ":"); d.where[&a.Header] != nil && (!ok || strings.TrimSpace(name) == "") {
		d.fail(d.where[&a.Header], "", `header: want "Name: value"`)
	}
	paths := map[string]*string{"login: url": &a.Login.URL, "check": &a.Check}
	for i := range a.Paths {
		d.path("paths", &a.Paths[i])
		if n := d.where[&a.Paths[i]]; n != nil && pavise.Acts(a.Paths[i]) {
			d.fail(n, "leave it out", "paths: %s may do something when it is asked for, and each is asked for as everybody", show(a.Paths[i]))
		}
	}
	for key, s := range paths {
		d.path(key, s)
	}
	if n := d.where[&a.Logout]; n != nil {
		if _, path := a.LogoutBy(); !validPath(path) {
			d.fail(n, "such as /logout or POST /logout", "logout: want a path, got %s", show(a.Logout))
		}
	}
}

// password takes the password from the environment, if it is there.
func (d *decoder) password(login *yaml.Node, a *Account, env func(string) (string, bool)) {
	switch n := d.where[&a.PasswordEnv]; {
	case n != nil && a.Password != "":
		d.fail(n, "delete one of them", "password-env does not go with password")
	case n != nil:
		there := false
		if a.Password, there = env(a.PasswordEnv); !there || a.Password == "" {
			d.fail(n, "", "password-env: the environment has no %s", show(a.PasswordEnv))
		}
	case login != nil && a.Password == "":
		d.fail(login, "such as password-env: ALICE_PASSWORD", "login needs a password")
	}
}

func (d *decoder) path(key string, s *string) {
	if n := d.where[s]; n != nil && !validPath(*s) {
		d.fail(n, "such as /account", "%s: want a path, got %s", key, show(*s))
	}
}

func validPath(s string) bool {
	_, err := url.ParseRequestURI(s)
	return err == nil && strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//")
}

// LogoutBy is the method and the path of the logout.
func (a *Account) LogoutBy() (method, path string) {
	if method, path, ok := strings.Cut(a.Logout, " "); ok && method == strings.ToUpper(method) {
		return method, strings.TrimSpace(path)
	}
	return "GET", a.Logout
}
