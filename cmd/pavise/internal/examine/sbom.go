package examine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise/audit"
	"pavise/cmd/pavise/internal/cli"
	"pavise/sbom"
)

type sbomFlags struct {
	format, output string
	production     bool
	timeout        time.Duration
}

// SBOMCommand is pavise sbom.
func SBOMCommand() *cobra.Command {
	var f sbomFlags
	c := &cobra.Command{
		Use:   "sbom [DIR]",
		Short: "Write what a project is made of as CycloneDX or SPDX",
		Long: "Sbom reads the lockfiles and manifests of a folder, and writes a software bill of materials: the application\n" +
			"itself, its packages with their hashes, and who needs whom. The same project gives the same bytes but for the\n" +
			"time, which is SOURCE_DATE_EPOCH where that is set. It exits with 1 if something could not be read.",
		Example:           "  pavise sbom -o shop.cdx.json\n  pavise sbom ../shop --format spdx --production",
		Args:              cobra.MaximumNArgs(1),
		RunE:              func(c *cobra.Command, args []string) error { return writeBill(c, f, append(args, ".")[0]) },
		ValidArgsFunction: onlyFolders,
	}
	flags := c.Flags()
	flags.StringVar(&f.format, "format", sbom.Formats[0], "write `FORMAT`: "+strings.Join(sbom.Formats, " or "))
	flags.StringVarP(&f.output, "output", "o", "-", "write to `FILE`, and - is the terminal")
	flags.BoolVar(&f.production, "production", false, "leave out packages that are for development alone")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "stop after `TIME`, and write what there is")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(sbom.Formats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func writeBill(c *cobra.Command, f sbomFlags, dir string) error {
	if !slices.Contains(sbom.Formats, f.format) {
		return cli.Usage("--format cyclonedx", "format must be %s, not %q", strings.Join(sbom.Formats, " or "), f.format)
	}
	at, err := stamp(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	opt := audit.Options{Dir: dir, Production: f.production}
	done := auditProgress(c, &opt)
	ctx, cancel := context.WithTimeout(c.Context(), f.timeout)
	defer cancel()
	e, err := audit.Collect(ctx, opt, nil)
	done()
	switch {
	case err != nil:
		return unopened("pavise sbom", dir, err)
	case len(e.Project.Manifests) == 0:
		return cli.Failed("pavise sbom DIR, with the folder in which package.json, go.mod or the like stands", "%s: there is no lockfile and no manifest that Pavise reads", e.Project.Root)
	}
	var bill bytes.Buffer
	if err := sbom.Write(&bill, f.format, e.Project, sbom.About{Tool: "pavise", Version: cli.Version, At: at}); err != nil {
		return err
	}
	if f.output == "-" {
		_, err = c.OutOrStdout().Write(bill.Bytes())
	} else {
		err = os.WriteFile(f.output, bill.Bytes(), 0o644)
	}
	if err != nil {
		return cli.Usage("-o FILE, in a directory that is there and yours", "--output: %w", err)
	}
	missed := 0
	for _, u := range e.Project.Unread {
		if len(u.For) == 0 || slices.Contains(u.For, "project.dependencies") {
			missed++
			fmt.Fprintf(c.ErrOrStderr(), "pavise: not read: %s: %s\n", u.What, u.Why)
		}
	}
	if missed > 0 {
		return cli.Exit(cli.ExitFailed)
	}
	return nil
}

// stamp is the time that a bill bears (https://reproducible-builds.org/specs/source-date-epoch/).
func stamp(epoch string) (time.Time, error) {
	if epoch == "" {
		return time.Now(), nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil || seconds < 0 || seconds > 253402300799 {
		return time.Time{}, cli.Usage("SOURCE_DATE_EPOCH=1774000000", "SOURCE_DATE_EPOCH must be seconds since 1970, not %q", epoch)
	}
	return time.Unix(seconds, 0), nil
}
