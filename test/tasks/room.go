package tasks_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"pavise/test/tools"
)

// A room is a machine for one page: root in a throw-away copy of this one, with
// loopback for a network, all ports free, and nobody else. All that runs in it ends
// with it.
type room struct {
	said   string // a folder that is /run/said within
	shell  io.WriteCloser
	status *bufio.Reader // a line for each command that has ended
	runs   int
}

// furnish builds the room, after which the shell of the page begins.
const furnish = `set -e
mount -t tmpfs tmpfs "$1"
mkdir "$1/upper" "$1/work" "$1/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
cd "$1/root"
mount -t proc proc proc
mount --rbind /dev dev
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs root
mkdir -p run/said usr/local/bin srv
mount --bind "$2" run/said
install -m 755 "$3" usr/local/bin/pavise
ip link set lo up
shift 3
for bound; do mkdir -p ".${bound#*=}"; mount --bind "${bound%%=*}" ".${bound#*=}"; done
exec chroot . /bin/bash -c 'cd; . /run/said/table; exec 3>&1 >/dev/null 2>&1; while read -r at; do . "/run/said/$at.sh" </dev/null >"/run/said/$at" 2>&1; echo $? >&3; done'
`

// enter opens a room with these folders, each FROM=AT, and the commands of table
// said before the page's.
func enter(t *testing.T, binary, table string, folders ...string) *room {
	t.Helper()
	r := &room{said: t.TempDir()}
	if err := os.WriteFile(filepath.Join(r.said, "table"), []byte(table), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"--net", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", furnish, "room", t.TempDir(), r.said, binary}
	cmd := exec.Command(tools.Need(t, "unshare"), append(args, folders...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "NO_COLOR=1"}
	cmd.Stderr = t.Output()
	var err error
	if r.shell, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.status = bufio.NewReader(out)
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return r
}

// run has the shell run a command, and returns its status and all that it said.
func (r *room) run(command string) (status, said string, err error) {
	name, err := r.begin(command)
	if err != nil {
		return "", "", err
	}
	status, err = r.status.ReadString('\n')
	if err != nil {
		return "", r.heard(name), fmt.Errorf("the shell is gone: %w", err)
	}
	return strings.TrimSpace(status), r.heard(name), nil
}

// begin sends the shell a command, which is known by the name that it returns.
func (r *room) begin(command string) (string, error) {
	r.runs++
	name := strconv.Itoa(r.runs)
	if err := os.WriteFile(filepath.Join(r.said, name+".sh"), []byte(command+"\n"), 0o644); err != nil {
		return "", err
	}
	_, err := io.WriteString(r.shell, name+"\n")
	return name, err
}

func (r *room) heard(name string) string {
	said, _ := os.ReadFile(filepath.Join(r.said, name))
	return string(said)
}

// serve has a server run until the page ends, and waits until it listens. What it
// says comes into the file that it returns.
func (r *room) serve(command string) (name string, err error) {
	name = "server-" + strconv.Itoa(r.runs)
	before, err := r.listening()
	if err != nil {
		return "", err
	}
	if _, _, err := r.run("(exec env " + command + "\n) >/run/said/" + name + " 2>&1 & server=$!"); err != nil {
		return "", err
	}
	for range 400 {
		now, err := r.listening()
		if err != nil {
			return "", err
		}
		if status, _, err := r.run("kill -0 $server"); err != nil || status != "0" {
			return name, fmt.Errorf("it ended at once, and said:\n%s", r.heard(name))
		}
		if now != before && (!strings.HasPrefix(command, "pavise serve") || strings.Contains(r.heard(name), "stands in front of")) {
			return name, nil // Pavise proves itself at ports that nobody is to use, and then says that it serves
		}
		time.Sleep(25 * time.Millisecond)
	}
	return name, fmt.Errorf("it listens nowhere, and said:\n%s", r.heard(name))
}

// listening tells the sockets that take connections in the room.
func (r *room) listening() (string, error) {
	_, said, err := r.run(`awk '$4 == "0A" {print $2, $10}' /proc/net/tcp /proc/net/tcp6`)
	return said, err
}

// hears waits until a server has said what the page shows.
func (r *room) hears(name, text string) error {
	want := shown(text, "")
	for range 400 {
		if want.MatchString(r.heard(name)) {
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return fmt.Errorf("it shows what was not said:\n%swas said:\n%s", text, r.heard(name))
}
