package examine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise/cmd/pavise/internal/cli"
	"pavise/report"
)

// outputFlags say where the report goes, and in which form.
type outputFlags struct {
	format  string
	json    bool
	output  []string
	verbose bool
}

func (f *outputFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "format", "", "`FORMAT`: "+strings.Join(report.Formats, ", ")+"; else what the name of the file ends with says, else text")
	flags.BoolVar(&f.json, "json", false, "the same as --format json")
	flags.StringArrayVarP(&f.output, "output", "o", nil, "write to `FILE`, and - is the terminal; may be given several times")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "list the rules that hold, too")
}

// A destination is a file, or the terminal where it has no name, and what is written
// there.
type destination struct{ file, format string }

// destinations says what is written where. A file that cannot be written is reported
// now, before a scan is lost to that.
func (f outputFlags) destinations() ([]destination, error) {
	format := f.format
	switch {
	case f.json && format != "" && format != "json":
		return nil, cli.Usage("-o report.json -o report."+format, "--json and --format %s say two things", format)
	case f.json:
		format = "json"
	case format != "" && !slices.Contains(report.Formats, format):
		return nil, cli.Usage("--format html -o report.html", "format must be one of %s, not %q", strings.Join(report.Formats, ", "), format)
	}
	if len(f.output) == 0 {
		return []destination{{format: orText(format)}}, nil
	}
	var list []destination
	for _, file := range f.output {
		d, err := destinationOf(file, format)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(list, func(other destination) bool { return other.file == d.file }) {
			return nil, cli.Usage("-o report.html -o report.sarif", "--output %s is given twice", file)
		}
		list = append(list, d)
	}
	return list, nil
}

func destinationOf(file, format string) (destination, error) {
	if file == "-" {
		return destination{format: orText(format)}, nil
	}
	if format == "" {
		var known bool
		if format, known = report.FormatOf(file); !known {
			return destination{}, cli.Usage("--format text, or a name that ends with .txt, .json, .sarif, .xml, .md or .html", "--output %s: no format has that ending", file)
		}
	}
	return destination{file, format}, writable("--output", file)
}

func orText(format string) string {
	if format == "" {
		return "text"
	}
	return format
}

// writable reports a file that cannot be written. What is no file of a disk is not
// opened: that could end whoever reads it.
func writable(flag, name string) error {
	info, absent := os.Stat(name)
	if absent == nil && info.Mode()&(os.ModeNamedPipe|os.ModeDevice|os.ModeSocket) != 0 {
		return nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return cli.Usage(flag+" FILE, in a directory that is there and yours", "%s: %w", flag, err)
	}
	file.Close()
	if absent != nil {
		os.Remove(name)
	}
	return nil
}

// write writes the reports to every destination: one that fails keeps no other from
// its own.
func (f outputFlags) write(c *cobra.Command, to []destination, reports report.Reports) error {
	var failed []error
	for _, d := range to {
		if d.file == "" {
			failed = append(failed, f.writeTo(c.OutOrStdout(), d.format, reports))
			continue
		}
		if err := f.writeFile(d, reports); err != nil {
			failed = append(failed, err)
			continue
		}
		fmt.Fprintf(c.ErrOrStderr(), "pavise: %s, written to %s\n", reports.Summary(), d.file)
	}
	return errors.Join(failed...)
}

func (f outputFlags) writeFile(d destination, reports report.Reports) error {
	file, err := os.Create(d.file)
	if err != nil {
		return err
	}
	return errors.Join(f.writeTo(file, d.format, reports), file.Close())
}

func (f outputFlags) writeTo(w io.Writer, format string, reports report.Reports) error {
	opt := cli.TextFor(w)
	opt.Verbose = f.verbose
	return reports.Write(w, format, opt)
}
