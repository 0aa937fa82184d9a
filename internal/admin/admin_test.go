package admin

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	state := t.TempDir()
	if Used(state) {
		t.Error("it is used by nobody")
	}
	if _, err := Ask(t.Context(), state, "/"); !errors.Is(err, ErrNobody) {
		t.Errorf("nobody there: %v", err)
	}
	closed, err := Serve(state, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "heard "+r.URL.Path) }))
	if err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(state, "run", "1.sock") // of a process that was killed
	l, err := net.Listen("unix", dead)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	l.Close()
	answers, err := Ask(t.Context(), state, "/why/1")
	if err != nil || len(answers) != 1 || string(answers[0]) != "heard /why/1" {
		t.Errorf("%q %v", answers, err)
	}
	if _, err := os.Stat(dead); err == nil {
		t.Error("the socket of the dead is still there")
	}
	if err := closed(); err != nil {
		t.Error(err)
	}
	if _, err := Ask(t.Context(), state, "/"); !errors.Is(err, ErrNobody) {
		t.Errorf("closed: %v", err)
	}
}

// TestOwnerAlone: nobody else can open the socket.
func TestOwnerAlone(t *testing.T) {
	state := t.TempDir()
	closed, err := Serve(state, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer closed()
	run := filepath.Join(state, "run")
	files, err := os.ReadDir(run)
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	for path, want := range map[string]os.FileMode{run: 0o700, filepath.Join(run, files[0].Name()): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v %v, want %v", path, info.Mode(), err, want)
		}
	}
	if _, err := Ask(t.Context(), state, "/"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("another version: %v", err)
	}
}

func TestTooLongAPath(t *testing.T) {
	if _, err := Serve(filepath.Join(t.TempDir(), strings.Repeat("x", 150)), nil); err == nil || !strings.Contains(err.Error(), "107") {
		t.Error(err)
	}
}

func TestTell(t *testing.T) {
	state := t.TempDir()
	closed, err := Serve(state, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		said, _ := io.ReadAll(r.Body)
		if string(said) == "no" {
			http.Error(w, "I will not", http.StatusUnprocessableEntity)
			return
		}
		io.WriteString(w, r.Method+" "+string(said))
	}))
	if err != nil {
		t.Fatal(err)
	}
	defer closed()
	if answers, err := Tell(t.Context(), state, "/ban", []byte("192.0.2.7")); err != nil || string(answers[0]) != "POST 192.0.2.7" {
		t.Errorf("%q %v", answers, err)
	}
	var refused *RefusedError
	if _, err := Tell(t.Context(), state, "/ban", []byte("no")); !errors.As(err, &refused) || refused.Said != "I will not" {
		t.Error(err)
	}
}

// TestOthersCannotAnswer: a folder for sockets that was there before, open to everybody, is
// closed: who can put a socket there answers in our name.
func TestOthersCannotAnswer(t *testing.T) {
	state := t.TempDir()
	dir := filepath.Join(state, "run")
	if err := errors.Join(os.Mkdir(dir, 0o777), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	closed, err := Serve(state, http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	defer closed()
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
}
