//go:build unix

package handover

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// given is what a parent passes: a copy of each socket, by its name.
func given(t *testing.T, named map[string]any) *Sockets {
	t.Helper()
	s := &Sockets{}
	for name, n := range named {
		f, err := n.(interface{ File() (*os.File, error) }).File()
		if err == nil {
			err = s.adopt([]*os.File{f}, []string{name})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { s.Unused() })
	return s
}

func listen(t *testing.T, at string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestTaken: a socket is taken by its name and address, or by the address alone where
// the name says nothing.
func TestTaken(t *testing.T) {
	a, b, c := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	s := given(t, map[string]any{HTTPS: a, HTTP: b, "pavise.socket": c})
	for _, want := range []struct {
		name, at string
		is       net.Listener
	}{{HTTP, "127.0.0.1:0", b}, {"metrics", c.Addr().String(), c}, {HTTPS, a.Addr().String(), a}} {
		l, err := s.Listen(want.name, want.at)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if l.Addr().String() != want.is.Addr().String() {
			t.Errorf("%s at %s is %s, want %s", want.name, want.at, l.Addr(), want.is.Addr())
		}
	}
	if l, err := s.Listen(HTTPS, a.Addr().String()); err == nil {
		l.Close()
		t.Error("it was taken twice")
	}
	names, fds, err := s.copies()
	if err != nil || len(names) != 3 {
		t.Errorf("%v are passed on: %v", names, err)
	}
	for _, fd := range fds {
		os.NewFile(uintptr(fd), "copy").Close()
	}
}

// TestAnotherAddress: what is not where we listen is closed, and told.
func TestAnotherAddress(t *testing.T) {
	a := listen(t, "127.0.0.1:0")
	u, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	s := given(t, map[string]any{HTTPS: a, HTTP3: u})
	l, err := s.Listen(HTTPS, "127.0.0.2:0")
	if err == nil {
		defer l.Close()
		if l.Addr().String() == a.Addr().String() {
			t.Error("that is another address")
		}
	}
	p, err := s.ListenUDP(HTTP3, u.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	p.Close()
	if list := s.Unused(); len(list) != 1 || !strings.Contains(list[0], a.Addr().String()) || s.Gives(HTTPS) {
		t.Error(list)
	}
}

// TestOverlap: no socket can be opened beside one of everywhere that was given, nor one of
// everywhere beside it; the error says so, and of no other.
func TestOverlap(t *testing.T) {
	a, b := listen(t, "127.0.0.1:0"), listen(t, "127.0.0.1:0")
	for _, tt := range []struct {
		given net.Listener
		at    string
		want  bool
	}{
		{a, fmt.Sprint(":", a.Addr().(*net.TCPAddr).Port), true},
		{a, b.Addr().String(), false},
		{a, fmt.Sprint(":", b.Addr().(*net.TCPAddr).Port), false},
	} {
		l, err := given(t, map[string]any{HTTPS: tt.given}).Listen(HTTPS, tt.at)
		if err == nil {
			l.Close()
		}
		var overlap *OverlapError
		if got := errors.As(err, &overlap); !errors.Is(err, syscall.EADDRINUSE) || got != tt.want || got && !strings.Contains(err.Error(), tt.given.Addr().String()) {
			t.Errorf("%s beside %s: %v", tt.at, tt.given.Addr(), err)
		}
	}
}

func TestSame(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"[::]:443", ":443", true}, {"0.0.0.0:443", "[::]:443", true}, {"127.0.0.1:443", "[::ffff:127.0.0.1]:443", true},
		{"127.0.0.1:443", ":443", false}, {"[::]:443", "[::]:80", false}, {"[::1]:443", "127.0.0.1:443", false},
	} {
		a, _ := net.ResolveTCPAddr("tcp", c.a)
		b, _ := net.ResolveTCPAddr("tcp", c.b)
		if sameTCP(a, b) != c.want {
			t.Errorf("%s and %s: not %v", c.a, c.b, c.want)
		}
	}
}

// TestNotForUs: what a service manager has given to another process is not ours.
func TestNotForUs(t *testing.T) {
	t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()+1))
	t.Setenv("LISTEN_FDS", "9")
	if s, before, err := FromEnv(); err != nil || before != nil || len(s.given) > 0 || os.Getenv("LISTEN_FDS") != "" {
		t.Error(s, before, err)
	}
	for _, count := range []string{"-1", "65", "many", ""} {
		t.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
		t.Setenv("LISTEN_FDS", count)
		if _, _, err := FromEnv(); err == nil || !strings.Contains(err.Error(), "LISTEN_FDS") {
			t.Errorf("%q: %v", count, err)
		}
	}
	t.Setenv(envHandover, "2 https")
	if _, _, err := FromEnv(); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Error(err)
	}
}
