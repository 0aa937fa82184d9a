package examine

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pavise/audit"
	"pavise/report"
)

// auditProgress shows on a terminal what is looked at just now; done wipes it away.
func auditProgress(c *cobra.Command, opt *audit.Options) (done func()) {
	out, ok := c.ErrOrStderr().(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) || os.Getenv("TERM") == "dumb" {
		return func() {}
	}
	began := time.Now()
	opt.Progress = func(what string) {
		width, _, err := term.GetSize(int(out.Fd()))
		if err != nil {
			width = 80
		}
		line := fmt.Sprintf("pavise: %.1f s: looking at %s", time.Since(began).Seconds(), what)
		fmt.Fprint(out, "\r\x1b[K"+report.Fit(line, width-1))
	}
	return func() { fmt.Fprint(out, "\r\x1b[K") }
}
