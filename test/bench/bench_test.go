package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

const said = `starting benchmark...
spawning thread #0: 16 total client(s). 1000 total requests
TLS Protocol: TLSv1.3
Cipher: TLS_AES_128_GCM_SHA256
Application protocol: http/1.1
progress: 100% done

finished in 120.31ms, 8311.72 req/s, 10.29MB/s
requests: 1000 total, 1000 started, 1000 done, 1000 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 1000 2xx, 0 3xx, 0 4xx, 0 5xx
`

func TestReadsH2load(t *testing.T) {
	if rate, err := parseH2load(said, "http/1.1", 1000); err != nil || rate != 8311.72 {
		t.Errorf("%v a second, %v", rate, err)
	}
	for name, change := range map[string]*strings.Replacer{
		"one failed":      strings.NewReplacer("1000 succeeded, 0 failed", "999 succeeded, 1 failed"),
		"one was refused": strings.NewReplacer("1000 2xx, 0 3xx, 0 4xx", "999 2xx, 0 3xx, 1 4xx"),
		"some are absent": strings.NewReplacer("1000 total", "990 total"),
		"HTTP/2":          strings.NewReplacer("protocol: http/1.1", "protocol: h2"),
		"old TLS":         strings.NewReplacer("TLSv1.3", "TLSv1.2"),
		"no end":          strings.NewReplacer("finished", "aborted"),
	} {
		if _, err := parseH2load(change.Replace(said), "http/1.1", 1000); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReadsProc(t *testing.T) {
	if pid, group, ok := parseStat([]byte("4711 (a (b) c) S 1 4700 4700 0 -1")); !ok || pid != 4711 || group != 4700 {
		t.Errorf("process %d of group %d, %t", pid, group, ok)
	}
	for _, stat := range []string{"", "4711", "4711 (a", "4711 (a) S 1", "x (a) S 1 2 3"} {
		if _, _, ok := parseStat([]byte(stat)); ok {
			t.Errorf("%q was understood", stat)
		}
	}
	status := []byte("Name:\tnginx\nVmHWM:\t  2048 kB\nVmRSS:\t   512 kB\n")
	if kb, ok := parseStatus(status, "VmRSS"); !ok || kb != 512 {
		t.Errorf("%d kB, %t", kb, ok)
	}
	if _, ok := parseStatus(status, "VmSwap"); ok {
		t.Error("a field that is not there was found")
	}
}

func TestStatistics(t *testing.T) {
	if s := spreadOf([]float64{5, 1, 3}); s != (spread{3, 1, 5}) {
		t.Errorf("of three: %v", s)
	}
	if s := spreadOf([]float64{4, 1, 3, 2}); s != (spread{2.5, 1, 4}) {
		t.Errorf("of four: %v", s)
	}
	var late []time.Duration
	for i := range 1000 {
		late = append(late, time.Duration(1000-i))
	}
	if p := percentile(late, 99); p != 990 {
		t.Errorf("p99 is %d", p)
	}
	if p := percentile(late[:1], 99); p != 1000 {
		t.Errorf("p99 of one is %d", p)
	}
}

// A machine that is slow for one round must not change a ratio.
func TestRatiosAreOfOneRound(t *testing.T) {
	all := []sample{
		{Scenario: "h1", Front: "nginx", Round: 1, CPU: 10}, {Scenario: "h1", Front: "Pavise", Round: 1, CPU: 20},
		{Scenario: "h1", Front: "Pavise", Round: 2, CPU: 60}, {Scenario: "h1", Front: "nginx", Round: 2, CPU: 30},
		{Scenario: "h2", Front: "Pavise", Round: 1, CPU: 99},
	}
	got := ratios(all, "h1", "Pavise", "nginx", func(s sample) float64 { return s.CPU })
	if len(got) != 2 || got[0] != 2 || got[1] != 2 {
		t.Errorf("ratios %v", got)
	}
	if values(all, "h1", "Pavise", func(s sample) float64 { return s.CPU })[1] != 60 {
		t.Error("a ratio has changed a value")
	}
}

func TestReplacesTablesAlone(t *testing.T) {
	const before = "prose\n<!-- table: a -->\nold\n<!-- end -->\nmore\n<!-- table: b -->\n<!-- end -->\nend"
	got, err := replaceTables(before, []named{{"a", "| A |\n"}, {"b", "| B |\n"}})
	const want = "prose\n<!-- table: a -->\n| A |\n<!-- end -->\nmore\n<!-- table: b -->\n| B |\n<!-- end -->\nend"
	if err != nil || got != want {
		t.Errorf("%v:\n%s", err, got)
	}
	for _, bad := range []string{
		"prose",
		"<!-- table: a -->",
		"<!-- table: b --><!-- end -->",
		"<!-- table: a --><!-- end --><!-- table: b --><!-- end -->",
		"<!-- table: a --><!-- end --><!-- table: a --><!-- end -->",
	} {
		if got, err := replaceTables(bad, []named{{"a", "| A |\n"}}); err == nil {
			t.Errorf("%q became %q", bad, got)
		}
	}
}

func TestWritesTables(t *testing.T) {
	got := table(1, []string{"", "µs"}, [][]string{{"nginx", number(30.04)}, {"Pavise", number(1234.5)}})
	const want = "" +
		"|        |    µs |\n" +
		"|--------|------:|\n" +
		"| nginx  |  30.0 |\n" +
		"| Pavise | 1,235 |\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if n := thousands(1_000_042); n != "1,000,042" {
		t.Error(n)
	}
}

func TestThePageHasAPlaceForEveryTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := replaceTables(string(text), tables(results{})); err != nil {
		t.Error(err)
	}
}

func TestVerdicts(t *testing.T) {
	var r results
	for _, sc := range scenarios {
		for _, f := range fronts {
			s := sample{Scenario: sc.name, Front: f.name, CPU: 10, P99: 100}
			if f.name == pavise.name && sc.name == "h1" {
				s.CPU = 25 // within the promise, beyond the aim, too much beside Caddy
			}
			r.Samples = append(r.Samples, s)
		}
	}
	r.Idle = []idle{{Front: pavise.name, Connections: 10, Before: 1e6, After: 2e6, Rested: 1.1e6}}
	if names := missed(r); len(names) != 2 || names[1] != "an idle connection" {
		t.Errorf("missed: %q", names)
	}
	if shown := promiseTable(r); strings.Count(shown, "**missed**") != 2 || strings.Count(shown, "not yet") != 1 {
		t.Error(shown)
	}
}
