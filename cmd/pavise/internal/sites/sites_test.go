package sites

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
)

// typed runs a command line as a shell would take it.
func typed(line string) (code int, out, told string) {
	return run(shellWords(line)[1:]...)
}

func ran(t *testing.T, line string) string {
	t.Helper()
	code, out, told := typed(line)
	if code != cli.ExitClean {
		t.Fatalf("%s ended with %d: %s", line, code, told)
	}
	return out
}

func TestSiteCommands(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, step := range []struct{ line, want string }{
		{"pavise site add shop --host shop.example.com --alias www.shop.example.com --canonical=on --backend 3000,3001 --weights 3,1",
			"sites:\n  - name: shop\n    hosts: [shop.example.com, www.shop.example.com]\n    canonical: true\n    to: [{at: 3000, weight: 3}, 3001]\n"},
		{"pavise site update shop --backends 3002,3000,3001",
			"sites:\n  - name: shop\n    hosts: [shop.example.com, www.shop.example.com]\n    canonical: true\n    to: [3002, {at: 3000, weight: 3}, 3001]\n"},
		{"pavise site update www.shop.example.com --canonical=false --backends 3000 --websockets=false",
			"sites:\n  - name: shop\n    hosts: [shop.example.com, www.shop.example.com]\n    to: 3000\n    websockets: off\n"},
		{"pavise site update shop --path /api --backends 4000 --strip --health /up",
			"sites:\n  - name: shop\n    hosts: [shop.example.com, www.shop.example.com]\n    to: 3000\n    websockets: off\n    paths:\n      - path: /api\n        strip: true\n        to: 4000\n        health: /up\n"},
		{"pavise site update shop --path /api --strip=false --health= --https-upstream",
			"sites:\n  - name: shop\n    hosts: [shop.example.com, www.shop.example.com]\n    to: 3000\n    websockets: off\n    paths:\n      - path: /api\n        to: https://127.0.0.1:4000\n"},
		{"pavise site update shop --remove-path /api --websockets --aliases= --name store",
			"sites:\n  - name: store\n    hosts: [shop.example.com]\n    to: 3000\n"},
		{"pavise site update store --backends= --static public --index a.html,b.html --fallback a.html --set 'accept=[]' --set accept=",
			"sites:\n  - name: store\n    hosts: [shop.example.com]\n    static: {folder: public, index: [a.html, b.html], fallback: a.html}\n"},
		{"pavise site update store --backends 3000 --static=false --default",
			"sites:\n  - name: store\n    hosts: [shop.example.com]\n    default: true\n    to: 3000\n"},
		{"pavise site add old.example.com --redirect-full https://shop.example.com --permanent --default",
			"sites:\n  - name: store\n    hosts: [shop.example.com]\n    to: 3000\n  - hosts: [old.example.com]\n    default: true\n    redirect: {to: https://shop.example.com, keep-path: true, permanent: true}\n"},
		{"pavise site disable store", "sites:\n  - name: store\n    hosts: [shop.example.com]\n    disabled: true\n    to: 3000\n  - hosts: [old.example.com]\n    default: true\n    redirect: {to: https://shop.example.com, keep-path: true, permanent: true}\n"},
		{"pavise site enable shop.example.com", "sites:\n  - name: store\n    hosts: [shop.example.com]\n    to: 3000\n  - hosts: [old.example.com]\n    default: true\n    redirect: {to: https://shop.example.com, keep-path: true, permanent: true}\n"},
		{"pavise site set state=/var/lib/pavise 'listen={http: \"off\"}'", "listen: {http: off}\nstate: /var/lib/pavise\nsites:\n  - name: store\n    hosts: [shop.example.com]\n    to: 3000\n  - hosts: [old.example.com]\n    default: true\n    redirect: {to: https://shop.example.com, keep-path: true, permanent: true}\n"},
		{"pavise site remove old.example.com", "listen: {http: off}\nstate: /var/lib/pavise\nsites:\n  - name: store\n    hosts: [shop.example.com]\n    to: 3000\n"},
	} {
		ran(t, step.line)
		if is, _ := os.ReadFile(cli.ConfigFile); string(is) != step.want {
			t.Errorf("after %s:\n%s\nwant\n%s", step.line, is, step.want)
		}
	}
}

// TestFilesBesideTheFile: what a file names relatively lies beside it, from wherever it is
// edited.
func TestFilesBesideTheFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.MkdirAll("e/public", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"cdn.txt": "192.0.2.0/24\n", "shut.html": "", "pavise.yaml": `sites:
  - name: shop
    hosts: [shop.example.com, www.shop.example.com]
    static: public
    maintenance: {page: shut.html, except: [cdn.txt]}
    controls:
      requests.client: {trust: [cdn.txt]}
  - {name: blog, hosts: [blog.example.com], to: 3000}
`} {
		if err := os.WriteFile("e/"+name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, line := range []string{"update shop --canonical", "update shop --path /a --backends 3001", "disable shop", "enable shop", "show shop", "list",
		"set state=/var/lib/pavise", "remove blog", "add wiki.example.com --backends 3002"} {
		code, _, told := typed("pavise site " + line + " --file e/pavise.yaml")
		if code != cli.ExitClean || told != "" {
			t.Errorf("%s: ended with %d and %s", line, code, told)
		}
	}
	if out := ran(t, "pavise site list --file e/pavise.yaml"); !strings.Contains(out, "trust: [cdn.txt]") {
		t.Errorf("the name of the list is not kept: %s", out)
	}
}

// TestPathComments: a command about one part of a site leaves the comments of all.
func TestPathComments(t *testing.T) {
	t.Chdir(t.TempDir())
	const before = `sites:
  - hosts: [shop.example.com]
    to: 3000
    paths:
      # Above the API.
      - path: /api # beside it
        # In it.
        to: 4000
        # Below it.

      # Above the blog.
      - path: /blog
        # In the blog.
        to: 5000 # the second
        # Below the blog.
`
	put := func(old, fresh string) string {
		if !strings.Contains(before, old) {
			t.Fatalf("%q is not there", old)
		}
		return strings.Replace(before, old, fresh, 1)
	}
	for options, want := range map[string]string{
		"--path /api --backends 4001":                     put("to: 4000", "to: 4001"),
		"--path /blog --backends 5001":                    put("to: 5000", "to: 5001"),
		"--path /blog --sticky":                           put("        # Below the blog.\n", "        sticky: true\n        # Below the blog.\n"),
		"--path /blog --set path=/news":                   put("path: /blog", "path: /news"),
		"--path /blog --set 'path=\"/news\"'":             put("path: /blog", "path: /news"),
		"--path /new --backends 6000":                     before + "\n      - path: /new\n        to: 6000\n",
		"--remove-path /api":                              put(before[strings.Index(before, "      # Above the API"):strings.Index(before, "      # Above the blog")], ""),
		"--remove-path /blog":                             before[:strings.Index(before, "\n      # Above the blog")],
		"--remove-path /api --path /blog --backends 5001": strings.Replace(put(before[strings.Index(before, "      # Above the API"):strings.Index(before, "      # Above the blog")], ""), "5000", "5001", 1),
		"--remove-path /blog --path /api --backends 4001": strings.Replace(before[:strings.Index(before, "\n      # Above the blog")], "4000", "4001", 1),
	} {
		if err := os.WriteFile(cli.ConfigFile, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		ran(t, "pavise site update shop.example.com "+options)
		if is, _ := os.ReadFile(cli.ConfigFile); string(is) != want {
			t.Errorf("after %s:\n%s\nwant\n%s", options, is, want)
		}
	}
}

func TestSiteMistakes(t *testing.T) {
	t.Chdir(t.TempDir())
	ran(t, "pavise site add shop --host shop.example.com --backends 3000")
	ran(t, "pavise site update shop --path /a --backends 3001")
	ran(t, "pavise site update shop --path /b --backends 3002")
	before, _ := os.ReadFile(cli.ConfigFile)
	for line, want := range map[string]string{
		"pavise site update shop --baclends 1":                                    "did you mean --backends?",
		"pavise site update shpo --backends 1":                                    "did you mean shop?",
		"pavise site add shop --backends 1":                                       "there is a site shop already",
		"pavise site add wiki --backends 1":                                       "--host must say",
		"pavise site add wiki.example.com":                                        "what answers there?",
		"pavise site add two --host shop.example.com --backends 1":                "shop.example.com is already named on line 3",
		"pavise site update shop --backends 3000,4000/ci":                         "--path /ci --backends 4000",
		"pavise site update shop --weights 1,2":                                   "2 weights for 1 backend",
		"pavise site update shop --https=false":                                   "by https alone",
		"pavise site update shop --sticky=perhaps":                                "want true or false",
		"pavise site update shop --set excpet=[]":                                 "did you mean except?",
		"pavise site update shop --set 'except=[{a'":                              "except: it:1",
		"pavise site update shop --path /api --canonical":                         "--canonical is of a whole site",
		"pavise site update shop --strip":                                         "of a part of a site",
		"pavise site update shop --path /ci --backends 4000 --set path=":          "path is missing",
		"pavise site update shop --path /a --set path=/b":                         "/b is already named",
		"pavise site update shop --remove-path /api":                              "has no path /api",
		"pavise site update shop --balance lest-connections":                      "least-connections",
		"pavise site remove shop":                                                 "the only site",
		"pavise site disable shop":                                                "no site is left to serve",
		"pavise site set stat=x":                                                  "did you mean state?",
		"pavise site lst":                                                         "did you mean pavise site list?",
		"pavise site show shop --file none.yaml":                                  "there is no none.yaml here",
		"pavise site import none.conf":                                            "no such file",
		"pavise site add a.example.com --backends 1 --cert only-cert.pem":         "key is missing",
		"pavise site update shop --redirect https://shop.example.com --backends=": "leads back to itself",
	} {
		code, _, told := typed(line)
		if code != cli.ExitUsage || !strings.Contains(told, want) {
			t.Errorf("%s: ended with %d and %s; want %q", line, code, told, want)
		}
	}
	if is, _ := os.ReadFile(cli.ConfigFile); !bytes.Equal(is, before) {
		t.Errorf("a mistake was written: %s", is)
	}
}

func TestSiteDryRun(t *testing.T) {
	t.Chdir(t.TempDir())
	out := ran(t, "pavise site add shop.example.com --backends 3000 --dry-run")
	if _, err := os.Stat(cli.ConfigFile); err == nil || !strings.Contains(out, "+  - hosts: [shop.example.com]\n") {
		t.Errorf("wrote a file, or said %s", out)
	}
	ran(t, "pavise site add shop.example.com --backends 3000")
	if out := ran(t, "pavise site update shop.example.com --backends 3000"); !strings.Contains(out, "says so already") {
		t.Errorf("got %s", out)
	}
}

// TestImports holds what is made of real-looking configurations to the letter, and that
// the commands of list make the same of nothing.
func TestImports(t *testing.T) {
	folder, err := filepath.Abs("testdata/import")
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range []string{"mechanic.json", "certbot", "certbot/sites-enabled", "apps.conf", "generated.conf"} {
		t.Run(source, func(t *testing.T) {
			t.Chdir(t.TempDir())
			code, out, told := typed("pavise site import " + folder + "/" + source + " -v --state " + t.TempDir())
			if code != cli.ExitFinding {
				t.Fatalf("ended with %d: %s", code, told)
			}
			file, err := os.ReadFile(cli.ConfigFile)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(out, folder+"/", "") + "--- pavise.yaml\n" + string(file)
			golden := filepath.Join(folder, strings.ReplaceAll(source, "/", "-")+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want, _ := os.ReadFile(golden); got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			rebuilt(t)
		})
	}
}

// rebuilt runs the commands that list prints, and compares what is served.
func rebuilt(t *testing.T) {
	t.Helper()
	want := served(t)
	lines := strings.Split(strings.TrimSpace(ran(t, "pavise site list")), "\n")
	if err := os.Rename(cli.ConfigFile, "before.yaml"); err != nil {
		t.Fatal(err)
	}
	shelled(t, lines)
	if got := served(t); got != want {
		t.Errorf("rebuilt by\n%s\ngot\n%s\nwant\n%s", strings.Join(lines, "\n"), got, want)
	}
}

// shelled runs command lines as any shell takes them.
func shelled(t *testing.T, lines []string) {
	t.Helper()
	out, err := exec.Command("sh", "-c", `pavise() { printf '%s\0' "$@"; printf '\n\0'; }`+"\n"+strings.Join(lines, "\n")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, command := range strings.SplitAfter(string(out), "\x00\n\x00") {
		args := strings.Split(strings.TrimSuffix(command, "\x00\n\x00"), "\x00")
		if command == "" {
			continue
		}
		if code, _, told := run(args...); code != cli.ExitClean {
			t.Fatalf("%q ended with %d: %s", args, code, told)
		}
	}
}

// served is what a file says, without the lines on which it does.
func served(t *testing.T) string {
	t.Helper()
	doc, err := site.Open(cli.ConfigFile, catalog.Controls(), understood)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Check(); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, key := range append(site.FileKeys(), "sites") {
		v, _ := doc.Value(key)
		if list, ok := v.(site.List); ok && key == "sites" {
			for _, s := range list {
				one := &settings{m: s.(site.Map)}
				one.ordered(site.SiteKeys())
				fmt.Fprintln(&b, site.Flow(one.m))
			}
			continue
		}
		fmt.Fprintln(&b, key, site.Flow(v))
	}
	return b.String()
}

func TestListRebuilds(t *testing.T) {
	t.Chdir(t.TempDir())
	text := `listen: {https: ":8443", http: off}
acme: {off: true}
geoip: {country: GeoLite2-Country.mmdb}
sites:
  - name: shop
    hosts: [shop.example.com, www.shop.example.com]
    default: true
    to:
      - at: 127.0.0.1:3000
        weight: 3
      - unix:/run/o'shop.sock
    balance: address
    health: {path: /healthz, every: 10s}
    maintenance: {on: true, except: [192.0.2.0/24]}
    controls:
      transport.hsts: {exclude-subdomains: true}
      clients.location: {deny: [KP]}
    except:
      - control: requests.size
        paths: ["POST /upload", /files/**]
        reason: "it's: big # really"
      - control: requests.origin
        paths: [/hook]
        reason: signed by the sender, see [SEC-12]
      - {control: headers.csp, reason: geprüft von O'Brien}
    paths:
      - path: /api
        strip: true
        to: [4000, 4001]
        sticky: true
        websockets: off
  - hosts: [old.example.com]
    disabled: true
    redirect: /new
    paths:
      - {path: /new, static: {folder: /srv/new, index: [a.html]}}
      - {path: /odd, static: "/srv/\\e[31m\\tdé"}
`
	if err := os.WriteFile(cli.ConfigFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	want, out := served(t), ran(t, "pavise site list --json")
	var list listing
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Sites) != 2 || !list.Sites[1].Disabled {
		t.Fatalf("got %s, %v", out, err)
	}
	if err := os.Remove(cli.ConfigFile); err != nil {
		t.Fatal(err)
	}
	shelled(t, list.Commands)
	if got := served(t); got != want {
		t.Errorf("rebuilt by\n%s\ngot\n%s\nwant\n%s", strings.Join(list.Commands, "\n"), got, want)
	}
}

// shellWords takes a line apart as a shell does, as far as quotes go.
func shellWords(line string) []string {
	var words []string
	word, open, in := "", false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			open, in = !open, true
		case c == '\\' && !open:
			i++
			word, in = word+line[i:i+1], true
		case c == ' ' && !open:
			if in {
				words, word, in = append(words, word), "", false
			}
		default:
			word, in = word+string(c), true
		}
	}
	if in {
		words = append(words, word)
	}
	return words
}

func TestHostileImports(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	deep := strings.Repeat("location / {\n", 5000)
	for name, text := range map[string]string{
		"cyclic.conf": "include cyclic.conf;\n",
		"deep.conf":   "server {\n" + deep,
		"open.conf":   "server { listen 80; server_name 'a",
		"many.conf":   strings.Repeat("server_name x;\n", 250_000),
		"deep.json":   strings.Repeat(`{"sites":[`, 5000),
		"kind.json":   `{"sites": 3}`,
		"list.json":   `[]`,
		"text.json":   "\x00\xff",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, _, told := typed("pavise site import " + name); code != cli.ExitUsage || told == "" {
			t.Errorf("%s: ended with %d and %s", name, code, told)
		}
	}
	if _, err := os.Stat(cli.ConfigFile); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written: %v", err)
	}
}

// TestSiteOptionsHelp names each value once, and options that are true or false have none.
func TestSiteOptionsHelp(t *testing.T) {
	_, help, _ := run("site", "add", "--help")
	for _, want := range []string{"--aliases HOSTS  ", "its other names\n", "--sticky   "} {
		if !strings.Contains(help, want) {
			t.Errorf("no %q in\n%s", want, help)
		}
	}
}
