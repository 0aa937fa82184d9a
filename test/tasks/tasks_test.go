// Package tasks_test does what the pages of docs/tasks and docs/operate say, as they
// say it: files are written, commands run, and what they show must come. Each page has
// a room of its own, so that the ports are 80 and 443 and the files those of /etc. What
// of a page is not run stands in a block without a language, or with that of a file
// but without its name.
package tasks_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise/test/browser"
	"pavise/test/tools"
)

const docs = "../../docs"

// table is all that differs from what a reader has: names are here and not on the
// Internet, the certificate is the local authority's, nobody answers for DNS, and a scan
// of ourselves need not spare the server.
const table = `
cat >>/etc/hosts <<'HOSTS'
127.0.0.1 shop.example.com www.shop.example.com blog.example.com cms.example.com old.example.com
HOSTS
export CURL_CA_BUNDLE=/root/.local/state/pavise/authority.crt
pavise() {
  if [ "$1" = scan ]; then shift; set -- scan --rate 200 --resolver none --ca "$CURL_CA_BUNDLE" "$@"; fi
  command pavise "$@"
}
`

// pages are all that is run, with the packages of Debian that each needs and folders
// for its room.
var pages = []struct {
	name    string
	debian  []string
	folders map[string]string // where it is for the page: where it lies here
}{
	{name: "tasks/first-site.md", debian: []string{"nodejs"}},
	{name: "tasks/express.md", debian: []string{"nodejs"}, folders: map[string]string{"/srv/shop/node_modules": "../express/node_modules"}},
	{name: "tasks/apostrophe.md", debian: []string{"nodejs"}, folders: map[string]string{"/srv/cms/node_modules": "../express/node_modules"}},
	{name: "tasks/php.md", debian: []string{"php-cli"}},
	{name: "tasks/nodes.md", debian: []string{"nodejs", "redis-server"}},
	{name: "tasks/balancer.md", debian: []string{"nodejs", "haproxy"}},
	{name: "tasks/caddy.md", debian: []string{"nodejs"}},
}

func TestPages(t *testing.T) {
	binary := browser.Build(t)
	for _, p := range pages {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			needRooms(t)
			for _, d := range p.debian {
				tools.Need(t, d)
			}
			var folders []string
			for at, from := range p.folders {
				from, err := filepath.Abs(from)
				if _, missing := os.Stat(from); err != nil || missing != nil {
					tools.Lack(t, "%s is missing: run .ci/deps", from)
				}
				folders = append(folders, from+"="+at)
			}
			file := filepath.Join(docs, p.name)
			blocks, err := blocksOf(file)
			if err != nil {
				t.Fatal(err)
			}
			reader{t, file, enter(t, binary, table, folders...)}.follow(blocks)
		})
	}
}

// Every page by task is run.
func TestEveryPage(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(docs, "tasks", "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	run := map[string]bool{}
	for _, p := range pages {
		run[p.name] = true
	}
	for _, f := range files {
		if name := "tasks/" + filepath.Base(f); !run[name] && name != "tasks/README.md" {
			t.Errorf("%s is not run", f)
		}
	}
}

// needRooms skips where this user may not build a room.
func needRooms(t *testing.T) {
	t.Helper()
	if os.Getuid() != 0 {
		tools.Lack(t, "only root can build a room for a page")
	}
}

// A reader does what a page says.
type reader struct {
	t    *testing.T
	file string
	room *room
}

// follow does all blocks in order, and stops the page at the first lie.
func (r reader) follow(blocks []block) {
	ran, told := 0, 0
	var server, said string // what was started last, or what was said last
	for _, b := range blocks {
		switch at := b.file(); {
		case at != "":
			r.write(b, at)
		case b.lang == "sh":
			server, said = r.do(b)
			r.t.Logf("%s:%d: %s", r.file, b.line, said)
			ran++
		case b.lang == "text" && server != "":
			if err := r.room.hears(server, b.text); err != nil {
				r.t.Fatalf("%s:%d: %v", r.file, b.line, err)
			}
		case b.lang == "text":
			if !shown(b.text, "$").MatchString(said) {
				r.t.Fatalf("%s:%d: it shows what was not said:\n%swas said:\n%s", r.file, b.line, b.text, said)
			}
		default:
			told++
		}
	}
	if ran == 0 {
		r.t.Errorf("%s: nothing of it was run", r.file)
	}
	r.t.Logf("%s: %d blocks run, %d only shown", r.file, ran, told)
}

func (r reader) write(b block, at string) {
	text := strings.TrimSuffix(b.text, "\n")
	status, said, err := r.room.run("mkdir -p \"$(dirname " + at + ")\" && cat >" + at + " <<'END OF FILE'\n" + text + "\nEND OF FILE")
	if err != nil || status != "0" {
		r.t.Fatalf("%s:%d: writing %s: %v\n%s", r.file, b.line, at, err, said)
	}
}

// do runs the commands of a block. It returns the name of the server that it has
// started, if that was all, or what the commands have said.
func (r reader) do(b block) (server, all string) {
	for _, c := range b.commands() {
		if c.serves() {
			name, err := r.room.serve(c.text)
			if err != nil {
				r.t.Fatalf("%s:%d: %s: %v", r.file, c.line, c.text, err)
			}
			server = name
			continue
		}
		run := c.text
		if run == ctrlC {
			run = "kill $server; wait $server"
		}
		status, said, err := r.room.run(run)
		if err != nil || status != c.exits {
			r.t.Fatalf("%s:%d: %s exits with %s (%v), and said:\n%s", r.file, c.line, c.text, status, err, said)
		}
		all += said
	}
	if all != "" {
		server = ""
	}
	return server, all
}
