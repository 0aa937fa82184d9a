package leaks

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestFilesAdmit(t *testing.T) {
	hooks, err := Files{}.Enforce(pavise.Env{})
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string][]string{
		ruleRepository: {"/.git", "/.git/", "/.git/HEAD", "/a/.git/config", "/%2egit/HEAD", "/.GIT/HEAD", "//.git//HEAD", "/.git./HEAD",
			"/.git;jsessionid=1/HEAD", "/a%5c.git%5cHEAD", "/x/../.git/HEAD", "/.well-known/.git/HEAD", "/.svn/wc.db", "/.hg/requires", "/.bzr/", "/GIT~1/HEAD",
			"/%252egit/HEAD", "/a%252f.git%252fHEAD", "/.git:$I30:$INDEX_ALLOCATION/HEAD"},
		ruleEnvironment: {"/.env", "/.env.production", "/.ENV", "/.env/", "/.env%20", "/.env.", "/.env%00.html", "/.env::$DATA", "/.env~", "/.envrc",
			"/.htpasswd", "/.aws/credentials", "/home/.ssh/id_rsa", "/id_rsa", "/.npmrc", "/web.config", "/.bash_history"},
		ruleBackup: {"/app.js.bak", "/index.php~", "/.app.js.swp", "/a/b.old", "/b.ORIG", "/dump.sql", "/db/dump.sql.gz", "/x.dump", "/x.sql/", "/x.sql;v=1",
			"/.idea/workspace.xml", "/.vscode/sftp.json", "/.DS_Store", "/backup.zip", "/backup.tar.gz", "/a/../backup.zip", "/terraform.tfstate"},
	}
	for rule, paths := range refused {
		for _, path := range paths {
			err := hooks.Admit(&pavise.Exchange{Request: httptest.NewRequest("GET", path, nil)})
			var refusal *pavise.Refusal
			if !errors.As(err, &refusal) || refusal.Rule != rule || refusal.Status != 404 || refusal.Reason != "" || refusal.Saw == "" {
				t.Errorf("%s: %v, want %s", path, err, rule)
			}
		}
	}
	for _, path := range []string{"/", "/.well-known/acme-challenge/x", "/.well-known/security.txt", "/git/HEAD", "/shop/repo.git/info/refs",
		"/environment", "/env", "/env.js", "/old", "/bak", "/~user/", "/~", "/a~", "/cvs/", "/stores/CVS", "/form.save", "/export/backup.zip", "/sql",
		"/app.js.map", "/package.json", "/notes.txt", "/archive.zip", "/data.gz", "/x.old/page", "/.gitignore", "/backup", "/backup.html", "/..", "/.", "/100%25", "/%25zz"} {
		if err := hooks.Admit(&pavise.Exchange{Request: httptest.NewRequest("GET", path, nil)}); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	long := strings.Repeat("/", 500<<10) + strings.Repeat("A.", 200<<10) + "bak"
	started := time.Now()
	leftBehind(long)
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("a path of a megabyte takes %s", took)
	}
}

// served are the files as they are left behind.
var served = map[string]string{
	"/.git/HEAD":           "ref: refs/heads/main\n",
	"/.git/config":         "[core]\n\tbare = false\n",
	"/.svn/entries":        "12\n",
	"/.svn/wc.db":          "SQLite format 3\x00\x10",
	"/.hg/requires":        "dotencode\nfncache\nrevlogv1\nstore\n",
	"/.env":                "# settings\nMAIL_FROM=\"Shop <mail@a.test>\"\nDB_HOST = 10.0.0.5\nDB_PASSWORD=example\n",
	"/.htpasswd":           "admin:$apr1$example$0123456789abcdefghijk.\n",
	"/backup.sql":          "-- MySQL dump 10.13\nCREATE TABLE `customers` (`id` int);\n",
	"/dump.sql":            "INSERT INTO customers VALUES (1);\n",
	"/backup.zip":          "PK\x03\x04\x14",
	"/index.php~":          "<?php $password = 'example';\n",
	"/app.js.bak":          "const secret = 'example';\n",
	"/.app.js.swp":         "b0VIM 8.2\x00\x00",
	"/.env.production":     "SECRET=x\n",
	"/.aws/credentials":    "[default]\naws_access_key_id = AKIAEXAMPLE\n",
	"/.npmrc":              "//registry.npmjs.org/:_authToken=example\n",
	"/.git-credentials":    "https://alice:example@git.example.com\n",
	"/.ssh/id_rsa":         "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n",
	"/id_rsa":              "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n",
	"/web.config":          "<?xml version=\"1.0\"?>\n<configuration>\n",
	"/config/database.yml": "production:\n  adapter: postgresql\n",
	"/backup.tar.gz":       "\x1f\x8b\x08",
	"/wp-config.php.bak":   "<?php\ndefine('DB_PASSWORD', 'example');\n",
	"/.DS_Store":           "\x00\x00\x00\x01Bud1\x00",
	"/.idea/workspace.xml": "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<project version=\"4\">\n",
	"/.git/HEAD two":       "0123456789abcdef0123456789abcdef01234567\n",
}

func TestFilesKnowsEachByWhatItHolds(t *testing.T) {
	for _, x := range exposures {
		if !x.known([]byte(served[x.path])) {
			t.Errorf("%s is not known", x.path)
		}
		for _, page := range []string{"", "<!doctype html><html><script>const a = 1; function f() {}</script>\nDEBUG=1\n</html>", `{"error":"import module from store"}`,
			"Not found", "\x89PNG\r\n\x1a\n\x00\x00\nA=1", "404 page not found\n", "OK"} {
			if x.known([]byte(page)) {
				t.Errorf("%s: %q is taken for it", x.path, page)
			}
		}
		if rule, _ := leftBehind(x.path); rule != x.rule {
			t.Errorf("%s is asked for under %s and refused under %q", x.path, x.rule, rule)
		}
	}
	if !exposures[0].known([]byte(served["/.git/HEAD two"])) {
		t.Error("a detached HEAD is not known")
	}
}

func TestFilesCheck(t *testing.T) {
	const spa = "<!doctype html><div id=app></div>"
	all := func(body func(path string) string) func(string) *pavise.Response {
		return func(path string) *pavise.Response { return &pavise.Response{Status: 200, Body: []byte(body(path))} }
	}
	tests := map[string]struct {
		answer func(path string) *pavise.Response
		want   [3]pavise.Outcome
	}{
		"everything is served": {all(func(p string) string { return served[p] }), [3]pavise.Outcome{pavise.Fail, pavise.Fail, pavise.Fail}},
		"one page for all":     {all(func(string) string { return spa }), [3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Pass}},
		"nothing answers":      {func(string) *pavise.Response { return nil }, [3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
		"too many requests":    {func(string) *pavise.Response { return &pavise.Response{Status: 429} }, [3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
		"forbidden": {func(p string) *pavise.Response {
			if served[p] == "" {
				return &pavise.Response{Status: 404}
			}
			return &pavise.Response{Status: 403, Body: []byte(served[p])}
		}, [3]pavise.Outcome{pavise.Pass, pavise.Pass, pavise.Pass}},
		"the asker is": {func(string) *pavise.Response { return &pavise.Response{Status: 403} }, [3]pavise.Outcome{pavise.Unknown, pavise.Unknown, pavise.Unknown}},
		"one served, one not answered": {func(p string) *pavise.Response {
			if p == "/.git/HEAD" || p == "/dump.sql" {
				return nil
			}
			return all(func(p string) string {
				if p == "/.git/config" {
					return served[p]
				}
				return ""
			})(p)
		}, [3]pavise.Outcome{pavise.Fail, pavise.Pass, pavise.Unknown}},
	}
	for name, test := range tests {
		e := &pavise.Evidence{Target: pavise.Target{URL: "https://shop.example.com"}}
		for _, p := range (Files{}).Probes(e) {
			e.Add(pavise.Answer{Probe: p, Response: test.answer(strings.TrimPrefix(p.Request.URL, e.Target.URL))})
		}
		e.Add(pavise.Answer{Probe: e.Target.Home(), Response: test.answer("/")})
		for i, f := range (Files{}).Check(e) {
			if f.Outcome != test.want[i] || f.Saw == "" || strings.Contains(f.Saw+f.Proof.Received, "example$") {
				t.Errorf("%s: %s is %s, want %s: %q", name, f.Rule, f.Outcome, test.want[i], f.Saw)
			}
		}
	}
	for _, f := range (Files{}).Check(&pavise.Evidence{}) {
		if f.Outcome != pavise.Unknown {
			t.Errorf("nothing was asked: %s is %s", f.Rule, f.Outcome)
		}
	}
}

func BenchmarkFiles(b *testing.B) {
	hooks, _ := Files{}.Enforce(pavise.Env{})
	x := &pavise.Exchange{Request: httptest.NewRequest(http.MethodGet, "/static/css/app.4f2a.css", nil)}
	b.ReportAllocs()
	for b.Loop() {
		if hooks.Admit(x) != nil {
			b.Fatal("refused")
		}
	}
}
