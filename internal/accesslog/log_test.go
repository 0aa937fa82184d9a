package accesslog

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pavise/internal/meter"
	"pavise/internal/poison"
	"pavise/internal/redact"
)

func quiet(string, ...any) {}

func opened(t *testing.T, o Options) *Log {
	t.Helper()
	if o.Format == "" {
		o.Format = "json"
	}
	if o.Say == nil {
		o.Say = quiet
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func settled(t *testing.T, l *Log, n uint64) {
	t.Helper()
	for range 500 {
		if written, lost := l.Counts(); written+lost >= n {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("lines are neither written nor lost")
}

// TestFile: every line is there, whole, from many at once.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	l := opened(t, Options{To: path})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				e := exchange()
				l.Over(&e)
			}
		})
	}
	all.Wait()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	if n := strings.Count(string(text), "}\n{"); n != 399 {
		t.Errorf("%d lines", n+1)
	}
	if info, _ := os.Stat(path); info.Mode().Perm()&0o007 != 0 {
		t.Errorf("everybody can read it: %v", info.Mode())
	}
	e := exchange()
	l.Over(&e)
	if written, lost := l.Counts(); written != 400 || lost != 1 {
		t.Errorf("%d written, %d lost", written, lost)
	}
}

// TestRotate: by size and by age, with so many kept, compressed, and nothing lost.
func TestRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	var at atomic.Int64
	at.Store(time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC).UnixMilli())
	now := func() time.Time { return time.UnixMilli(at.Load()) }
	f, err := openFile(Options{To: path, Rotate: Rotate{Size: 100, Age: time.Hour, Keep: 3, Compress: true}, Now: now, Say: quiet})
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if n, err := f.write([]byte(text+"\n"), order{}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		f.tidy.Wait()
		at.Add(1000)
	}
	for i := range 6 {
		write(fmt.Sprint(i, strings.Repeat("x", 60)))
	}
	put := f.putAway()
	if len(put) != 3 {
		t.Fatal(put)
	}
	zipped, err := os.Open(put[2])
	if err != nil {
		t.Fatal(err)
	}
	defer zipped.Close()
	r, err := gzip.NewReader(zipped)
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := io.ReadAll(r); string(text) != "4"+strings.Repeat("x", 60)+"\n" {
		t.Errorf("%q", text)
	}
	at.Add(2 * time.Hour.Milliseconds())
	write("old")
	if text, _ := os.ReadFile(path); string(text) != "old\n" {
		t.Errorf("by age: %q", text)
	}
	f.close()
	again, err := openFile(Options{To: path, Rotate: f.rotate, Now: now, Say: quiet}) // the age is that of the file, not of the process
	if err != nil || !again.begun.Equal(now().Add(-time.Second)) {
		t.Errorf("begun %v, now %v: %v", again.begun, now(), err)
	}
	again.close()
}

// TestRetired: of two processes that write into one file one alone puts it away, and the
// other follows.
func TestRetired(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	var both [2]*file
	for i := range both {
		var err error
		if both[i], err = openFile(Options{To: path, Rotate: Rotate{Size: 10, Keep: 9}, Now: time.Now, Say: quiet}); err != nil {
			t.Fatal(err)
		}
		defer both[i].close()
	}
	retired, serves := both[0], both[1]
	for range 3 {
		retired.write([]byte("of the old\n"), order{keep: true})
	}
	if put := serves.putAway(); put != nil {
		t.Fatalf("put away by the retired: %q", put)
	}
	serves.write([]byte("of the new\n"), order{})
	serves.write([]byte("of the new\n"), order{})
	if put := serves.putAway(); len(put) != 1 {
		t.Fatalf("%q", put)
	}
	retired.looked = time.Time{} // a second later
	retired.write([]byte("of the old\n"), order{keep: true})
	if text, _ := os.ReadFile(path); string(text) != "of the new\nof the old\n" {
		t.Errorf("%q", text)
	}
}

// TestMoved: logrotate may take the file away, with or without a word.
func TestMoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	now := time.Unix(1e9, 0)
	f, err := openFile(Options{To: path, Rotate: Rotate{}, Now: func() time.Time { return now }, Say: quiet})
	if err != nil {
		t.Fatal(err)
	}
	f.write([]byte("a\n"), order{})
	os.Rename(path, path+".1")
	f.write([]byte("b\n"), order{reopen: true}) // told
	os.Rename(path, path+".2")
	now = now.Add(2 * time.Second)
	f.write([]byte("c\n"), order{}) // seen
	for name, want := range map[string]string{path + ".1": "a\n", path + ".2": "b\n", path: "c\n"} {
		if got, _ := os.ReadFile(name); string(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if len(f.putAway()) != 0 {
		t.Error("what others have put away is taken for ours")
	}
}

// TestStuck: a file that cannot be put away is written on, which is said once, and put away
// when it can be.
func TestStuck(t *testing.T) {
	dir, now := t.TempDir(), time.Unix(1e9, 0)
	long := filepath.Join(dir, strings.Repeat("x", 250)) // with the time behind it is no name of a file
	said := 0
	f, err := openFile(Options{To: long, Rotate: Rotate{Size: 10, Keep: 9}, Now: func() time.Time { return now }, Say: func(string, ...any) { said++ }})
	if err != nil {
		t.Fatal(err)
	}
	defer f.close()
	write := func() {
		t.Helper()
		if n, err := f.write([]byte("0123456789\n"), order{}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	for range 5 {
		write()
		now = now.Add(retry - time.Second)
	}
	if text, _ := os.ReadFile(long); len(text) != 55 || said != 1 {
		t.Errorf("%d bytes, said %d times", len(text), said)
	}
	if f.path = filepath.Join(dir, "short"); os.Link(long, f.path) != nil {
		t.Fatal("no link")
	}
	now = now.Add(time.Second)
	write()
	if text, _ := os.ReadFile(f.path); len(text) != 11 || len(f.putAway()) != 1 || said != 1 {
		t.Errorf("%d bytes, %v, said %d times", len(text), f.putAway(), said)
	}
}

// full is a disk with no room until it is told otherwise.
type full struct {
	room atomic.Bool
	got  atomic.Int64
	hold chan struct{} // closed: nobody waits
}

func (d *full) Write(b []byte) (int, error) {
	<-d.hold
	if !d.room.Load() {
		return 0, errors.New("no space left on device")
	}
	d.got.Add(int64(len(b)))
	return len(b), nil
}

// TestFullDisk: requests go on, lines are counted, and it is said once, and once again when
// there is room.
func TestFullDisk(t *testing.T) {
	disk := &full{hold: make(chan struct{})}
	close(disk.hold)
	var mu sync.Mutex
	var said []string
	l := opened(t, Options{To: "stderr", Stderr: disk, Say: func(f string, a ...any) {
		mu.Lock()
		defer mu.Unlock()
		said = append(said, fmt.Sprintf(f, a...))
	}})
	e := exchange()
	for i := range 3 {
		l.Over(&e)
		settled(t, l, uint64(i+1))
	}
	disk.room.Store(true)
	l.Over(&e)
	settled(t, l, 4)
	l.Close()
	if written, lost := l.Counts(); written != 1 || lost != 3 {
		t.Errorf("%d written, %d lost", written, lost)
	}
	if len(said) != 2 || !strings.Contains(said[0], "no space left") || !strings.Contains(said[1], "3 of its lines were lost") {
		t.Errorf("%q", said)
	}
}

// TestSlowDisk: what waits is bounded, and nobody waits with it.
func TestSlowDisk(t *testing.T) {
	disk := &full{hold: make(chan struct{})}
	disk.room.Store(true)
	l := opened(t, Options{To: "stderr", Stderr: disk})
	e := exchange()
	const lines = 20000
	for range lines {
		l.Over(&e)
	}
	if _, lost := l.Counts(); lost == 0 {
		t.Error("everything is kept in memory")
	}
	close(disk.hold)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if written, lost := l.Counts(); written+lost != lines || disk.got.Load() > 3*maxPending {
		t.Errorf("%d written, %d lost", written, lost)
	}
}

// TestCannotOpen: what cannot be written is told before anything is served.
func TestCannotOpen(t *testing.T) {
	if _, err := Open(Options{To: filepath.Join(t.TempDir(), "no", "such"), Format: "json", Say: quiet}); err == nil {
		t.Error("a folder that is not there")
	}
	if _, err := Open(Options{To: "stderr", Format: "xml"}); err == nil {
		t.Error("a format that is none")
	}
}

// TestPanicIsCounted: a line that cannot be put into words is lost, and known to be.
func TestPanicIsCounted(t *testing.T) {
	l := opened(t, Options{To: filepath.Join(t.TempDir(), "log")})
	good, words := exchange(), l.format
	l.format = func(b []byte, e *meter.Exchange, q redact.QueryMode) []byte {
		if e.Path == "" {
			panic("out of range")
		}
		return words(b, e, q)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is lost, too")
			}
		}()
		l.Over(new(meter.Exchange))
	}()
	l.Over(&good)
	l.Close()
	if written, lost := l.Counts(); written != 1 || lost != 1 {
		t.Errorf("%d written, %d lost", written, lost)
	}
}

// TestJournald: an entry for each line, also after journald was started anew.
func TestJournald(t *testing.T) {
	at := filepath.Join(t.TempDir(), "socket")
	listen := func() *net.UnixConn {
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: at, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		return conn
	}
	read := func(conn *net.UnixConn) string {
		b := make([]byte, 64<<10)
		n, err := conn.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	daemon := listen()
	l := opened(t, Options{To: "journald", Socket: at})
	e := exchange()
	l.Over(&e)
	if got := read(daemon); !strings.HasPrefix(got, "PRIORITY=6\nSYSLOG_IDENTIFIER=pavise\nMESSAGE={\"time\"") || strings.Count(got, "\n") != 3 {
		t.Errorf("%q", got)
	}
	daemon.Close()
	os.Remove(at)
	l.Over(&e)
	settled(t, l, 2)
	daemon = listen()
	defer daemon.Close()
	l.Over(&e)
	read(daemon)
	settled(t, l, 3)
	if written, lost := l.Counts(); written != 2 || lost != 1 {
		t.Errorf("%d written, %d lost", written, lost)
	}
	l.Close()
	if _, err := Open(Options{To: "journald", Format: "json", Socket: at + "x", Say: quiet}); err == nil {
		t.Error("a journald that is not there")
	}
}

// TestAllocations: a line costs no memory.
func TestAllocations(t *testing.T) {
	if poison.On {
		t.Skip("the race detector has pools forget")
	}
	l := opened(t, Options{To: filepath.Join(t.TempDir(), "log")})
	defer l.Close()
	e := exchange()
	e.Query, e.Referer = "", ""
	if n := testing.AllocsPerRun(1000, func() { l.Over(&e) }); n >= 1 {
		t.Errorf("%.1f allocations a line", n)
	}
}

func BenchmarkOver(b *testing.B) {
	l, err := Open(Options{To: filepath.Join(b.TempDir(), "log"), Format: "json", Query: "names", Say: quiet})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	e := exchange()
	b.ReportAllocs()
	for b.Loop() {
		l.Over(&e)
	}
}

// TestClockWasAhead: what was put away by a clock that was ahead is the first to go, and the
// age counts from now on.
func TestClockWasAhead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "access.log")
	at := time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
	f, err := openFile(Options{To: path, Rotate: Rotate{Size: 100, Age: time.Hour, Keep: 2}, Now: func() time.Time { return at }, Say: quiet})
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if _, err := f.write([]byte(text+strings.Repeat("x", 60)+"\n"), order{}); err != nil {
			t.Fatal(err)
		}
		f.tidy.Wait()
		at = at.Add(time.Second)
	}
	for i := range 4 {
		write(fmt.Sprint("ahead", i))
	}
	at = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	again, err := openFile(Options{To: path, Rotate: f.rotate, Now: f.now, Say: quiet})
	if err != nil {
		t.Fatal(err)
	}
	f.close()
	f = again
	defer f.close()
	f.rotate.Size = 0
	write("right0")
	for i := range 3 {
		at = at.Add(time.Hour)
		write(fmt.Sprint("right", i+1))
	}
	put := f.putAway()
	if len(put) != 2 {
		t.Fatal(put)
	}
	for i, name := range append(put, path) {
		if text, _ := os.ReadFile(name); !strings.HasPrefix(string(text), fmt.Sprint("right", i+1)) {
			t.Errorf("%s: %.20q", name, text)
		}
	}
}
