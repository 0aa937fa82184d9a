package host

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/tree"
	"pavise/test/tools"
)

// here reads this machine.
func here(t *testing.T) *tree.Tree {
	t.Helper()
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		tools.Lack(t, "there is no /proc")
	}
	root, err := tree.OpenHost(t.Context(), "/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// written is a host whose files are these.
func written(t *testing.T, files map[string]string) *tree.Tree {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := tree.OpenHost(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestOwnListenersAreSeen(t *testing.T) {
	root := here(t)
	want := map[string]bool{} // whether it is open
	for _, at := range []struct {
		network, address string
		open             bool
	}{{"tcp4", "127.0.0.1:0", false}, {"tcp4", "0.0.0.0:0", true}, {"tcp6", "[::1]:0", false}, {"tcp6", "[::]:0", true}} {
		l, err := net.Listen(at.network, at.address)
		if err != nil {
			t.Logf("%s: %v", at.address, err)
			continue
		}
		defer l.Close()
		want[l.Addr().String()] = at.open
	}
	u, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	want[u.LocalAddr().String()] = false

	m := &pavise.Machine{Account: "root"}
	sockets(context.Background(), root, m)
	for _, s := range m.Sockets {
		at := net.JoinHostPort(s.Address, strconv.Itoa(s.Port))
		open, ours := want[at]
		if !ours || s.PID != os.Getpid() {
			continue
		}
		delete(want, at)
		if s.Open != open || s.Process == "" || !strings.Contains(s.Command, "host.test") || s.User == "" {
			t.Errorf("%s: %+v", at, s)
		}
	}
	if len(want) > 0 {
		t.Errorf("not seen: %v of %+v", want, m.Sockets)
	}
}

func TestCommandLinesTellNoSecret(t *testing.T) {
	for raw, want := range map[string]string{
		"node\x00app.js\x00":                                     "node app.js",
		"redis-server\x00--requirepass\x00hunter2\x00":           "redis-server --requirepass …",
		"app\x00--db-password=hunter2\x00-v\x00":                 "app --db-password=… -v",
		"app\x00--api-token\x00-x\x00":                           "app --api-token -x",
		"app\x00mongodb://shop:hunter2@db:27017/shop\x00":        "app mongodb://shop:…@db:27017/shop",
		"app\x00--url=postgres://u:p@ss@h\x00":                   "app --url=postgres://u:…@h",
		"mysqldump\x00-phunter2\x00shop\x00":                     "mysqldump -p… shop",
		"sh\x00-c\x00a\nb\x1b[2J\x00":                            "sh -c a b [2J",
		"env\x00DATABASE_PASSWORD=hunter2\x00node\x00app.js\x00": "env DATABASE_PASSWORD=… node app.js",
	} {
		if got := commandLine([]byte(raw)); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
	if got := commandLine([]byte(strings.Repeat("a", 1<<20))); len(got) > maxCommand+4 {
		t.Errorf("%d bytes are kept", len(got))
	}
}

func TestUnits(t *testing.T) {
	for groups, want := range map[string]string{
		"0::/system.slice/nginx.service\n":                               "nginx.service",
		"12:pids:/x\n1:name=systemd:/system.slice/postfix@-.service/a\n": "postfix@-.service",
		"0::/system.slice/docker-0123.scope\n":                           "docker-0123.scope",
		"0::/\n":                                                         "",
	} {
		if got := unitOf(groups); got != want {
			t.Errorf("%q: %q, want %q", groups, got, want)
		}
	}
}

// TestNamesOfProcesses: what an app calls itself is not what it is.
func TestNamesOfProcesses(t *testing.T) {
	dir := t.TempDir()
	for i, c := range []struct{ comm, exe, want string }{
		{"next-server (v1", "/usr/bin/node", "node"},
		{"MainThread", "/opt/shop/server (deleted)", "server"},
		{"gunicorn", "/usr/bin/python3.11", "gunicorn"},
		{"redis-server", "", "redis-server"},
	} {
		at := filepath.Join(dir, "proc", strconv.Itoa(i+1))
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, "comm"), []byte(c.comm+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if c.exe != "" {
			if err := os.Symlink(c.exe, filepath.Join(at, "exe")); err != nil {
				t.Fatal(err)
			}
		}
		h, err := tree.OpenHost(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := processName(h, "/proc/"+strconv.Itoa(i+1)); got != c.want {
			t.Errorf("%q: %q, want %q", c.comm, got, c.want)
		}
		h.Close()
	}
}

func TestTablesOfSocketsThatAreWrong(t *testing.T) {
	head := "  sl  local_address rem_address   st\n"
	for _, line := range []string{"0: 00000000:07E8\n",
		"0: 000000:07E8 00000000:0000 0A 0:0 00:0 0 0 0 1066 1\n", "0: 00000000:FFFFF 00000000:0000 0A 0:0 00:0 0 0 0 1066 1\n"} {
		if rows, err := socketTable("tcp", head+line); err == nil || len(rows) > 0 {
			t.Errorf("%q: %v, %v", line, rows, err)
		}
	}
}

func FuzzSocketTable(f *testing.F) {
	f.Add("tcp", "sl\n 0: 00000000:07E8 00000000:0000 0A 0:0 00:0 0 0 0 1066 1\n")
	f.Add("udp6", "sl\n 0: 00000000000000000000000001000000:07E8 0:0 07 0:0 00:0 0 0 0 1066 1\n")
	f.Fuzz(func(t *testing.T, proto, table string) {
		rows, _ := socketTable(proto, table)
		for _, r := range rows {
			if r.Port < 0 || r.Port > 65535 || r.Address == "" {
				t.Errorf("%+v", r)
			}
		}
		commandLine([]byte(table))
		unitOf(table)
	})
}
