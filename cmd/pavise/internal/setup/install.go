// Package setup puts Pavise onto a machine: pavise install, uninstall, man, trust and untrust.
package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/install"
	"pavise/proxy"
	"pavise/site"
)

type installFlags struct {
	hosts    []string
	to       string
	root     string
	service  install.Service
	packaged bool
	start    bool
	dryRun   bool
}

// InstallCommand is pavise install.
func InstallCommand() *cobra.Command {
	var f installFlags
	c := &cobra.Command{
		Use:   "install [HOST ...] [--to ADDR]",
		Short: "Make Pavise a service of this machine",
		Long: "Install makes a service of systemd: a user of its own, a unit that may do what it must and no more, man\n" +
			"pages and completions. The state is in /var/lib/pavise and logs in /var/log/pavise. With HOST and --to it\n" +
			"writes the configuration, unless there is one. pavise uninstall takes all of it away but configuration,\n" +
			"state and logs.",
		Example: "  pavise install --dry-run\n" +
			"  sudo pavise install shop.example.com --to 127.0.0.1:3000 --start",
		RunE: func(c *cobra.Command, args []string) error {
			f.hosts = args
			return runInstall(c, f)
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.to, "to", "", "where the app of the first site listens, as `ADDR` of serve")
	f.service.Config = "/etc/pavise/pavise.yaml"
	flags.StringVar(&f.service.Config, "config", f.service.Config, "`FILE` of the configuration")
	flags.StringVar(&f.service.User, "user", "pavise", "`NAME` of the user it runs as, who is made")
	flags.BoolVar(&f.service.Mail, "mail", false, "also a service that relays the mail of this machine's programs, by the section mail: of the configuration")
	flags.BoolVar(&f.start, "start", false, "start it, now and after every boot")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would be written and run, and do nothing")
	flags.StringVar(&f.root, "root", "/", "write below `DIR`, and run nothing: for images and packages")
	flags.BoolVar(&f.packaged, "packaged", false, "put the files where those of packages belong, below /usr")
	c.MarkFlagDirname("root")
	return c
}

func runInstall(c *cobra.Command, f installFlags) error {
	if err := f.complete(); err != nil {
		return err
	}
	if err := f.alone(); err != nil {
		return err
	}
	files, err := f.files(c.Root())
	if err != nil {
		return err
	}
	f.kept(c.ErrOrStderr(), files)
	if f.dryRun {
		return f.show(c.OutOrStdout(), files)
	}
	if err := f.write(c.OutOrStdout(), files); errors.Is(err, os.ErrPermission) {
		return cli.Usage("sudo pavise install, or --root DIR to look at it first", "%w", err)
	} else if err != nil {
		return err
	}
	if f.root != "/" {
		return nil
	}
	for _, command := range f.service.Commands(f.start) {
		if err := runFor(c, command); err != nil {
			return err
		}
	}
	f.next(c.OutOrStdout())
	return nil
}

// write writes what is not there yet, and makes the folder that the owner's files belong
// into, which the package of Debian has of its own.
func (f installFlags) write(w io.Writer, files []install.File) error {
	for _, file := range files {
		if !file.Differs(f.root) {
			continue
		}
		if err := file.Write(f.root); err != nil {
			return err
		}
		if !strings.Contains(file.Path, "/share/") {
			fmt.Fprintln(w, "wrote", filepath.Join(f.root, file.Path))
		}
	}
	if f.packaged {
		return nil
	}
	return os.MkdirAll(filepath.Join(f.root, filepath.Dir(f.service.Config)), 0o755)
}

// packagedUnit is there where the package of Debian is installed.
const packagedUnit = "/usr/lib/systemd/system/pavise.service"

// alone refuses what would lie over the package: no upgrade of that would reach it.
func (f installFlags) alone() error {
	at := filepath.Join(f.root, packagedUnit)
	if f.packaged || !cli.Exists(at) {
		return nil
	}
	return cli.Usage("pavise site add shop.example.com --backends 127.0.0.1:3000 --file "+f.service.Config+", then systemctl enable --now pavise; for mail pavise-mail",
		"%s is there: the package has brought the services", at)
}

// complete fills in what the flags leave open.
func (f *installFlags) complete() error {
	if (len(f.hosts) > 0) != (f.to != "") {
		return cli.Usage("pavise install shop.example.com --to 127.0.0.1:3000", "HOST and --to go together: they are the first site")
	}
	var err error
	if f.hosts, err = site.Hosts(f.hosts); err != nil {
		return cli.Usage("pavise install shop.example.com --to 127.0.0.1:3000", "%w", err)
	}
	if f.root, err = filepath.Abs(f.root); err != nil {
		return err
	}
	if f.service.Binary = "/usr/bin/pavise"; !f.packaged {
		f.service.Binary = "/usr/local/bin/pavise"
	}
	if err := f.service.Validate(); err != nil {
		return cli.Usage("pavise install --help", "%s", cli.OneLine(err))
	}
	if f.to == "" {
		return nil
	}
	if err := startable(firstSite(f.hosts, f.to), f.service.Config); err != nil {
		return cli.Usage("pavise install shop.example.com --to 127.0.0.1:3000", "nothing was written, as it could not start: %w", err)
	}
	return nil
}

// startable reports why serve would refuse the configuration.
func startable(text []byte, name string) error {
	file, err := cli.ParseFile(name, text)
	if err != nil {
		return err
	}
	up, err := proxy.ParseUpstream(file.Sites[0].To[0].At)
	if err != nil {
		return err
	}
	return cli.Guardable(up, false, ":443", ":80")
}

// kept says that a configuration which is there stays, where it says something else.
func (f installFlags) kept(w io.Writer, files []install.File) {
	for _, file := range files {
		at := filepath.Join(f.root, file.Path)
		if there, err := os.ReadFile(at); file.Keep && err == nil && !bytes.Equal(there, file.Text) {
			fmt.Fprintf(w, "note: %s stays as it is, and HOST and --to are not used: pavise site add %s --backends %s --file %[1]s\n", at, f.hosts[0], f.to)
		}
	}
}

// files are all that is written: the program, the service, the configuration and help.
func (f installFlags) files(root *cobra.Command) ([]install.File, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(self)
	if err != nil {
		return nil, err
	}
	files := append([]install.File{{Path: f.service.Binary, Mode: 0o755, Text: program}}, f.service.Files(f.packaged)...)
	if f.to != "" {
		files = append(files, install.File{Path: f.service.Config, Mode: 0o644, Text: firstSite(f.hosts, f.to), Keep: true})
	}
	share := "/usr/local/share"
	if f.packaged {
		share = "/usr/share"
	}
	help, err := helpFiles(root, share)
	return append(files, help...), err
}

// firstSite is a configuration with one site.
func firstSite(hosts []string, to string) []byte {
	return fmt.Appendf(nil, "# pavise check names every mistake in here, pavise site changes it, pavise reload takes it into use.\nsites:\n  - hosts: [%s]\n    to: %q\n",
		strings.Join(hosts, ", "), to)
}

// show writes what would be done.
func (f installFlags) show(w io.Writer, files []install.File) error {
	for _, file := range files {
		state := ""
		if !file.Differs(f.root) {
			state = " (is there)"
		}
		fmt.Fprintf(w, "%s%s\n", filepath.Join(f.root, file.Path), state)
		if strings.HasPrefix(file.Path, "/etc/") || strings.HasSuffix(file.Path, ".service") {
			for line := range strings.Lines(string(file.Text)) {
				fmt.Fprint(w, "    ", line)
			}
		}
	}
	if f.root == "/" {
		for _, command := range f.service.Commands(f.start) {
			fmt.Fprintf(w, "%s  # %s\n", strings.Join(command.Args, " "), command.Why)
		}
	}
	return nil
}

// runFor runs a command of systemd.
func runFor(c *cobra.Command, command install.Command) error {
	fmt.Fprintf(c.OutOrStdout(), "%s  # %s\n", strings.Join(command.Args, " "), command.Why)
	out, err := exec.CommandContext(c.Context(), command.Args[0], command.Args[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command.Args, " "), err, cli.OneLine(errors.New(strings.TrimSpace(string(out)))))
	}
	return nil
}

// next says what is left to do.
func (f installFlags) next(w io.Writer) {
	if _, err := os.Stat(f.service.Config); err != nil {
		fmt.Fprintf(w, "next: pavise site add shop.example.com --backends 127.0.0.1:3000 --file %s\n", f.service.Config)
	}
	if f.start {
		fmt.Fprintln(w, "it runs: systemctl status pavise; pavise status")
	} else {
		fmt.Fprintln(w, "then: systemctl enable --now pavise")
	}
	if f.service.Mail {
		f.nextOfMail(w)
	}
}

// nextOfMail says what mail needs besides its service.
func (f installFlags) nextOfMail(w io.Writer) {
	mail := install.MailName
	if !f.start {
		fmt.Fprintf(w, "then, once %s has the section mail: systemctl enable --now %s\n", f.service.Config, mail)
	}
	fmt.Fprintf(w, "a file with its token or password must be readable by %s alone\n", f.service.MailUser())
	fmt.Fprintf(w, "for PHP and cron, where no other mail server is: ln -s %s /usr/sbin/sendmail\n", f.service.Binary)
}
