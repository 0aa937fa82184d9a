//go:build unix

package soak

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A look is what a process has, at one time or as the median of several.
type look struct {
	at                                time.Duration // the soak began
	process                           float64       // when it began
	resident, heap, goroutines, files float64
}

// A watch looks twice a second.
type watch struct{ looks []look }

func (w *watch) look(ctx context.Context, metrics string, began time.Time) {
	for pause := time.Second / 2; until(ctx, time.Now().Add(pause)); {
		if l, err := lookAt(metrics); err == nil { // a process that has just begun does not have the port yet
			l.at = time.Since(began)
			w.looks = append(w.looks, l)
		}
	}
}

func lookAt(metrics string) (l look, err error) {
	client := http.Client{Timeout: 5 * time.Second}
	defer client.CloseIdleConnections()
	res, err := client.Get("http://" + metrics + "/metrics")
	if err != nil {
		return l, err
	}
	defer res.Body.Close()
	into := map[string]*float64{"process_start_time_seconds": &l.process, "process_resident_memory_bytes": &l.resident,
		"go_memstats_heap_alloc_bytes": &l.heap, "go_goroutines": &l.goroutines, "process_open_fds": &l.files}
	found := 0
	for lines := bufio.NewScanner(io.LimitReader(res.Body, 4<<20)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if to := into[name]; to != nil {
			*to, err = strconv.ParseFloat(value, 64)
			found++
		}
	}
	if err == nil && found != len(into) {
		err = fmt.Errorf("%d metrics, not %d", found, len(into))
	}
	return l, err
}

// between is what a process had for most of some time. Of the heap that is the least, which
// is right behind a collection: how much garbage there is says nothing.
func (w *watch) between(process float64, from, to time.Duration) (look, bool) {
	var list []look
	for _, l := range w.looks {
		if l.process == process && l.at >= from && l.at < to {
			list = append(list, l)
		}
	}
	if len(list) == 0 {
		return look{}, false
	}
	nth := func(of func(look) float64, n int) float64 {
		values := make([]float64, len(list))
		for i, l := range list {
			values[i] = of(l)
		}
		slices.Sort(values)
		return values[n]
	}
	half := len(list) / 2
	return look{at: to, process: process,
		heap:       nth(func(l look) float64 { return l.heap }, 0),
		resident:   nth(func(l look) float64 { return l.resident }, half),
		goroutines: nth(func(l look) float64 { return l.goroutines }, half),
		files:      nth(func(l look) float64 { return l.files }, half),
	}, true
}

// A growth is by how much something may be more than before and still count as the same: a
// part of it, and a bit more, for what comes and goes.
type growth struct {
	what string
	of   func(look) float64
	part float64
	more float64
	unit float64 // that it is told in
}

var growths = []growth{
	{"resident memory, MB", func(l look) float64 { return l.resident }, 0.15, 8e6, 1e6},
	{"heap behind a collection, MB", func(l look) float64 { return l.heap }, 0.10, 4e6, 1e6},
	{"goroutines", func(l look) float64 { return l.goroutines }, 0.05, 60, 1},
	{"open files", func(l look) float64 { return l.files }, 0.05, 60, 1},
}

// flat holds the end of the last process against itself at the age at which the first one
// was replaced, and both against that one.
func (c *crowdScene) flat(w *watch) {
	if *long < time.Minute {
		return // there is not the time
	}
	window, ok := cycle(), [3]bool{}
	first, last := w.looks[0].process, w.looks[len(w.looks)-1].process
	c.first, ok[0] = w.between(first, c.upgradeAt(1)-window, c.upgradeAt(1))
	c.young, ok[1] = w.between(last, *long/2+c.upgradeAt(1)-window, *long/2+c.upgradeAt(1))
	c.old, ok[2] = w.between(last, *long-window, *long)
	if ok != [3]bool{true, true, true} || first == last {
		c.Fatalf("nothing is known of some process: %v, %v and %v", c.first, c.young, c.old)
	}
	for _, g := range growths {
		before, young, old := g.of(c.first), g.of(c.young), g.of(c.old)
		c.Logf("%s: %.1f in the first process, %.1f in the last at that age, %.1f in the end", g.what, before/g.unit, young/g.unit, old/g.unit)
		if most := young*(1+g.part) + g.more; old > most {
			c.Errorf("%s: %.0f in the end, and %.0f early in this process", g.what, old, young)
		}
		if most := before*(1+g.part) + g.more; young > most {
			c.Errorf("%s: %.0f in the last process, and %.0f in the first at the same age", g.what, young, before)
		}
	}
}

// draw closes the books of the crowd.
func (c *crowdScene) draw(w *watch) {
	s := c.site
	c.changes = c.done
	c.asked, c.h3, c.late, c.sentAway = s.Asked(), s.OverH3(), s.Late(), s.SentAway()
	c.most, c.owed, c.slowest = s.Most(), s.FailedAsOwed(), s.Slowest()
	c.Logf("%d requests answered in %s (%d over HTTP/3), %d reloads, %d upgrades (%s), %d deaths of an app; at most %v; %d never got to the point and were sent away; owed: %v; the slowest answer took %s, %d were not asked because the machine did not keep up",
		c.asked, *long, c.h3, c.reloads, len(c.upgraded), strings.Join(c.upgraded, ", "), c.deaths, c.most, c.sentAway, c.owed, c.slowest.Round(time.Millisecond), c.late)
	if bad := s.Failed(); len(bad) > 0 {
		c.Errorf("failed, and nobody was owed it: %v", bad)
	}
	enough := takeovers()
	if *long < time.Minute {
		enough = 1 // a busy machine gets no further in a few seconds
	}
	if len(c.upgraded) < enough || c.asked == 0 || c.h3 == 0 || c.deaths == 0 || len(c.owed) == 0 {
		c.Errorf("something was not tried")
	}
	if n := idlers(); c.most["idle connections"] < n*9/10 {
		c.Errorf("%d idle connections at most, not %d", c.most["idle connections"], n)
	}
	c.flat(w)
}
