package admin

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// TestAskWhileHandedOver: a socket that goes between the list and the question is of who
// has handed over, and keeps nobody from asking the other.
func TestAskWhileHandedOver(t *testing.T) {
	state := t.TempDir()
	closed, err := Serve(state, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "here") }))
	if err != nil {
		t.Fatal(err)
	}
	defer closed()
	for _, name := range []string{"0.sock", "9999999.sock"} { // before and behind ours; it leads to what is no more
		if err := os.Symlink(filepath.Join(state, "gone"), filepath.Join(state, "run", name)); err != nil {
			t.Fatal(err)
		}
	}
	if answers, err := Ask(t.Context(), state, "/"); err != nil || len(answers) != 1 {
		t.Errorf("%q %v", answers, err)
	}
	if answers, err := Tell(t.Context(), state, "/", nil); err != nil || len(answers) != 1 {
		t.Errorf("%q %v", answers, err)
	}
	closed()
	if _, err := Ask(t.Context(), state, "/"); !errors.Is(err, ErrNobody) {
		t.Error(err)
	}
}

// TestToldBefore: what one has done is told although another could not.
func TestToldBefore(t *testing.T) {
	state := t.TempDir()
	closed, err := Serve(state, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "done") }))
	if err != nil {
		t.Fatal(err)
	}
	defer closed()
	l, err := net.Listen("unix", filepath.Join(state, "run", "z.sock")) // after ours, which is a number
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "I will not", http.StatusUnprocessableEntity)
	}))
	answers, err := Tell(t.Context(), state, "/reload", nil)
	if len(answers) != 1 || string(answers[0]) != "done" || err == nil || err.Error() != "I will not" {
		t.Errorf("%q %v", answers, err)
	}
}

// TestAskAtTheStart: who asks while another begins to serve does not take it for dead.
func TestAskAtTheStart(t *testing.T) {
	state := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var asking sync.WaitGroup
	defer asking.Wait()
	defer cancel()
	for range 4 {
		asking.Go(func() {
			for ctx.Err() == nil {
				Ask(ctx, state, "/")
			}
		})
	}
	for range 200 {
		closed, err := Serve(state, http.NotFoundHandler())
		if err != nil {
			t.Fatal(err)
		}
		if !Used(state) {
			t.Fatal("its socket was taken away")
		}
		closed()
	}
}
