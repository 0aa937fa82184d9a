package examine

import (
	"strings"

	"github.com/spf13/pflag"

	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

// activeFlags say that the site may be tried with what acts, and who said so.
type activeFlags struct {
	active bool
	agreed string
}

func (f *activeFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.active, "active", false, "also try what acts: logins that fail, canaries; only on a site whose owner has agreed")
	flags.StringVar(&f.agreed, "agreed", "", "`WHO` agreed that the site is tried, such as \"Ada Smith, who runs it\"; stands in the report")
}

func (f *activeFlags) into(opt *scan.Options) error {
	who := strings.TrimSpace(f.agreed)
	switch {
	case f.active && who == "":
		return cli.Usage(`--active --agreed "Ada Smith, who runs it"`, "--active needs to be told who agreed to it")
	case who != "" && !f.active:
		return cli.Usage("--active --agreed …", "--agreed goes with --active")
	}
	opt.Target.Agreed = who
	return nil
}
