package site_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pavise"
	"pavise/site"
)

var update = flag.Bool("update", false, "write what came out as what is wanted")

func port(to string) error {
	if strings.Contains(to, " ") {
		return fmt.Errorf("to: %q is no address", to)
	}
	return nil
}

func parse(name, text string) (*site.File, error) {
	return site.Parse(name, []byte(text), catalogue(), port)
}

// TestBad holds every message to the letter: testdata/bad/NAME.yaml is read and
// NAME.txt is what is said about it.
func TestBad(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f, err := parse("pavise.yaml", string(data))
			if err == nil || f != nil {
				t.Fatalf("no error, or a file beside it: %v", f)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestShop(t *testing.T) {
	f, err := site.Load("testdata/good/shop.yaml", catalogue(), port)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(f.Listen, site.Listen{HTTPS: ":443", HTTP: ":80", ProxyProtocol: pavise.Networks{"10.0.0.0/8", "2001:db8::7"}, Line: 1}) || f.State != "/var/lib/pavise" || len(f.Sites) != 1 {
		t.Errorf("got %+v", f)
	}
	s := f.Sites[0]
	if got := strings.Join(s.Hosts, " "); got != "shop.example.com www.shop.example.com" {
		t.Errorf("hosts: %s", got)
	}
	if !slices.Equal(s.To.Strings(), []string{"127.0.0.1:3000"}) || s.AllowRemoteUpstream || s.Cert != "testdata/good/shop.pem" || s.Key != "testdata/good/shop.key" || s.Line != 4 {
		t.Errorf("got %+v", s)
	}
	want := pavise.Recommend(catalogue())
	want[2].Control = frame{Allow: "none"}
	want[3].Control = rename{Names: map[string]string{"connect.sid": "sid"}}
	want = append(want,
		pavise.Setting{Control: origin{}, Mode: pavise.Off, Paths: []string{"POST /webhooks/stripe"},
			Reason: "signed by the sender", Until: time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC)},
		pavise.Setting{Control: origin{}, Mode: pavise.Observe, Reason: "being tried out"},
		pavise.Setting{Control: frame{Allow: "none"}, Mode: pavise.Off, Paths: []string{"/widget"}, Reason: "made to be framed"})
	if !reflect.DeepEqual(s.Policy, want) {
		t.Errorf("policy\n%+v\nwant\n%+v", s.Policy, want)
	}
	if err := s.Policy.Validate(); err != nil {
		t.Error(err)
	}
}

func TestKinds(t *testing.T) {
	f, err := site.Load("testdata/good/kinds.yaml", catalogue(), port)
	if err != nil {
		t.Fatal(err)
	}
	want := limits{
		Strict: true, Most: 20, Small: -8, Share: 0.25, Block: 90 * time.Second,
		Since:   time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		Names:   []string{"id", "7", "true"},
		Levels:  []level{{"low", 5}, {"high", 50}},
		Headers: map[string]string{"X-One": "1", "X-Two": ""},
		Groups:  map[string][]string{"a": {"b", "c"}, "d": {}},
		First:   level{Name: "first"},
	}
	if got := f.Sites[0].Controls["requests.limits"]; !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if s := f.Sites[0]; !slices.Equal(s.To.Strings(), []string{"3000"}) || strings.Join(s.Hosts, " ") != "shop.example.com 192.0.2.1 ::1 localhost" {
		t.Errorf("got %+v", s)
	}
}

// TestPrototypes: what is read never gets into a prototype.
func TestPrototypes(t *testing.T) {
	shared := map[string]string{"a": "b"}
	controls := []pavise.Control{rename{Names: shared}}
	text := "sites: [{hosts: [a.example], to: 1, controls: {cookies.rename: {c: d}}}]"
	f, err := site.Parse("f", []byte(text), controls, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := f.Sites[0].Policy[0].Control
	if want := (rename{Names: map[string]string{"c": "d"}}); !reflect.DeepEqual(got, want) || len(shared) != 1 {
		t.Errorf("got %v, the prototype has %v", got, shared)
	}
}

// TestUntil: the last day counts as a whole, in UTC.
func TestUntil(t *testing.T) {
	f, err := site.Load("testdata/good/shop.yaml", catalogue(), port)
	if err != nil {
		t.Fatal(err)
	}
	const ending = "the exception to requests.origin ends on 2027-06-30, in less than "
	for _, c := range []struct{ now, want string }{
		{"2027-06-16T23:59:59Z", ""},
		{"2027-06-17T00:00:01Z", ending + "14 days"},
		{"2027-06-29T23:00:00Z", ending + "2 days"},
		{"2027-06-30T23:59:59Z", ending + "a day"},
		{"2027-06-30T20:00:00-05:00", "the exception to requests.origin ended on 2027-06-30: the control is enforced again; delete it, or give it a later until"},
		{"2027-07-01T00:00:00Z", "the exception to requests.origin ended on 2027-06-30: the control is enforced again; delete it, or give it a later until"},
	} {
		now, err := time.Parse(time.RFC3339, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got := f.Ended(now)
		if c.want == "" && len(got) == 0 {
			continue
		}
		ended := strings.Contains(c.want, "ended")
		if len(got) != 1 || got[0] != (site.Notice{Line: 12, Text: c.want, Ended: ended}) {
			t.Errorf("%s: got %v, want %q", c.now, got, c.want)
		}
		if on := !f.Sites[0].Policy[6].Until.After(now); on != ended {
			t.Errorf("%s: notice and policy disagree", c.now)
		}
	}
}

// TestBounds: what is no configuration costs little and is told in few words.
func TestBounds(t *testing.T) {
	bomb := "a: &a [x, x]\n"
	for c := 'b'; c < 'z'; c++ {
		bomb += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1)
	}
	for name, text := range map[string]string{
		"large":    strings.Repeat("#", site.MaxSize+1),
		"deep":     strings.Repeat("[", 1<<18),
		"mistakes": "sites: [" + strings.Repeat("x, ", 1<<15) + "]",
		"bomb":     bomb,
	} {
		begun := time.Now()
		_, err := parse("f", text)
		var errs site.Errors
		if !errors.As(err, &errs) || len(errs) > 100 || len(err.Error()) > 1<<15 {
			t.Errorf("%s: %d errors, %d bytes", name, len(errs), len(fmt.Sprint(err)))
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func TestLoadMissing(t *testing.T) {
	if _, err := site.Load("testdata/none.yaml", nil, nil); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// TestUnsupportedSetting: an author who gives a control a setting that no file
// can hold learns it from the first test that asks for the schema.
func TestUnsupportedSetting(t *testing.T) {
	defer func() {
		if got := fmt.Sprint(recover()); got != "site: no setting can be of type chan int" {
			t.Errorf("got %s", got)
		}
	}()
	site.Schema([]pavise.Control{wrong{}})
}

type wrong struct {
	tls
	C chan int `yaml:"c"`
}

// FuzzParse: nothing panics, and every error is one line about a line that the
// file has.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/bad/*.yaml", "testdata/good/*.yaml"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if data, err := os.ReadFile(file); err == nil {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := site.Parse("f", data, catalogue(), port)
		if err == nil {
			for _, s := range file.Sites {
				if err := s.Policy.Validate(); err != nil || s.Line == 0 {
					t.Errorf("line %d: the policy of a good file: %v", s.Line, err)
				}
			}
			return
		}
		var errs site.Errors
		if !errors.As(err, &errs) || len(errs) == 0 || file != nil {
			t.Fatalf("%T %v", err, err)
		}
		lines := strings.Count(strings.TrimSuffix(string(data), "\n"), "\n") + 1
		for _, e := range errs {
			if e.Line < 1 || e.Line > lines || e.Column < 1 || strings.ContainsAny(e.Error(), "\n\x1b") {
				t.Errorf("of %d lines: %q", lines, e.Error())
			}
		}
	})
}
