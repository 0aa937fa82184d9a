package examine

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pavise"
	"pavise/report"
	"pavise/scan"
)

// progress shows on a terminal how far the scan is and what is asked just now; done
// wipes it away.
func progress(c *cobra.Command, opt *scan.Options, lead string) (done func()) {
	out, ok := c.ErrOrStderr().(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) || os.Getenv("TERM") == "dumb" {
		return func() {}
	}
	began := time.Now()
	var shown time.Time
	opt.Progress = func(done, wanted int, now pavise.Probe) {
		if time.Since(shown) < 50*time.Millisecond {
			return // nobody can read faster
		}
		shown = time.Now()
		line := fmt.Sprintf("pavise: %s%s: %d of %d, %.0f s: %s", lead, opt.Target.Host(), done, wanted, time.Since(began).Seconds(), asking(now))
		width, _, err := term.GetSize(int(out.Fd()))
		if err != nil {
			width = 80
		}
		fmt.Fprint(out, "\r\x1b[K"+report.Fit(line, width-1))
	}
	return func() { fmt.Fprint(out, "\r\x1b[K") }
}

// asking says in words what a probe asks.
func asking(p pavise.Probe) string {
	switch {
	case p.Request != nil:
		return cmp.Or(p.Request.Method, http.MethodGet) + " " + within(p.Request.URL)
	case p.Handshake != nil:
		return "TLS at " + p.Handshake.Address
	case p.Slow != nil:
		return "how long " + p.Slow.Address + " waits"
	case p.Raw != nil:
		return "HTTP by the letter at " + p.Raw.Address
	case p.Offer != nil:
		return "all of TLS at " + p.Offer.Address
	case p.Flaw != nil:
		return p.Flaw.Which + " at " + p.Flaw.Address
	case p.Journey != nil:
		return p.Journey.Title
	case p.Ports != nil:
		return "ports of " + p.Ports.Host
	case p.Lookup != nil:
		return p.Lookup.Type + " of " + p.Lookup.Name
	case p.Mail != nil:
		return "mail at " + p.Mail.Address
	case p.Known != nil:
		return "what is known of " + p.Known.Name
	}
	return ""
}

// within is the part of an address that differs within a site.
func within(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.RequestURI()
	}
	return address
}
