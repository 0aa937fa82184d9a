package site_test

import (
	"strings"
	"testing"
	"time"

	"pavise/site"
)

const accepting = `- rule: headers.nosniff.present
  place: /feeds/*
  reason: read by machines
  owner: Ada
  until: 2027-06-30
- {rule: headers.nosniff.present, reason: known, owner: Bob, until: 2027-01-01}
`

func TestAcceptances(t *testing.T) {
	list, err := site.ParseAcceptances("accept.yaml", []byte(accepting), catalogue())
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	a := list[0]
	if a.Rule != "headers.nosniff.present" || a.Place != "/feeds/*" || a.Reason != "read by machines" || a.Owner != "Ada" || a.Line != 1 || list[1].Line != 6 {
		t.Errorf("%+v", list)
	}
	if want := time.Date(2027, 7, 1, 0, 0, 0, 0, time.UTC); !a.End().Equal(want) {
		t.Errorf("ends %s, want after the whole last day, %s", a.End(), want)
	}
	if want := "headers.nosniff.present is accepted at every place until 2027-01-01 by Bob: known"; list[1].String() != want {
		t.Errorf("%s", list[1])
	}
}

func TestBadAcceptances(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "a.yaml:1:1: the file is empty (such as [{rule: …, reason: …, owner: …, until: …}])",
		"accept: []":           "a.yaml:1:1: want a list, got a map (such as [{rule: …, reason: …, owner: …, until: …}])",
		"[{rule: a.b.c}]":      `a.yaml:1:9: accept: unknown rule "a.b.c"`,
		"[{rul: a}]":           `unknown key "rul" (did you mean "rule"?)`,
		"[{until: next year}]": `until: want a date such as 2027-06-30, got "next year"`,
		"- {reason: [a, b]}":   "reason: want text, got a list",
		strings.Repeat("#", 60) + strings.Repeat("\n- x", 200): "there are more mistakes than are shown",
	} {
		list, err := site.ParseAcceptances("a.yaml", []byte(text), catalogue())
		if err == nil || list != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, %v; want %s", text, list, err, want)
		}
	}
	if _, err := site.LoadAcceptances("testdata/nothing.yaml", catalogue()); err == nil {
		t.Error("a file that is not there is read")
	}
}

// TestAcceptanceEnds: the owner hears of it two weeks before, and then it counts no
// more.
func TestAcceptanceEnds(t *testing.T) {
	text := "sites:\n- hosts: [a.example]\n  to: 1\n  accept:\n" + "  " + strings.ReplaceAll(strings.TrimSpace(accepting), "\n", "\n  ") + "\n"
	f, err := parse("pavise.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		now, want string
		ended     bool
	}{
		{"2026-12-01", "", false},
		{"2026-12-25", "the acceptance of headers.nosniff.present ends on 2027-01-01, in less than 9 days", false},
		{"2027-01-02", "the acceptance of headers.nosniff.present ended on 2027-01-01: what it finds counts again; delete it, or give it a later until", true},
	} {
		now, err := time.Parse(time.DateOnly, c.now)
		if err != nil {
			t.Fatal(err)
		}
		got := f.Ended(now)
		if c.want == "" && len(got) == 0 {
			continue
		}
		if len(got) != 1 || got[0] != (site.Notice{Line: 10, Text: c.want, Ended: c.ended}) {
			t.Errorf("%s: %v, want %s", c.now, got, c.want)
		}
	}
}

func FuzzAcceptances(f *testing.F) {
	f.Add(accepting)
	f.Add("- {rule: &a b, until: *a}")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := site.ParseAcceptances("a.yaml", []byte(text), catalogue())
		if err != nil && list != nil {
			t.Errorf("%v beside %v", list, err)
		}
		for _, a := range list {
			if a.Rule == "" || a.Reason == "" || a.Owner == "" || a.Until.IsZero() {
				t.Errorf("%+v is not whole", a)
			}
		}
	})
}
