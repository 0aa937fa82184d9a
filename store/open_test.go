package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/store/storetest"
	"pavise/test/servers"
)

func TestOpenMemory(t *testing.T) {
	s, err := Open(t.Context(), Options{URL: "memory"})
	if err != nil {
		t.Fatal(err)
	}
	if s.Shared() || s.Kind() != InMemory || s.String() != "memory" || s.Slow() != s.Store || s.Counts() != (Counts{}) || s.Stale() != 0 {
		t.Errorf("%s, %s, %v, %+v", s, s.Kind(), s.Shared(), s.Counts())
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestOpenFile: it outlives the process, and a database that is stolen tells nothing.
func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	o := Options{URL: "file", Dir: dir, Secret: one}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s.Swap(t.Context(), "token", []byte("alice"), 0, time.Hour)
	s.Slow().Add(t.Context(), "counter", 2, time.Hour)
	if c := s.Counts(); c.Operations == 0 || s.Shared() || s.Kind() != InFile || s.String() != "the file "+filepath.Join(dir, "store") {
		t.Errorf("%s, %s, %v, %+v", s, s.Kind(), s.Shared(), c)
	}
	s.Close()
	text, err := os.ReadFile(filepath.Join(dir, "store"))
	if err != nil || bytes.Contains(text, []byte("token")) || bytes.Contains(text, []byte("alice")) {
		t.Errorf("it tells, %v", err)
	}
	o.Secret = two
	if _, err := Open(t.Context(), o); !errors.Is(err, ErrSecret) {
		t.Errorf("with another secret: %v", err)
	}
	o.Former = [][]byte{one}
	if s, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sum, _, addErr := s.Add(t.Context(), "counter", 1, time.Hour)
	if value, _, err := s.Get(t.Context(), "token"); string(value) != "alice" || err != nil || sum != 3 || addErr != nil || s.Stale() != 1 {
		t.Errorf("%q, %v, %d, %v", value, err, sum, addErr)
	}
}

func TestOpenedPromises(t *testing.T) {
	t.Parallel()
	clocks := map[pavise.Store]Options{}
	storetest.Run(t, storetest.Kind{
		Open: func(t *testing.T, now func() time.Time) pavise.Store {
			o := Options{URL: "file:" + filepath.Join(t.TempDir(), "store"), Secret: one,
				Breaker: BreakerOptions{Now: now, Budget: time.Minute}}
			s := opened(t, o)
			clocks[s] = o
			return s
		},
		Reopen: func(t *testing.T, s pavise.Store) pavise.Store {
			s.(*Opened).Close()
			return opened(t, clocks[s])
		},
	})
}

func opened(t *testing.T, o Options) *Opened {
	t.Helper()
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestOpenAway: a Redis that is not there keeps nothing from starting.
func TestOpenAway(t *testing.T) {
	var told []string
	address := "127.0.0.1:" + servers.FreePort(t)
	s := opened(t, Options{URL: "redis://user:hunter2@" + address, Secret: one,
		Note: func(what string) { told = append(told, what) }})
	if _, _, err := s.Add(t.Context(), "a", 1, time.Hour); !errors.Is(err, pavise.ErrAway) {
		t.Error(err)
	}
	if !s.Shared() || s.Kind() != InRedis || !strings.Contains(s.String(), address) || strings.Contains(s.String(), "hunter2") {
		t.Errorf("%s, %s, %v", s, s.Kind(), s.Shared())
	}
	if said := strings.Join(told, "\n"); !strings.Contains(said, "away") || strings.Contains(said, "hunter2") {
		t.Errorf("told %q", said)
	}
}

func TestOpenRefuses(t *testing.T) {
	for url, want := range map[string]string{
		"reddis://:hunter2@localhost": "is it redis://host:port?",
		"memroy":                      "is it memory?",
		"memory:":                     "stands alone",
		"sqlite:/var/lib/hunter2":     "write memory, file:/path",
		"/var/lib/store":              "file:/var/lib/store",
		"file:store":                  "must be absolute",
		"file":                        "needs a path",
		"redis://:hunter2@":           "redis",
		"redis://:hunter2@h/one":      "must be a number",
	} {
		o := Options{URL: url, Secret: one}
		_, err := Open(t.Context(), o)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v; want %q", url, err, want)
		}
		if also := o.Validate(); also == nil || also.Error() != err.Error() {
			t.Errorf("%s: validating says %v", url, also)
		}
	}
	for _, o := range []Options{{URL: "file:/tmp/x"}, {URL: "redis://localhost", Secret: []byte("short")}, {URL: "memory", Prefix: "p"}} {
		if err := o.Validate(); err == nil {
			t.Errorf("%s is taken", o.URL)
		}
	}
	if err := (Options{URL: "redis://localhost", Secret: one, Prefix: "p:"}).Validate(); err != nil {
		t.Error(err)
	}
}

// FuzzPlace: whatever is typed is a place or a mistake, and no mistake shows a password.
func FuzzPlace(f *testing.F) {
	for _, url := range []string{"memory", "file:/x", "redis://u:hunter2@h:1/2?prefix=p", "redis+sentinel://:hunter2@h", "unix:///s?user=u", "\x00:"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		_, err := Options{URL: url, Secret: one}.place()
		before, rest, _ := strings.Cut(url, "://")
		if at := strings.LastIndex(rest, "@"); err != nil && at > 10 && !strings.HasPrefix(before, "/") && strings.Contains(err.Error(), rest[:at]) {
			t.Errorf("%q: %v", url, err)
		}
	})
}
