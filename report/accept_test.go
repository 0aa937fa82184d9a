package report

import (
	"pavise"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAccepted(t *testing.T) {
	until := func(days int) time.Time { return taken.Truncate(time.Second).AddDate(0, 0, days) }
	r := judged(func(in *Input) {
		in.Accept = []Acceptance{
			{"transport.hsts.present", "/a*", "known", "Ada", until(1), "pavise.yaml:3", "", ""},
			{"transport.hsts.present", "/b", "over", "Ada", until(0), "pavise.yaml:4", "", ""},
			{"headers.nosniff.present", "", "over", "Ada", until(-9), "pavise.yaml:5", "", ""},
			{"headers.nosniff.present", origin + "/*", "again", "Bob", until(9), "pavise.yaml:6", "", ""},
			{"requests.size.body", "", "known", "Ada", until(9), "pavise.yaml:7", "", ""},
		}
	}, at("transport.hsts.present", pavise.Fail, "/a?b"), at("transport.hsts.present", pavise.Fail, "/b"), at("transport.hsts.present", pavise.Fail, "/c"),
		at("headers.nosniff.present", pavise.Fail, "/"), at("requests.size.body", pavise.Pass, "/"))
	state := func(f Finding) string {
		switch a := f.Accepted; {
		case a == nil:
			return "counts"
		case a.Ended:
			return "ended"
		default:
			return "by " + a.Owner
		}
	}
	var got []string
	for _, f := range r.Findings {
		got = append(got, state(f))
	}
	if want := []string{"by Ada", "ended", "counts", "by Bob", "counts"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if want := (Counts{Pass: 1, Fail: 2, Accepted: 2}); r.Counts != want || r.Verdict != pavise.Fail || r.Grade != "C" {
		t.Errorf("%+v, %s, %s; want %+v", r.Counts, r.Verdict, r.Grade, want)
	}
	if len(r.Unused) != 1 || !strings.HasPrefix(r.Unused[0], "pavise.yaml:7: requests.size.body") {
		t.Errorf("unused %q", r.Unused)
	}
	rules := r.rules()
	if n := len(accepted(rules)); n != 1 {
		t.Errorf("%d rules are accepted, want nosniff alone", n)
	}
	if failing := withOutcome(rules, pavise.Fail); len(failing) != 1 || len(failing[0].Places) != 2 {
		t.Errorf("%v", failing)
	}
}

// TestAllAccepted: what is accepted neither fails nor passes.
func TestAllAccepted(t *testing.T) {
	accept := func(in *Input) {
		in.Accept = []Acceptance{{Rule: "transport.hsts.present", Reason: "known", Owner: "Ada", End: taken.AddDate(0, 0, 1)}}
	}
	if r := judged(accept, at("transport.hsts.present", pavise.Fail, "/")); r.Verdict != pavise.Unknown || r.Grade != "?" {
		t.Errorf("nothing else: %s %s", r.Verdict, r.Grade)
	}
	if r := judged(accept, at("transport.hsts.present", pavise.Fail, "/"), at("headers.nosniff.present", pavise.Pass, "/")); r.Verdict != pavise.Pass || r.Grade != "A" {
		t.Errorf("the rest holds: %s %s", r.Verdict, r.Grade)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"/a", "/a", true}, {"/a", "/ab", false}, {"/a*", "/a", true}, {"/a*", "/ab/c", true}, {"*c", "/ab/c", true}, {"*", "", true},
		{"/a*c*e", "/abcde", true}, {"/a*c*e", "/abde", false}, {"/aa*aa", "/aaa", false}, {"a*", "ba", false}, {"*b*", "abc", true},
	} {
		if got := glob(c.pattern, c.text); got != c.want {
			t.Errorf("%q %q: %v", c.pattern, c.text, got)
		}
	}
}

// TestLastDay: an acceptance is told with the day that its owner wrote, the last.
func TestLastDay(t *testing.T) {
	midnight := time.Date(2027, 1, 2, 0, 0, 0, 0, time.UTC)
	if got := (&Accepted{Reason: "known", Owner: "Ada", End: midnight}).says(); got != "known (Ada, until 2027-01-01)" {
		t.Error(got)
	}
}

// wide is a finding at several places.
func wide(rule string, paths ...string) pavise.Finding {
	f := at(rule, pavise.Fail, paths[0])
	f.Of, f.More, f.Proof = 9, 2, pavise.Proof{Command: "curl " + paths[0], Received: "HTTP/1.1 200 OK"}
	for _, p := range paths[1:] {
		f.Also = append(f.Also, pavise.Place{Where: origin + p, Saw: "seen at " + p, Command: "curl " + p})
	}
	return f
}

// TestPlacesArePartedWhereAccepted: what is accepted at some places counts at others.
func TestPlacesArePartedWhereAccepted(t *testing.T) {
	accept := func(place string) *Report {
		return judged(func(in *Input) {
			in.Accept = []Acceptance{{Rule: "transport.hsts.present", Place: place, Reason: "known", Owner: "Ada", End: taken.AddDate(0, 0, 1)}}
		}, wide("transport.hsts.present", "/a", "/b", "/a/c"))
	}
	r := accept("/a*")
	if len(r.Findings) != 2 {
		t.Fatalf("%d findings", len(r.Findings))
	}
	in, out := r.Findings[0], r.Findings[1]
	if !in.accepted() || in.Where != origin+"/a" || in.Saw != "seen (and at 1 more of 9 responses)" || len(in.Also) != 1 || in.More != 0 || in.Proof.Received == "" {
		t.Errorf("accepted: %+v", in)
	}
	if out.accepted() || out.Where != origin+"/b" || out.Saw != "seen at /b (and at 2 more of 9 responses)" || out.Also != nil || out.More != 2 || out.Proof != (pavise.Proof{Command: "curl /b"}) {
		t.Errorf("the rest: %+v", out)
	}
	if r := accept(""); len(r.Findings) != 1 || !r.Findings[0].accepted() || r.Findings[0].More != 2 {
		t.Errorf("everywhere: %+v", r.Findings)
	}
	if r := accept("/x"); len(r.Findings) != 1 || r.Findings[0].accepted() || len(r.Unused) != 1 {
		t.Errorf("nowhere: %+v", r.Findings)
	}
}
