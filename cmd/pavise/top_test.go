package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/meter"
)

// crowded tells more than any terminal has room for.
func crowded() status {
	now := time.Unix(1e9, 0).UTC()
	s := status{PID: 7, Version: "1", UptimeS: 3600, Running: 3, Traffic: &meter.Snapshot{}, Store: storeStatus{Kind: "redis"},
		Reload: &reloaded{At: now.Add(-time.Minute)}, Log: &lossStatus{1, 2}, Spans: &lossStatus{1, 3}, Lacks: []string{"the store is away"}, Bans: 2,
		Windows: []pavise.Window{{ID: "a1", From: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Ends: now.Add(time.Hour)}}}
	for i := range 40 {
		name := fmt.Sprintf("site-%02d.%s.example.com", i, strings.Repeat("long", 20))
		s.Traffic.Sites = append(s.Traffic.Sites, meter.Site{Name: name, Requests: uint64(i), Recent: meter.Recent{PerSecond: float64(i), P50: .004, P95: 2},
			Seconds: make([]meter.Second, 120)})
		s.Traffic.Backends = append(s.Traffic.Backends, meter.Backend{Name: "http://" + name})
		s.Decisions = append(s.Decisions, decisionStatus{fmt.Sprintf("test.%d", i), "refused", i})
		s.Certificates = append(s.Certificates, certificateStatus{Hosts: []string{name}, Ends: now.Add(time.Duration(100-i) * time.Hour)})
	}
	s.Traffic.Sites[39].Seconds[119] = meter.Second{Requests: 8}
	return s
}

// TestFrame: a frame fits into the terminal whatever there is to tell, has every part in
// 80x24, and the busiest and the soonest first.
func TestFrame(t *testing.T) {
	now := time.Unix(1e9, 0)
	for _, size := range [][2]int{{80, 24}, {200, 60}, {60, 10}, {20, 5}, {1, 1}} {
		lines := frameOf(crowded(), size[0], size[1], false, now)
		if len(lines) > max(size[1], 5) {
			t.Errorf("%v: %d lines", size, len(lines))
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); n > max(size[0], 20) {
				t.Errorf("%v: %d columns: %s", size, n, line)
			}
		}
	}
	if wide := frameOf(crowded(), 200, 60, false, now); !slices.Contains(wide, "") || slices.IndexFunc(wide, func(l string) bool {
		return strings.HasPrefix(l, "site-39") && utf8.RuneCountInString(l) > widest
	}) >= 0 {
		t.Errorf("the tables of a big terminal: %q", wide)
	}
	text := strings.Join(frameOf(crowded(), 80, 24, false, now), "\n")
	at := -1
	for _, want := range []string{"NOT READY: the store is away", "3 running", "█", "WINDOW a1 lets 192.0.2.0/24 be for 1h0m0s more", "SITE", "site-39", "SLOWEST APP", "CONTROL", "test.39", "CERTIFICATE", "site-39", "2.5 days",
		"store redis AWAY", "2 bans", "NOT reloaded", "2 log lines LOST", "3 spans LOST"} {
		next := strings.Index(text[at+1:], want)
		if next < 0 {
			t.Fatalf("no %q in its place:\n%s", want, text)
		}
		at += 1 + next
	}
	if strings.Contains(text, "\x1b") || !strings.Contains(strings.Join(frameOf(crowded(), 80, 24, true, now), ""), "\x1b[1m") {
		t.Error("colour where there should be none, or none where there should be")
	}
	if quiet := frameOf(status{}, 80, 24, false, now); len(quiet) < 3 {
		t.Errorf("of nothing: %q", quiet)
	}
}

// TestScreen: several processes share the terminal, and one that has ended is no end.
func TestScreen(t *testing.T) {
	now := time.Unix(1e9, 0)
	if got := screen([]status{crowded(), crowded()}, nil, 80, 24, false, now); strings.Count(got, "\n") > 23 || strings.Count(got, "process 7") != 2 || !strings.Contains(got, "q quits") {
		t.Errorf("%d lines: %s", strings.Count(got, "\n"), got)
	}
	for height := range 6 { // 0 is what a serial line has
		most := max(0, height-1)
		if height == 0 {
			most = 23
		}
		if got := screen([]status{crowded(), crowded()}, nil, 80*height, height, false, now); strings.Count(got, "\n") > most || !strings.Contains(got, "q quits") {
			t.Errorf("%d lines on %d", strings.Count(got, "\n"), height)
		}
	}
	if got := screen(nil, errors.New("nobody"), 80, 24, false, now); !strings.Contains(got, "nobody") {
		t.Error(got)
	}
}

func TestKeys(t *testing.T) {
	for in, want := range map[string]int{"xq": 1, "\x03": 1, "": 1} { // the end of the input, too
		stopped := 0
		keys(io.MultiReader(strings.NewReader(in)), func() { stopped++ })
		if stopped != want {
			t.Errorf("%q: stopped %d times", in, stopped)
		}
	}
}

func TestTopMistakes(t *testing.T) {
	var out, said strings.Builder
	if code := run([]string{"top", "--every", "1ms", "--state", t.TempDir()}, &out, &said); code != cli.ExitUsage || !strings.Contains(said.String(), "at least 200ms") {
		t.Errorf("%d %s", code, said.String())
	}
	if code := run([]string{"top", "--state", t.TempDir()}, &out, &said); code != cli.ExitFailed {
		t.Errorf("%d %s", code, said.String())
	}
}
