// Pavise stands in front of a web application and proves that it holds.
package main

import (
	"io"
	"os"

	"github.com/spf13/cobra"
	_ "golang.org/x/crypto/x509roots/fallback" // for containers from scratch, which have no roots to trust

	"pavise/cmd/pavise/internal/cli"
	"pavise/cmd/pavise/internal/database"
	"pavise/cmd/pavise/internal/examine"
	"pavise/cmd/pavise/internal/relay"
	"pavise/cmd/pavise/internal/setup"
	"pavise/cmd/pavise/internal/sites"
)

func main() {
	os.Exit(run(relay.AsSendmail(os.Args), os.Stdout, os.Stderr))
}

// run is main without the process: it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	return cli.Run(rootCommand(), args, stdout, stderr)
}

func rootCommand() *cobra.Command {
	return cli.Root(
		tryCommand(),
		serveCommand(),
		examine.ScanCommand(),
		examine.AuditCommand(),
		examine.SBOMCommand(),
		sites.Command(),
		controlsCommand(),
		checkCommand(),
		reloadCommand(),
		upgradeCommand(),
		statusCommand(),
		topCommand(),
		whyCommand(),
		observedCommand(),
		banCommand(),
		windowCommand(),
		dashboardCommand(),
		relay.Command(),
		relay.SendmailCommand(),
		secretCommand(),
		database.Command(),
		setup.TrustCommand(),
		setup.UntrustCommand(),
		setup.InstallCommand(),
		setup.UninstallCommand(),
		setup.ManCommand(),
		versionCommand(),
	)
}
