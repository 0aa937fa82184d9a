package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/internal/meter"
	"pavise/report"
)

// widest is where a table stops growing.
const widest = 110

// tall is a height at which every part fits with a blank line before it.
const tall = 40

// A frame is one look at a running Pavise, as lines for a terminal.
type frame struct {
	lines         []string
	width, height int
	table         int // width of the tables: wider ones are harder to read across
	color         bool
}

// frameOf draws what one Pavise told, in no more than the terminal has. What matters most
// stands first, and what does not fit is left out.
func frameOf(s status, width, height int, color bool, now time.Time) []string {
	f := &frame{width: max(width, 20), height: max(height, 5), color: color}
	f.table = min(f.width, widest)
	f.head(s)
	f.windows(s.Windows, now)
	if s.Traffic != nil {
		f.sites(s.Traffic.Sites)
		f.apps(s.Traffic.Backends)
	}
	f.decisions(s.Decisions)
	f.certificates(s.Certificates, now)
	f.rest(s, now)
	return f.lines[:min(len(f.lines), f.height)]
}

// say adds a line that fits.
func (f *frame) say(format string, args ...any) {
	f.lines = append(f.lines, report.Fit(fmt.Sprintf(format, args...), f.width))
}

// title begins a part, if there is room for it and a line more.
func (f *frame) title(format string, args ...any) bool {
	if len(f.lines)+2 > f.height {
		return false
	}
	if len(f.lines) > 0 && f.height >= tall {
		f.say("")
	}
	f.say(format, args...)
	if f.color {
		last := &f.lines[len(f.lines)-1]
		*last = "\x1b[1m" + *last + "\x1b[0m"
	}
	return true
}

// most is how many of n lines fit where so many other lines are to follow.
func (f *frame) most(n, others int) int { return max(0, min(n, f.height-len(f.lines)-others)) }

func (f *frame) head(s status) {
	state := "ready"
	if len(s.Lacks) > 0 {
		state = "NOT READY: " + strings.Join(s.Lacks, "; ")
	}
	f.title("pavise %s  process %d  up %s  %s", s.Version, s.PID, time.Duration(s.UptimeS)*time.Second, state)
	rate, refused := 0.0, uint64(0)
	var seconds []meter.Second
	if s.Traffic != nil {
		for _, site := range s.Traffic.Sites {
			rate += site.Recent.PerSecond
			refused += site.Refused
			seconds = together(seconds, site.Seconds)
		}
	}
	f.say("%.1f requests/s  %d running  %d websockets  %d connections  %d refused", rate, s.Running, s.WebSockets, s.Connections, refused)
	if len(seconds) > 0 {
		f.say("%s", bars(seconds, f.width))
	}
}

// together adds what two sites did, second by second, from the latest back.
func together(a, b []meter.Second) []meter.Second {
	if len(a) < len(b) {
		a, b = b, a
	}
	sum := slices.Clone(a)
	for i := range b {
		at := &sum[len(sum)-len(b)+i]
		at.Requests += b[i].Requests
		at.Refused += b[i].Refused
		at.Failed += b[i].Failed
	}
	return sum
}

// bars draws the latest seconds, the highest of them the highest.
func bars(seconds []meter.Second, width int) string {
	seconds = seconds[max(0, len(seconds)-width):]
	most := uint32(1)
	for _, s := range seconds {
		most = max(most, s.Requests)
	}
	heights := []rune("▁▂▃▄▅▆▇█")
	var b strings.Builder
	for _, s := range seconds {
		if s.Requests == 0 {
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(heights[uint64(s.Requests)*uint64(len(heights)-1)/uint64(most)])
	}
	return b.String()
}

// windows says for whom bans and limits are off.
func (f *frame) windows(list []pavise.Window, now time.Time) {
	for _, v := range list[:f.most(min(len(list), 2), 3)] {
		f.say("WINDOW %s lets %s be for %s more", v.ID, networks(v.From), v.Ends.Sub(now).Round(time.Second))
	}
}

func (f *frame) sites(sites []meter.Site) {
	if !f.title("%-*s %8s %9s %8s %8s %7s %7s", f.table-54, "SITE", "req/s", "requests", "refused", "failed", "p50", "p95") {
		return
	}
	sites = busiest(sites)
	for _, s := range sites[:f.most(min(len(sites), 8), 9)] {
		f.say("%-*s %8.1f %9d %8d %8d %7s %7s", f.table-54, report.Fit(s.Name, f.table-54), s.Recent.PerSecond, s.Requests, s.Refused, s.Failed,
			took(s.Recent.P50), took(s.Recent.P95))
	}
}

func (f *frame) apps(apps []meter.Backend) {
	if len(apps) == 0 || !f.title("%-*s %8s %9s %8s %7s %7s %7s", f.table-53, "SLOWEST APP", "asked/s", "asked", "failed", "p50", "p95", "p99") {
		return
	}
	for _, b := range apps[:f.most(min(len(apps), slowest), 6)] {
		f.say("%-*s %8.1f %9d %8d %7s %7s %7s", f.table-53, report.Fit(b.Name, f.table-53), b.Recent.PerSecond, b.Asked, b.Failed,
			took(b.Recent.P50), took(b.Recent.P95), took(b.Recent.P99))
	}
}

func (f *frame) decisions(list []decisionStatus) {
	if len(list) == 0 || !f.title("%-*s %-10s %9s", f.table-21, "CONTROL", "what", "times") {
		return
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b decisionStatus) int { return cmp.Compare(b.Times, a.Times) })
	for _, d := range list[:f.most(min(len(list), 6), 3)] {
		f.say("%-*s %-10s %9d", f.table-21, d.Control, d.Action, d.Times)
	}
}

func (f *frame) certificates(list []certificateStatus, now time.Time) {
	if len(list) == 0 || !f.title("%-*s %s", f.table-20, "CERTIFICATE", "ends in") {
		return
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b certificateStatus) int { return a.Ends.Compare(b.Ends) })
	for _, c := range list[:f.most(min(len(list), 4), 1)] {
		left := "there is none"
		if !c.Ends.IsZero() {
			left = fmt.Sprintf("%.1f days", c.Ends.Sub(now).Hours()/24)
		}
		f.say("%-*s %s", f.table-20, report.Fit(strings.Join(c.Hosts, ", "), f.table-20), left)
	}
}

// rest is the last line: the store, the last reload, and what was lost.
func (f *frame) rest(s status, now time.Time) {
	store := "in reach"
	if !s.Store.OK {
		store = "AWAY"
	}
	parts := []string{"store " + s.Store.Kind + " " + store}
	if s.Bans > 0 {
		parts = append(parts, pavise.Plural(s.Bans, "ban"))
	}
	if r := s.Reload; r != nil {
		what := "reloaded"
		if !r.OK {
			what = "NOT reloaded"
		}
		parts = append(parts, fmt.Sprintf("%s %s ago", what, now.Sub(r.At).Round(time.Second)))
	}
	if s.Log != nil && s.Log.Lost > 0 {
		parts = append(parts, fmt.Sprintf("%d log lines LOST", s.Log.Lost))
	}
	if s.Spans != nil && s.Spans.Lost > 0 {
		parts = append(parts, fmt.Sprintf("%d spans LOST", s.Spans.Lost))
	}
	f.say("%s", strings.Join(parts, "  "))
}
