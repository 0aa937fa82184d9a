package advisories

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

const (
	listOfCycles = `[{"cycle":"20","eol":"2026-04-30"},{"cycle":18,"eol":true},{"cycle":"24","eol":false},{"cycle":"16","eol":"2023-09-11","extendedSupport":"2027-01-01"}]`
	oneProduct   = `{"schema_version":"1.2.0","generated_at":"2026-05-12T06:58:00+00:00","last_modified":"2026-05-01T09:58:42+00:00",
"result":{"name":"nginx","releases":[{"name":"1.30","isEol":false,"eolFrom":null},{"name":"1.28","isEol":true,"eolFrom":"2026-04-14"}]}}`
	allProducts = `{"total":1,"result":[{"name":"PHP","releases":[{"name":"8.1","isEol":true,"eolFrom":"2025-12-31","eoesFrom":"2026-12-31"}]}]}`
)

func TestCycles(t *testing.T) {
	want := map[string]string{
		"nodejs 20": "2026-04-30", "nodejs 18": "0001-01-01", "nodejs 24": "", "nodejs 16": "2027-01-01",
		"nginx 1.30": "", "nginx 1.28": "2026-04-14", "php 8.1": "2026-12-31",
	}
	part := Part{}
	for name, data := range map[string]string{"/data/nodejs.json": listOfCycles, "nginx.json": oneProduct, "full.json": allProducts} {
		if !(cycles{}).Reads(name, []byte(data)) || (retire{}).Reads(name, []byte(data)) {
			t.Errorf("%s is not known by its form", name)
		}
		if err := (cycles{}).Import(&part, name, strings.NewReader(data)); err != nil {
			t.Fatal(err)
		}
	}
	if len(part.Entries) != len(want) || part.Source.Dated != time.Date(2026, 5, 12, 6, 58, 0, 0, time.UTC) {
		t.Errorf("%+v", part)
	}
	for _, e := range part.Entries {
		got := ""
		if e.Notice != nil {
			got = e.Notice.Ended.Format(time.DateOnly)
		}
		if key := e.Name + " " + e.Cycle; got != want[key] {
			t.Errorf("%s ends on %q, want %q", key, got, want[key])
		}
	}
}

func TestCyclesSayWhatIsWrong(t *testing.T) {
	for data, want := range map[string]string{
		`[{"cycle":"1",`:                                   `p.json:1: unexpected end of JSON input`,
		"[\n{\"cycle\":\"1\",\"eol\":\"soon\"}]":           `p.json:1: "soon" is no date such as 2026-04-30`,
		`[{"cycle":"1","eol":3}]`:                          `p.json:1: 3 is neither a date nor true or false`,
		`[{"eol":true}]`:                                   `p.json:1: p: release 1 has no name`,
		"{\n\"result\":{\"releases\":[]}}":                 `p.json:2: "result": a product has no name`,
		"{\"a\":1,\n\n\"result\":{\"name\":7}}":            `p.json:3: "result": name: a string is wanted, not a number`,
		`{"result":{"name":"x","releases":[{"name":{}}]}}`: `p.json:1: "result": releases.name: a string is wanted, not an object`,
	} {
		err := cycles{}.Import(&Part{}, "p.json", strings.NewReader(data))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", data, err, want)
		}
	}
}

func TestImportersAreBounded(t *testing.T) {
	full := Part{Source: Source{Entries: maxEntries - 1}}
	if err := (cycles{}).Import(&full, "p.json", strings.NewReader(`[{"cycle":"1"},{"cycle":"2"}]`)); err == nil || !strings.Contains(err.Error(), "more than 1000000 entries") {
		t.Error(err)
	}
	for _, i := range Importers()[:2] {
		err := i.Import(&Part{}, "long.json", endless{})
		if err == nil || !strings.Contains(err.Error(), "longer than 64 MB") {
			t.Error(err)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func FuzzCycles(f *testing.F) {
	for _, s := range []string{listOfCycles, oneProduct, allProducts} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) { cycles{}.Import(&Part{}, "p.json", strings.NewReader(data)) })
}

func TestCompare(t *testing.T) {
	ordered := []string{"", "0.9", "1.0.0-alpha", "1.0.0-beta", "1.0.0-rc.1", "1.0.0-rc.2", "1", "1.0.1", "1.0.10", "1.9.0b1", "1.9.0", "1.12.4-aem", "1.12.4", "2.999.999", "10.0", "99999999999999999999.1"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got := compare(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%q against %q: %d", a, b, got)
			}
		}
	}
	if compare("1", "1.0.0") != 0 || compare("01.2", "1.2") != 0 {
		t.Error("what is missing is 0")
	}
	for _, tt := range []struct {
		version, cycle string
		want           bool
	}{{"1.1.1f", "1.1.1", true}, {"1.1.10", "1.1.1", false}, {"20.11.1", "20", true}, {"200", "20", false}, {"2012-R2", "2012-r2", true}, {"2012", "2012-r2", false}} {
		if got := inCycle(tt.version, tt.cycle); got != tt.want {
			t.Errorf("%s in %s: %v", tt.version, tt.cycle, got)
		}
	}
}

func FuzzCompare(f *testing.F) {
	f.Add("1.0.0-rc.1", "1")
	f.Fuzz(func(t *testing.T, a, b string) {
		if compare(a, b) != -compare(b, a) {
			t.Errorf("%q, %q", a, b)
		}
	})
}

// TestOwnFacts: each has a source and is read as it was meant.
func TestOwnFacts(t *testing.T) {
	own := Own()
	if r := NewRecogniser(own.Signs); r.Dropped() != 0 {
		t.Errorf("%d signs cannot be used", r.Dropped())
	}
	for _, p := range ownProducts {
		if len(p.releases)%2 != 0 || !strings.HasPrefix(p.source, "https://") {
			t.Errorf("%s: %q", p.name, p.releases)
		}
		for i := 1; i < len(p.releases); i += 2 {
			if _, err := time.Parse(time.DateOnly, p.releases[i]); err != nil && p.releases[i] != "" {
				t.Error(p.name, err)
			}
		}
	}
	library := NewLibrary(nil)
	for _, tt := range []struct {
		k      pavise.Known
		covers bool
		want   string
	}{
		{pavise.Known{Ecosystem: Product, Name: "nginx", Version: "1.14.0"}, true, "end-of-life"},
		{pavise.Known{Ecosystem: Product, Name: "nginx", Version: "0.8.55"}, true, "end-of-life"},
		{pavise.Known{Ecosystem: Product, Name: "nginx", Version: "1.30.4"}, true, ""},
		{pavise.Known{Ecosystem: Product, Name: "nginx", Version: "1.99.0"}, false, ""},
		{pavise.Known{Ecosystem: Product, Name: "nobody", Version: "1"}, false, ""},
		{pavise.Known{Ecosystem: Product, Name: "openssl", Version: "1.1.1f"}, true, "end-of-life"},
		{pavise.Known{Ecosystem: JavaScript, Name: "jQuery", Version: "3.4.1"}, true, "CVE-2020-11022 CVE-2020-11023"},
		{pavise.Known{Ecosystem: JavaScript, Name: "jquery", Version: "3.7.1"}, true, ""},
		{pavise.Known{Ecosystem: JavaScript, Name: "angularjs", Version: "1.8.3"}, true, "end-of-life"},
		{pavise.Known{Ecosystem: JavaScript, Name: "nobody", Version: "1"}, false, ""},
	} {
		n, err := library.Known(tt.k)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, notice := range n.List {
			ids = append(ids, notice.ID)
		}
		if got := strings.Join(ids, " "); got != tt.want || n.Covers != tt.covers || n.Dated.IsZero() || n.From != "facts in Pavise" {
			t.Errorf("%+v: %+v, want %q", tt.k, n, tt.want)
		}
	}
}
