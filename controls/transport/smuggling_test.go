package transport

import (
	"strings"
	"testing"

	"pavise"
)

// smuggled asks a server that says of a request how its connection ends.
func smuggled(server func(sent string) string) *pavise.Evidence {
	e := &pavise.Evidence{Target: pavise.Target{URL: "https://a.test", TLS: "a.test:443", Agreed: "the owner"}}
	for range 5 {
		for _, p := range (Smuggling{}).Probes(e) {
			if e.Answer(p) == nil {
				e.Add(pavise.Answer{Probe: p, Ended: server(p.Raw.Sent)})
			}
		}
	}
	return e
}

func TestSmuggling(t *testing.T) {
	plain := spellings[0] + "\r\n"
	both := func(sent, length, spelling string) bool {
		return strings.Contains(sent, "Content-Length: "+length) && strings.Contains(sent, spelling)
	}
	silentIf := func(when func(sent string) bool) func(string) string {
		return func(sent string) string { return map[bool]string{true: "silent", false: "closed"}[when(sent)] }
	}
	for name, tt := range map[string]struct {
		server func(string) string
		want   string
	}{
		"refuses":         {func(string) string { return "closed" }, "pass pass"},
		"answers":         {func(string) string { return "open" }, "pass pass"},
		"CL.TE":           {silentIf(func(s string) bool { return both(s, "4", "chunked") }), "fail skip"},
		"CL.TE once":      {silentIf(func(s string) bool { return both(s, "4", plain) && strings.Contains(s, "pavise=1") }), "unknown pass"},
		"TE.CL":           {silentIf(func(s string) bool { return both(s, "6", "xchunked") }), "pass fail"},
		"silent to all":   {func(string) string { return "silent" }, "unknown unknown"},
		"a broken chunk":  {silentIf(func(s string) bool { return strings.Contains(s, "Z\r\n") }), "unknown unknown"},
		"slow in the end": {silentIf(func(s string) bool { return both(s, "4", "chunked") || strings.Contains(s, "pavise=2") }), "unknown skip"},
		"no answer":       {func(string) string { return "" }, "unknown unknown"},
	} {
		e := smuggled(tt.server)
		found := Smuggling{}.Check(e)
		if got := found[0].Outcome.String() + " " + found[1].Outcome.String(); got != tt.want {
			t.Errorf("%s: %s, want %s: %+v", name, got, tt.want, found)
		}
		for _, s := range spellings { // nothing that could reach others
			if ended(e, clte(e, 1, s)) == "silent" && e.Answer(tecl(e, 1, s)) != nil {
				t.Errorf("%s: the second kind was sent with %s", name, s)
			}
		}
	}
	e := smuggled(func(string) string { return "closed" })
	if e.Target.Agreed = ""; len((Smuggling{}).Probes(e)) != 0 || (Smuggling{}).Check(e)[0].Outcome != pavise.Skip {
		t.Error("asks though nobody agreed")
	}
	for _, a := range e.Answers {
		if len(a.Probe.Raw.Sent) > pavise.MaxRaw || a.Probe.Raw.Wait != silence {
			t.Errorf("%+v", a.Probe.Raw)
		}
	}
}
