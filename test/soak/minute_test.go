//go:build unix

package soak

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"pavise/test/browser"
	"pavise/test/load"
)

var minute = flag.Bool("minute", false, "TestMinute takes a minute, at 2,000 requests a second, and not four seconds at 200")

// TestMinute asks for as much as a busy server has, while Pavise is reloaded each
// second and replaced five times: no request fails, and no WebSocket ends.
func TestMinute(t *testing.T) {
	app := load.App()
	defer app.Close()
	long, crowd, takeovers := 4*time.Second, load.Crowd{Rate: 200, Sockets: 5}, 1
	if *minute {
		long, crowd, takeovers = time.Minute, load.Crowd{Rate: 2000, Sockets: 50}, 5
	}
	c := newChanging(t, browser.Build(t), app.URL, long)
	c.takeovers = takeovers
	c.serve()
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	var all sync.WaitGroup
	all.Go(func() { c.site.Load(ctx, crowd) })
	all.Go(func() { c.change(ctx) })
	all.Wait()
	if bad := c.site.Failed(); len(bad) > 0 {
		t.Errorf("of %d failed: %v", c.site.Asked(), bad)
	}
	if n := c.site.Most()["WebSockets"]; n != crowd.Sockets || c.site.Asked() == 0 || len(c.done.upgraded) != takeovers || c.done.reloads == 0 {
		t.Errorf("not all was tried: %d WebSockets, %d requests, %+v", n, c.site.Asked(), c.done)
	}
	var b strings.Builder
	c.tellMinute(&b)
	t.Log(b.String())
	if *minute && *write != "" && !t.Failed() {
		if err := between(*write, "minute", b.String()); err != nil {
			t.Fatal(err)
		}
	}
}

// tellMinute writes what came of it.
func (c *changing) tellMinute(w io.Writer) {
	fmt.Fprintf(w, "Of %s, on %s.\n\n| a minute of changes under load | |\n|---|---:|\n", today(), processors())
	line := func(what string, value any) { fmt.Fprintf(w, "| %s | %v |\n", what, value) }
	c.done.tell(line)
	line("requests answered", c.site.Asked())
	line("of these a second", int(float64(c.site.Asked())/c.done.long.Seconds()))
	line("not asked, because the machine did not keep up", c.site.Late())
	line("the slowest answer", c.site.Slowest().Round(time.Millisecond))
	line("WebSockets that talked from begin to end", c.site.Most()["WebSockets"])
	line("**failed, or ended**", 0) // or there would be no table
}
