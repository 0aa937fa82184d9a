package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"pavise"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestBaseline(t *testing.T) {
	old := judged(as(Web), at("transport.hsts.present", pavise.Fail, "/"), at("transport.hsts.present", pavise.Fail, "/gone"),
		at("headers.nosniff.present", pavise.Fail, "/"), at("requests.size.body", pavise.Fail, "/"), at("transport.tls.early", pavise.Fail, "/"))
	now := judged(func(in *Input) { in.Baseline = old }, at("transport.hsts.present", pavise.Fail, "/"), at("transport.hsts.present", pavise.Fail, "/new"),
		at("headers.nosniff.present", pavise.Pass, "/"), at("requests.size.body", pavise.Unknown, "/"))
	want := &Baseline{Started: old.Started, New: 1, Same: 1,
		Mended: []Place{{"transport.hsts.present", origin + "/gone", ""}, {"headers.nosniff.present", origin + "/", ""}},
		Unseen: []Place{{"requests.size.body", origin + "/", ""}, {"transport.tls.early", origin + "/", ""}}}
	if !reflect.DeepEqual(now.Baseline, want) {
		t.Errorf("%+v, want %+v", now.Baseline, want)
	}
	var changes []Change
	for _, f := range now.Findings {
		changes = append(changes, f.Change)
	}
	if want := []Change{Stayed, Appeared, Mended, ""}; !slices.Equal(changes, want) {
		t.Errorf("%q, want %q", changes, want)
	}
}

// TestBaselineAgain: a site that has not changed shows nothing new, though a scan makes
// up new names each time, and more places fail than are named.
func TestBaselineAgain(t *testing.T) {
	look := func(day int, more int, named ...string) func(*Input) {
		e := &pavise.Evidence{Target: pavise.Target{URL: origin}, Taken: taken.AddDate(0, 0, day)}
		f := at("transport.hsts.present", pavise.Fail, "/")
		f.More, f.Of = more, 200
		for _, p := range e.Nowhere() {
			f.Also = append(f.Also, pavise.Place{Where: p.Request.URL})
		}
		for _, path := range named {
			f.Also = append(f.Also, pavise.Place{Where: origin + path})
		}
		return func(in *Input) { in.Findings = append(in.Findings, f) }
	}
	for name, c := range map[string]struct {
		then, now   func(*Input)
		new, mended int
	}{
		"new names":     {look(0, 0, "/a"), look(1, 0, "/a"), 0, 0},
		"another place": {look(0, 0, "/a"), look(1, 0, "/b"), 1, 1},
		"not named":     {look(0, 9, "/a"), look(1, 8, "/b"), 0, 0},
	} {
		old := judged(c.then)
		b := judged(func(in *Input) { c.now(in); in.Baseline = old }).Baseline
		if b.New != c.new || len(b.Mended) != c.mended || len(b.Unseen) > 0 {
			t.Errorf("%s: %+v", name, b)
		}
	}
}

func TestFor(t *testing.T) {
	rs := Reports{{Target: "https://a.example"}, {Target: "https://b.example"}}
	if r, err := rs.For("https://b.example"); err != nil || r != rs[1] {
		t.Error(r, err)
	}
	if r, err := rs.For("http://a.example"); err != nil || r != rs[0] {
		t.Error(r, err)
	}
	if _, err := rs.For("https://c.example"); err == nil || !strings.Contains(err.Error(), "https://a.example") {
		t.Error(err)
	}
	if _, err := (Reports{}).For("https://c.example"); err == nil {
		t.Error("nothing to compare with")
	}
}

func TestRead(t *testing.T) {
	var one, many bytes.Buffer
	r := judged(as(PCI), at("transport.hsts.present", pavise.Fail, "/"))
	if err := (Reports{r}).JSON(&one); err != nil {
		t.Fatal(err)
	}
	if err := (Reports{r, r}).JSON(&many); err != nil {
		t.Fatal(err)
	}
	for n, b := range map[int][]byte{1: one.Bytes(), 2: many.Bytes()} {
		if rs, err := Read(b); err != nil || len(rs) != n || rs[n-1].Target != origin || rs[0].PCI == nil {
			t.Errorf("%d: %v %v", n, rs, err)
		}
	}
	old := bytes.Replace(one.Bytes(), []byte(Schema), []byte("pavise.report/0"), 1)
	if _, err := Read(old); err == nil || !strings.Contains(err.Error(), `must be "pavise.report/1", not "pavise.report/0"`) {
		t.Errorf("an old schema: %v", err)
	}
	var syntax *json.SyntaxError
	if _, err := Read([]byte("<html>")); !errors.As(err, &syntax) {
		t.Errorf("no JSON: %v", err)
	}
}

// TestPlacesArePartedWhereNew: a fault that spreads is new where it was not.
func TestPlacesArePartedWhereNew(t *testing.T) {
	then := wide("transport.hsts.present", "/a", "/b")
	then.More = 0 // all of them are named
	old := judged(as(Web), then)
	now := judged(func(in *Input) { in.Baseline = old }, wide("transport.hsts.present", "/a", "/c", "/b"))
	if len(now.Findings) != 2 || now.Findings[0].Change != Stayed || len(now.Findings[0].Also) != 1 ||
		now.Findings[1].Change != Appeared || now.Findings[1].Where != origin+"/c" || now.Baseline.New != 1 || now.Baseline.Same != 2 {
		t.Errorf("%+v of %+v", now.Baseline, now.Findings)
	}
}
