// Package examine comes to a verdict, about a site or about what is on disk: pavise scan,
// audit and sbom.
package examine

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/database"
	"pavise/report"
	"pavise/scan"
)

type scanFlags struct {
	siteFlags
	activeFlags
	accountFlags
	database.Flags
	networkFlags
	evidenceFlags
	outputFlags
	judgeFlags
	boundFlags
	saveFlags
	targets, config, explain string
	timeout                  time.Duration
}

// siteFlags say how a site is reached, and as whom it is asked.
type siteFlags struct {
	ca, cookie            string
	insecure, http3, slow bool
	headers, resolve      []string
}

func (f *siteFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.ca, "ca", "", "trust the certificates in this PEM `FILE` too")
	flags.BoolVar(&f.insecure, "insecure", false, "do not judge whether the certificate is trusted")
	flags.StringArrayVar(&f.headers, "header", nil, "send `HEADER`, \"Name: value\", with every request to the site itself")
	flags.StringVar(&f.cookie, "cookie", "", "send `COOKIE`, \"name=value; …\", with every request to the site itself")
	flags.StringArrayVar(&f.resolve, "resolve", nil, "connect to another address: `HOST:PORT:ADDR`, where ADDR may bear a port too")
	flags.BoolVar(&f.http3, "http3", false, "ask over HTTP/3, and not HTTP/2 or HTTP/1.1")
	flags.BoolVar(&f.slow, "slow", false, "look at what only waiting shows, too: some 15 s")
}

// ScanCommand is pavise scan.
func ScanCommand() *cobra.Command {
	var f scanFlags
	c := &cobra.Command{
		Use:   "scan URL ...",
		Short: "Look at a site as a scan vendor would, and prove each verdict",
		Long: "Scan asks a site for every kind of response it has and judges them by the rules of the catalogue.\n" +
			"It exits with 3 if a rule failed, with 1 if the verdict needs what could not be looked at\n" +
			"or it was interrupted, else with 0; of several sites the worst counts. --profile, --fail-on\n" +
			"and --min-grade say what fails.",
		Example: "  pavise scan https://shop.example.com\n" +
			"  pavise scan https://localhost:8443 --ca ~/.local/state/pavise/authority.crt\n" +
			"  pavise scan https://shop.example.com -o report.html -o report.sarif -o -\n" +
			"  pavise scan --targets sites.txt --save-evidence evidence.json\n" +
			"  pavise scan --explain transport.hsts.max-age",
		RunE: func(c *cobra.Command, args []string) error {
			if f.explain != "" {
				return explainRule(c, f.explain, f.outputFlags, len(args) > 0 || f.targets != "" || len(f.load) > 0)
			}
			return scanSites(c, f, args)
		},
	}
	flags := c.Flags()
	f.siteFlags.add(flags)
	f.activeFlags.add(flags)
	f.accountFlags.add(flags)
	f.Flags.Add(flags)
	f.networkFlags.add(flags)
	f.evidenceFlags.add(flags)
	f.outputFlags.add(flags)
	f.judgeFlags.add(c, flags)
	f.boundFlags.add(flags)
	f.saveFlags.add(flags)
	flags.StringVar(&f.targets, "targets", "", "look at the sites in `FILE`, too: a URL each line, # begins a comment")
	flags.DurationVar(&f.timeout, "timeout", scan.DefaultTime, "stop after `TIME` at a site, such as 30s, and judge what there is")
	flags.StringVar(&f.config, "config", "", "judge by the settings in `FILE`, pavise.yaml")
	flags.StringVar(&f.explain, "explain", "", "say what `RULE` means, how it is looked at and how it is mended; asks nobody")
	c.SetUsageFunc(usageBy(scanGroups))
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(report.Formats, cobra.ShellCompDirectiveNoFileComp))
	c.RegisterFlagCompletionFunc("explain", completeRules)
	return c
}

// scanMemory is what the runtime strives to stay below in a scan: a hostile site must
// not cost more than others.
const scanMemory = 80 << 20

// scanSites looks at one site after the other and writes what became of them.
func scanSites(c *cobra.Command, f scanFlags, args []string) error {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(scanMemory))
	to, err := f.destinations()
	if err != nil {
		return err
	}
	by, err := f.judgement()
	if err != nil {
		return err
	}
	visits, err := f.visits(args, by)
	if err != nil {
		return err
	}
	if err := f.nameEvidence(visits); err != nil {
		return err
	}
	var reports report.Reports
	for i, v := range visits {
		if c.Context().Err() != nil {
			fmt.Fprintf(c.ErrOrStderr(), "pavise: not looked at: %s\n", v.url())
			continue
		}
		var lead string
		if len(visits) > 1 {
			lead = fmt.Sprintf("%d of %d: ", i+1, len(visits))
		}
		e, effort := v.evidence(c, lead)
		if err := saveEvidence(v.file, e); err != nil {
			return err
		}
		if err := unanswered(e, v, to); err != nil && c.Context().Err() == nil {
			if len(visits) == 1 {
				return err
			}
			cli.Explain(c.ErrOrStderr(), err)
		}
		reports = append(reports, by.judge(e, v.standing, effort))
	}
	interrupted := c.Context().Err() != nil
	if interrupted {
		fmt.Fprintln(c.ErrOrStderr(), "pavise: interrupted; what follows is incomplete")
	}
	if err := errors.Join(f.outputFlags.write(c, to, reports), f.saveFlags.keep(reports)); err != nil {
		return err
	}
	if interrupted {
		return cli.Exit(cli.ExitFailed)
	}
	if code := by.exitOf(reports); code != cli.ExitClean {
		return cli.Exit(code)
	}
	return nil
}
