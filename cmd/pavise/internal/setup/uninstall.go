package setup

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/install"
)

// UninstallCommand is pavise uninstall.
func UninstallCommand() *cobra.Command {
	var root string
	c := &cobra.Command{
		Use:     "uninstall",
		Short:   "Take away what install has written",
		Long:    "Uninstall stops the service and takes away the program, unit, man pages and completions that install has\nwritten. Configuration, state, logs and the user stay: it says where.",
		Example: "  sudo pavise uninstall",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			f := installFlags{root: root, service: install.Service{Mail: true}}
			if err := f.complete(); err != nil {
				return err
			}
			return runUninstall(c, f)
		},
	}
	c.Flags().StringVar(&root, "root", "/", "below `DIR`, where nothing is stopped")
	c.MarkFlagDirname("root")
	return c
}

func runUninstall(c *cobra.Command, f installFlags) error {
	files, err := f.files(c.Root())
	if err != nil {
		return err
	}
	files, units := f.ours(c.OutOrStdout(), files)
	if f.root == "/" {
		for _, unit := range units {
			if err := runFor(c, install.Command{Args: []string{"systemctl", "disable", "--now", unit}, Why: "runs no more"}); err != nil {
				return err
			}
		}
		unlinkSendmail(c.OutOrStdout(), "/usr/sbin/sendmail", f.service.Binary)
	}
	for _, file := range files {
		at := filepath.Join(f.root, file.Path)
		if err := os.Remove(at); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if f.root == "/" && units != nil {
		if err := runFor(c, install.Command{Args: []string{"systemctl", "daemon-reload"}, Why: "forgets the unit"}); err != nil {
			return err
		}
	}
	if packaged := filepath.Join(f.root, packagedUnit); cli.Exists(packaged) {
		fmt.Fprintf(c.OutOrStdout(), "%s is of the package, which stays: apt remove pavise\n", packaged)
	}
	fmt.Fprintln(c.OutOrStdout(), "left: /etc/pavise, /var/lib/pavise, /var/spool/pavise, /var/log/pavise and their users, which are yours to delete")
	return nil
}

// ours leaves out the units that are somebody else's, which start another program, and
// names the others that are there.
func (f installFlags) ours(w io.Writer, files []install.File) (list []install.File, units []string) {
	for _, file := range files {
		if filepath.Ext(file.Path) == ".service" {
			at := filepath.Join(f.root, file.Path)
			switch unit, err := os.ReadFile(at); {
			case err != nil:
			case install.Starts(unit, f.service.Binary):
				units = append(units, filepath.Base(at))
			default:
				fmt.Fprintf(w, "%s stays: it does not start %s\n", at, f.service.Binary)
				continue
			}
		}
		list = append(list, file)
	}
	return list, units
}

// unlinkSendmail takes the command sendmail away if it is a link to the program, which is
// about to go.
func unlinkSendmail(w io.Writer, link, program string) {
	if to, err := os.Readlink(link); err != nil || to != program {
		return
	}
	if err := os.Remove(link); err != nil {
		fmt.Fprintf(w, "%s leads to what is gone: take it away\n", link)
		return
	}
	fmt.Fprintf(w, "%s is gone, which was a link to the program\n", link)
}
