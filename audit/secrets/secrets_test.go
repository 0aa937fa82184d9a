package secrets

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/tree"
	"pavise/test/tools"
)

// drawn is a token of so many characters that looks drawn, and is always the same. None
// stands here as it is: whoever searches this file for secrets shall find none.
func drawn(alphabet string, n int) string {
	x, out := uint32(2463534242), make([]byte, n)
	for i := range out {
		x ^= x << 13
		x ^= x >> 17
		x ^= x << 5
		out[i] = alphabet[x%uint32(len(alphabet))]
	}
	return string(out)
}

func signed(prefix string) string {
	body := drawn(base62, 30)
	return prefix + body + checksum(body)
}

func privateKey(t testing.TB) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

const (
	hexadecimal = "0123456789abcdef"
	upper       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

func TestKindsAreFound(t *testing.T) {
	aws := "AKIA" + drawn(upper, 16)
	hexes := drawn(hexadecimal, 32)
	uuid := hexes[:8] + "-" + hexes[8:12] + "-4" + hexes[13:16] + "-a" + hexes[17:20] + "-" + hexes[20:]
	key := privateKey(t)
	for kind, text := range map[string]string{
		"AWS access key":         "aws_access_key_id = " + aws + "\naws_secret_access_key = " + drawn(base62+"/+", 40) + "\n",
		"GitHub token":           `const token = "` + signed("ghp_") + `"`,
		"npm token":              signed("npm_"),
		"GitLab token":           "glpat-" + drawn(base62, 20),
		"Slack token":            "xoxb-" + drawn(digits, 12) + "-" + drawn(digits, 12) + "-" + drawn(base62, 24),
		"Slack webhook":          "https://hooks.slack.com/services/T" + drawn(upper, 9) + "/B" + drawn(upper, 9) + "/" + drawn(base62, 24),
		"Stripe live key":        "sk_live_" + drawn(base62, 24),
		"SendGrid key":           "SG." + drawn(base62, 22) + "." + drawn(base62, 43),
		"Mailgun key":            "mailgun({apiKey: 'key-" + hexes + "'})",
		"Google API key":         "AIza" + drawn(base62, 35),
		"Postmark server token":  "new postmark.ServerClient('" + uuid + "')",
		"private key":            key,
		"signing secret":         "jwtSecret: '" + drawn(base62, 24) + "'",
		"password in an address": "mongodb+srv://shop:" + drawn(base62, 12) + "@db.shop.io/shop",
	} {
		found, _ := find("app.js", []byte("// a line\n"+text))
		if len(found) != 1 || found[0].Kind != kind || found[0].Line != 2 {
			t.Errorf("%s: %+v in %q", kind, found, text)
		}
	}
	if found, _ := find("service.json", []byte(`{"private_key": "`+strings.ReplaceAll(key, "\n", `\n`)+`"}`)); len(found) != 1 {
		t.Errorf("a key in a string: %+v", found)
	}
}

func TestStandInsAreNot(t *testing.T) {
	good := signed("ghp_")
	broken := good[:len(good)-1] + string(base62[(strings.IndexByte(base62, good[len(good)-1])+1)%62])
	for _, text := range []string{
		"AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", // of the documentation of AWS
		"AKIA" + drawn(upper, 16), // alone it is no secret
		broken,                    // its checksum is another
		"ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "sk_test_" + drawn(base62, 24),
		"postgres://user:password@localhost/shop", "postgres://shop:" + drawn(base62, 12) + "@127.0.0.1:5432/shop",
		"postgres://shop:" + drawn(base62, 12) + "@db.example.com/shop", "mongodb://shop:<password>@cluster0.abcde.mongodb.net/shop",
		"mysql://shop:${DB_PASSWORD}@db.shop.io/shop", "mysql://shop:$DB_PASSWORD@db.shop.io/shop", "redis://:%s@db.shop.io", "redis://user:***@cache.shop.io",
		"postgres://postgres:postgres@db/shop",
		"-----BEGIN PRIVATE KEY-----\nMIIEvg...\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
		"jwtSecret: 'a-secret-nobody-would-guess'", "session_secret = process.env.SESSION_SECRET", "tokenKey: 'access_token_storage_key'",
		"postmark: POSTMARK_API_TEST",
	} {
		if found, _ := find("app.js", []byte(text)); len(found) > 0 {
			t.Errorf("%q: %+v", text, found)
		}
	}
	for _, text := range []string{"SESSION_SECRET=\nDB_PASSWORD=<password>\nAPI_KEY=your-api-key\nTOKEN=${TOKEN}", "# DB_PASSWORD=" + drawn(base62, 12), "MAX_TOKENS=123456789"} {
		if found, _ := find(".env", []byte(text)); len(found) > 0 {
			t.Errorf("%q: %+v", text, found)
		}
	}
	if found, _ := find(".npmrc", []byte("//registry.npmjs.org/:_authToken=${NPM_TOKEN}")); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}

func TestSettingsAreFound(t *testing.T) {
	for name, text := range map[string]string{
		".env": "A=1\nexport DB_PASSWORD='" + drawn(base62, 12) + "'", ".env.production": "\nSTRIPE_SECRET=" + drawn(base62, 20),
		".npmrc": "\n//registry.npmjs.org/:_authToken=" + drawn(base62, 36),
	} {
		if found, _ := find(name, []byte(text)); len(found) != 1 || found[0].Line != 2 {
			t.Errorf("%s: %+v", name, found)
		}
	}
	usual, _ := find("config.js", []byte("postgres://shop:changeme@db.shop.io/shop"))
	if len(usual) != 1 || !usual[0].Usual {
		t.Errorf("a usual password: %+v", usual)
	}
}

func TestMildOnes(t *testing.T) {
	key := privateKey(t)
	old := "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\n" + strings.SplitN(key, "\n", 2)[1]
	old = strings.Replace(old, "END PRIVATE", "END RSA PRIVATE", 1)
	for name, text := range map[string]string{"test/server.key": key, "examples/a.js": key, "server_test.go": key, "README.md": key,
		"old.pem": old, "new.pem": strings.ReplaceAll(key, "PRIVATE", "ENCRYPTED PRIVATE")} {
		if found, _ := find(name, []byte(text)); len(found) != 1 || found[0].Mild == "" {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

// project writes files, reads them, and returns what was found.
func project(t *testing.T, dir string) *pavise.Project {
	t.Helper()
	root, err := tree.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	p := &pavise.Project{}
	Read(t.Context(), root, p)
	p.Unread = root.Unread()
	return p
}

func TestWhatGitHas(t *testing.T) {
	tools.Need(t, "git")
	secret := "API_TOKEN=" + drawn(base62, 20) + "\n"
	for _, version := range []string{"2", "3", "4"} {
		dir := t.TempDir()
		git := func(args ...string) {
			t.Helper()
			c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@localhost", "-c", "index.version=" + version}, args...)...)
			c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("git %v: %v: %s", args, err, out)
			}
		}
		git("init", "-q")
		for _, name := range []string{"a/.env", "a/.env.local", "b/c/.env", "later/.env"} {
			if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(secret), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		git("add", "a/.env", "b/c/.env")
		if version == "3" {
			git("add", "-N", "later/.env") // intent to add needs the further flags of version 3
		}
		want := map[string]pavise.Outcome{"a/.env": pavise.Pass, "a/.env.local": pavise.Fail, "b/c/.env": pavise.Pass, "later/.env": pavise.Fail}
		if version == "3" {
			want["later/.env"] = pavise.Pass
		}
		for _, s := range project(t, dir).Secrets {
			if s.Tracked != want[s.File] {
				t.Errorf("version %s: %s: %v", version, s.File, s.Tracked)
			}
			delete(want, s.File)
		}
		if len(want) > 0 {
			t.Errorf("version %s: not found: %v", version, want)
		}
		if p := project(t, filepath.Join(dir, "b")); len(p.Secrets) != 1 || p.Secrets[0].Tracked != pavise.Pass {
			t.Errorf("a project below the root of its repository: %+v", p.Secrets)
		}
		git("commit", "-qm", "a")
		tree := filepath.Join(t.TempDir(), "second")
		git("worktree", "add", "-q", tree)
		if p := project(t, tree); len(p.Secrets) < 2 || p.Secrets[0].Tracked != pavise.Pass {
			t.Errorf("a further work tree: %+v, %v", p.Secrets, p.Unread)
		}
	}
}

func TestWithoutGitNobodyCanTell(t *testing.T) {
	for name, text := range map[string]string{"": "", "index": "DIRC\x00\x00\x00\x02\xff\xff\xff\xff" + strings.Repeat("a", 100)} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ".env"), []byte("TOKEN="+drawn(base62, 20)), 0o644); err != nil {
			t.Fatal(err)
		}
		if name != "" {
			if err := os.Mkdir(filepath.Join(dir, ".git"), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, ".git", name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p := project(t, dir)
		if len(p.Secrets) != 1 || p.Secrets[0].Tracked != pavise.Unknown || len(p.Unread) != 1 {
			t.Errorf("%q: %+v, %+v", name, p.Secrets, p.Unread)
		}
	}
}

func TestFilesThatPointElsewhereAreNotFollowed(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"gitdir: /etc", "gitdir: ../../elsewhere/.git", strings.Repeat("a", 1<<20)} {
		if err := os.WriteFile(filepath.Join(dir, ".git"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if x, why := openIndex(context.Background(), dir); x != nil || why == "" {
			t.Errorf("%.40q is followed", text)
		}
	}
}

func TestNothingOfASecretIsKept(t *testing.T) {
	secret := signed("ghp_")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "app.js"), []byte("const t = '"+secret+"'"), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(project(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "GitHub token") || strings.Contains(string(out), secret[:8]) || strings.Contains(string(out), secret[20:]) {
		t.Errorf("%s", out)
	}
}

func TestBounds(t *testing.T) {
	dir := t.TempDir()
	many := strings.Repeat("const t = '"+signed("ghp_")+"'\n", 1000)
	if err := os.WriteFile(filepath.Join(dir, "many.js"), []byte(many), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, letter := range map[string]string{"long.js": "a", "picture": "\x00"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat(letter, maxFile+1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p := project(t, dir)
	if len(p.Secrets) != maxEach {
		t.Errorf("%d secrets of one file", len(p.Secrets))
	}
	if i := slices.IndexFunc(p.Unread, func(u pavise.Unread) bool { return u.What == "long.js" }); i < 0 || len(p.Unread) != 3 {
		t.Errorf("not said: %+v", p.Unread)
	}
	if !slices.ContainsFunc(p.Unread, func(u pavise.Unread) bool { return u.What == "many.js" && slices.Equal(u.For, []string{control}) }) {
		t.Errorf("that there are more secrets in many.js is not said: %+v", p.Unread)
	}
}

func FuzzFind(f *testing.F) {
	f.Add(".env", "TOKEN=abc")
	f.Add("a.js", "-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----")
	f.Add("a.js", "postgres://a:b@c.d/e")
	f.Fuzz(func(t *testing.T, name, text string) {
		list, _ := find(name, []byte(text))
		for _, s := range list {
			if s.Line < 1 || s.Kind == "" || s.Mask == "" {
				t.Errorf("%+v", s)
			}
		}
	})
}

func FuzzIndex(f *testing.F) {
	f.Add([]byte("DIRC\x00\x00\x00\x02\x00\x00\x00\x01" + strings.Repeat("\x00", 60) + "\x00\x01a\x00\x00\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 20)))
	f.Add([]byte("DIRC\x00\x00\x00\x04\x00\x00\x00\x01" + strings.Repeat("\x00", 60) + "\x00\x01\x00a\x00" + strings.Repeat("\x00", 20)))
	f.Fuzz(func(t *testing.T, data []byte) {
		names, err := parseIndex(data)
		if err == nil && len(names) > len(data)/62 {
			t.Errorf("%d names in %d bytes", len(names), len(data))
		}
	})
}

func TestPatternsAreTriedSoManyTimes(t *testing.T) {
	text := []byte(strings.Repeat("postmark token ", 10*maxTried))
	s := newSearched(text)
	if at := s.places([]string{"postmark", "token"}); len(at) != maxTried || !slices.IsSorted(at) || !s.beyond {
		t.Errorf("%d places, and that there are more: %v", len(at), s.beyond)
	}
}
