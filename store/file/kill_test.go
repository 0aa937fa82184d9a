package file

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pavise"
)

var lasts = flag.Duration("for", 2*time.Second, "for how long writers are killed")

// TestMain lets this program be the one that is killed, or that has no disk left.
func TestMain(m *testing.M) {
	switch path := os.Getenv("PAVISE_TEST_STORE"); os.Getenv("PAVISE_TEST_STORE_DOES") {
	case "write":
		writeForEver(path)
	case "fill":
		if err := fillDisk(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	default:
		os.Exit(m.Run())
	}
}

// again runs this program for something else.
func again(t *testing.T, path, does string) *exec.Cmd {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), "PAVISE_TEST_STORE="+path, "PAVISE_TEST_STORE_DOES="+does)
	return cmd
}

// TestKilled kills a writer with -9 again and again: all that was acknowledged is
// there, and nothing that was deleted.
func TestKilled(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "store")
	kept := account{values: map[string]string{}, counts: map[string]int64{}}
	kills := 0
	for began := time.Now(); time.Since(began) < *lasts || kills < 3; kills++ {
		kept.read(t, path)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d kills, %d acknowledged writes", kills, kept.writes)
	if kept.writes < 10*kills {
		t.Errorf("only %d writes before %d kills", kept.writes, kills)
	}
}

// An account is what a writer was told to be written.
type account struct {
	values map[string]string // "" where it was deleted
	counts map[string]int64
	writes int
}

// read runs a writer, kills it, and compares.
func (a *account) read(t *testing.T, path string) {
	cmd := again(t, path, "write")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n') // the first write is done
	dead := time.AfterFunc(time.Duration(rand.IntN(60))*time.Millisecond, func() { cmd.Process.Kill() })
	defer dead.Stop()
	for ; err == nil; line, err = lines.ReadString('\n') {
		a.note(t, strings.Fields(line))
	}
	if err != io.EOF {
		t.Fatal(err)
	}
	cmd.Wait()
	s, err := Open(path, Options{Note: func(what string) { t.Error(what) }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for key, want := range a.values {
		if value, _, err := s.Get(t.Context(), key); string(value) != want || err != nil {
			t.Errorf("%s is %q, %v; want %q", key, value, err, want)
		}
	}
	for key, want := range a.counts {
		sum, _, err := s.Add(t.Context(), key, 0, time.Hour)
		if sum < want || err != nil {
			t.Errorf("%s counts %d, %v; want %d", key, sum, err, want)
		}
	}
}

func (a *account) note(t *testing.T, said []string) {
	if len(said) < 2 {
		t.Fatalf("the writer says %q", said)
	}
	if said[0] == "deleting" { // from here on nobody knows
		delete(a.values, said[1])
		return
	}
	a.writes++
	switch said[0] {
	case "kept":
		a.values[said[1]] = said[1]
	case "deleted":
		a.values[said[1]] = ""
	case "counted":
		a.counts[said[1]]++
	default:
		t.Fatalf("the writer says %q", said)
	}
}

// writeForEver writes with many at once, and says what was acknowledged.
func writeForEver(path string) {
	s, err := Open(path, Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	ctx, began := context.Background(), time.Now().UnixNano()
	var wait sync.WaitGroup
	for w := range 8 {
		wait.Go(func() {
			for i := 0; ; i++ {
				key, counter := fmt.Sprintf("value-%d-%d-%d", began, w, i), fmt.Sprint("counter-", w)
				did, err := s.Swap(ctx, key, []byte(key), 0, time.Hour)
				say("kept", key, did, err)
				_, _, err = s.Add(ctx, counter, 1, time.Hour)
				say("counted", counter, true, err)
				if i%3 == 0 {
					say("deleting", key, true, nil)
					say("deleted", key, true, s.Delete(ctx, key))
				}
			}
		})
	}
	wait.Wait()
}

func say(what, key string, did bool, err error) {
	if err != nil || !did {
		fmt.Println("wrong:", key, did, err)
		os.Exit(1)
	}
	os.Stdout.WriteString(what + " " + key + "\n") // one write: the lines of many do not mix
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	if out, err := again(t, filepath.Join(t.TempDir(), "store"), "fill").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// fillDisk writes until there is no room for the file: it says so, and reads and
// logouts go on; so do writes when there is room again. The bound is that of the
// process.
func fillDisk(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	s, err := Open(path, Options{})
	if err != nil {
		return err
	}
	free, err := bound(1 << 20)
	if err != nil {
		return err
	}
	n, err := fillUp(s)
	if !errors.Is(err, pavise.ErrFull) || !strings.Contains(err.Error(), path) {
		return fmt.Errorf("after %d: %v, want %w and the name", n, err, pavise.ErrFull)
	}
	if err := holds(s, n); err != nil {
		return err
	}
	var wait sync.WaitGroup
	for i := range 8 { // for which there is no room
		wait.Go(func() { put(s, fmt.Sprint("no room ", i)) })
	}
	if err := errors.Join(s.Delete(context.Background(), fmt.Sprint(n-1)), s.Delete(context.Background(), fmt.Sprint(n-2))); err != nil {
		return fmt.Errorf("delete: %w", err)
	}
	wait.Wait()
	s.Close()
	if s, err = Open(path, Options{}); err != nil {
		return fmt.Errorf("opened again: %w", err)
	}
	defer s.Close()
	if err := holds(s, n-2); err != nil {
		return err
	}
	if _, err := bound(free); err != nil {
		return err
	}
	if err := put(s, fmt.Sprint(n-2)); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	return holds(s, n-1)
}

// bound sets how large a file may be, and returns how large one might have been.
func bound(size uint64) (before uint64, err error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return 0, err
	}
	before, limit.Cur = limit.Cur, size
	return before, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}

func put(s *Store, key string) error {
	did, err := s.Swap(context.Background(), key, make([]byte, pavise.MaxValue), 0, time.Hour)
	if err == nil && !did {
		err = fmt.Errorf("%s is there", key)
	}
	return err
}

// fillUp writes values until that fails.
func fillUp(s *Store) (n int, err error) {
	for n < 1000 {
		if err := put(s, fmt.Sprint(n)); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// holds reads so many values.
func holds(s *Store, n int) error {
	for i := range n {
		if value, _, err := s.Get(context.Background(), fmt.Sprint(i)); err != nil || len(value) != pavise.MaxValue {
			return fmt.Errorf("value %d: %d bytes, %v", i, len(value), err)
		}
	}
	return nil
}
