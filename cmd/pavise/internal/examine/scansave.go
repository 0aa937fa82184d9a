package examine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/atomicfile"
	"pavise/report"
)

// saveFlags say whether the dashboard shall show the report.
type saveFlags struct {
	save  bool
	state string
}

func (f *saveFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.save, "save", false, "keep the report in the state directory, where the dashboard shows it as the last scan")
	flags.StringVar(&f.state, "state", "", "`DIR` of --save (default the user's state directory)")
}

// keep writes each report over the one before of the same host.
func (f saveFlags) keep(reports report.Reports) error {
	if !f.save {
		return nil
	}
	dir, err := cli.StateDir(f.state)
	if err != nil {
		return err
	}
	for _, r := range reports {
		file, err := LastScan(dir, pavise.Target{URL: r.Target}.Host())
		if err == nil {
			err = saveReport(file, r)
		}
		if err != nil {
			return cli.Usage("--state DIR, the one that pavise serve is given", "--save: %w", err)
		}
	}
	return nil
}

// LastScan is where the report of a host is kept.
func LastScan(state, host string) (string, error) {
	if host == "" || strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-.:") != "" || strings.HasPrefix(host, ".") {
		return "", fmt.Errorf("%q is no host", pavise.Clip(host, 100))
	}
	return filepath.Join(state, "scans", strings.ReplaceAll(host, ":", "_")+".json"), nil
}

func saveReport(file string, r *report.Report) error {
	folder := filepath.Dir(file)
	if err := os.MkdirAll(filepath.Dir(folder), 0o700); err != nil {
		return err
	}
	if err := atomicfile.Folder(folder, 0o700); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := (report.Reports{r}).Write(&b, "json", report.TextOptions{}); err != nil {
		return err
	}
	return atomicfile.Write(file, b.Bytes(), 0o600)
}
