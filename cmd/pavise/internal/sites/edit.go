// Package sites edits the sites in pavise.yaml, each by one command: pavise site.
package sites

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/admin"
	"pavise/proxy"
	"pavise/site"
)

// installedFile is the configuration of the service that pavise install sets up.
const installedFile = "/etc/pavise/pavise.yaml"

// Command is pavise site.
func Command() *cobra.Command {
	c := &cobra.Command{
		Use:   "site",
		Short: "Add, change and remove sites in pavise.yaml, each by one command",
		Long: "Site edits pavise.yaml where it stands: comments, order and whatever a command is not about stay as they are.\n" +
			"The file is checked whole before it is written, and written at once or not at all.",
		Example: "  pavise site add shop --host shop.example.com --aliases www.shop.example.com --backends 3000,3001\n" +
			"  pavise site update shop --canonical --static ./public --dry-run\n" +
			"  pavise site list\n  pavise site import /var/lib/misc/mechanic.json",
	}
	c.AddCommand(addCommand(), updateCommand(), removeCommand(), listCommand(), showCommand(),
		switchCommand("enable", "Serve a site again", false), switchCommand("disable", "Keep a site in the file and serve it no more", true),
		setCommand(), importCommand())
	for _, sub := range c.Commands() {
		sub.Flags().SetNormalizeFunc(mechanicsNames)
	}
	return c
}

// mechanicsNames takes what else an option is called there.
func mechanicsNames(_ *pflag.FlagSet, name string) pflag.NormalizedName {
	switch name {
	case "backend", "alias", "websocket":
		name = map[string]string{"backend": "backends", "alias": "aliases", "websocket": "websockets"}[name]
	}
	return pflag.NormalizedName(name)
}

// target say which file is edited, and how far.
type target struct {
	file, state    string
	dryRun, reload bool
}

func (f *target) read(c *cobra.Command) {
	c.Flags().StringVar(&f.file, "file", "", "`FILE` of the configuration (default ./pavise.yaml, else "+installedFile+" if it is there)")
	c.MarkFlagFilename("file", "yaml", "yml")
}

func (f *target) write(c *cobra.Command) {
	f.read(c)
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "show what would be changed, and write nothing")
	c.Flags().BoolVar(&f.reload, "reload", false, "have the running Pavise take over the change")
	cli.StateFlag(c, &f.state)
}

// open opens the configuration that is meant, to be read or edited.
func (f *target) open() (*site.Document, error) {
	if f.file == "" {
		f.file = cli.ConfigFile
		if _, err := os.Stat(cli.ConfigFile); errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Stat(installedFile); err == nil {
				f.file = installedFile
			}
		}
	}
	doc, err := site.Open(f.file, catalog.Controls(), understood)
	var mistakes site.Errors
	switch {
	case errors.As(err, &mistakes):
		return nil, cli.Usage("pavise check "+f.file, "%w", err)
	case err != nil:
		return nil, cli.Usage("pavise site --file FILE", "%w", err)
	}
	return doc, nil
}

// openThere is open for a file that must be there.
func (f *target) openThere() (*site.Document, error) {
	doc, err := f.open()
	if err == nil && doc.New() {
		return nil, cli.Usage("pavise site add NAME --host shop.example.com --backends 3000", "there is no %s here", f.file)
	}
	return doc, err
}

// find is openThere, and where the site stands that is meant.
func (f *target) find(name string) (*site.Document, int, error) {
	doc, err := f.openThere()
	if err != nil {
		return nil, 0, err
	}
	i, err := doc.Site(name)
	var unknown *site.UnknownSiteError
	if errors.As(err, &unknown) {
		err = cli.Usage(unknown.Hint(), "%w", err)
	}
	return doc, i, err
}

func understood(to string) error {
	_, err := proxy.ParseUpstream(to)
	return err
}

// finish checks what was edited, shows it or writes it, and says what to do next.
func (f *target) finish(c *cobra.Command, doc *site.Document) error {
	out := c.OutOrStdout()
	if !doc.Changed() {
		fmt.Fprintf(out, "%s says so already\n", f.file)
		return nil
	}
	file, err := doc.Check()
	if f.dryRun {
		writeDiff(out, doc.Diff())
	} else if err == nil {
		err = doc.Save()
	}
	var mistakes site.Errors
	switch {
	case errors.As(err, &mistakes):
		return cli.Usage("nothing was written; --dry-run shows the lines", "%s would not be valid:\n%w", f.file, err)
	case errors.Is(err, fs.ErrPermission):
		return cli.Failed("edit it as its owner: sudo "+c.CommandPath()+" …", "%w", err)
	case err != nil:
		return err
	}
	for line, err := range file.Missing() {
		fmt.Fprintf(c.ErrOrStderr(), "%s:%d: not there yet: %v\n", f.file, line, err)
	}
	switch {
	case f.dryRun:
		return nil
	case !f.reload:
		fmt.Fprintf(out, "%s is written; to have it take over: %s\n", f.file, f.next())
		return nil
	}
	fmt.Fprintf(out, "%s is written\n", f.file)
	return f.takeOver(c)
}

// next has the file take over, where a Pavise runs and where none does.
func (f *target) next() string {
	if dir, err := cli.RunningState(f.state); err == nil && !admin.Used(dir) {
		return "pavise serve --config " + pavise.Quote(f.file)
	}
	return "pavise reload"
}

// takeOver is what pavise reload does.
func (f *target) takeOver(c *cobra.Command) error {
	for _, sub := range c.Root().Commands() {
		if sub.Name() != "reload" {
			continue
		}
		if f.state != "" {
			if err := sub.Flags().Set("state", f.state); err != nil {
				return err
			}
		}
		sub.SetContext(c.Context())
		return sub.RunE(sub, nil)
	}
	return errors.New("the running Pavise cannot be told")
}

// writeDiff writes a diff, in colours where they are seen.
func writeDiff(w io.Writer, diff string) {
	if !cli.TextFor(w).Color {
		fmt.Fprint(w, diff)
		return
	}
	for line := range strings.Lines(diff) {
		colour := map[byte]string{'+': "\x1b[32m", '-': "\x1b[31m", '@': "\x1b[36m"}[line[0]]
		text, end := strings.CutSuffix(line, "\n")
		fmt.Fprint(w, colour, text, cmp.Or(map[bool]string{true: "\x1b[0m"}[colour != ""], ""), map[bool]string{true: "\n"}[end])
	}
}

// names completes the name of a site, or one of its hosts.
func names(f *target) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		doc, err := f.open()
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var words []string
		for _, s := range sitesOf(doc) {
			words = append(words, s.title())
			for _, h := range s.hosts() {
				if h != s.title() {
					words = append(words, h)
				}
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

func removeCommand() *cobra.Command {
	var f target
	c := &cobra.Command{
		Use: "remove NAME", Short: "Take a site out of the file, with the comments in it and directly above it",
		Example: "  pavise site remove shop --dry-run\n  pavise site remove shop.example.com",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: names(&f),
		RunE: func(c *cobra.Command, args []string) error {
			doc, i, err := f.find(args[0])
			if err != nil {
				return err
			}
			if len(sitesOf(doc)) == 1 {
				return cli.Usage("delete "+f.file+" and stop Pavise", "%s is the only site in %s", args[0], f.file)
			}
			if err := doc.Remove("sites", i); err != nil {
				return err
			}
			return f.finish(c, doc)
		},
	}
	f.write(c)
	return c
}

func switchCommand(name, short string, disabled bool) *cobra.Command {
	var f target
	c := &cobra.Command{
		Use: name + " NAME", Short: short, Example: "  pavise site " + name + " shop",
		Args: cobra.ExactArgs(1), ValidArgsFunction: names(&f),
		RunE: func(c *cobra.Command, args []string) error {
			doc, i, err := f.find(args[0])
			if err != nil {
				return err
			}
			if disabled {
				err = doc.Set(true, "sites", i, "disabled")
			} else if _, there := doc.Value("sites", i, "disabled"); there {
				err = doc.Remove("sites", i, "disabled")
			}
			if err != nil {
				return err
			}
			return f.finish(c, doc)
		},
	}
	f.write(c)
	return c
}

func setCommand() *cobra.Command {
	var f target
	c := &cobra.Command{
		Use: "set KEY=VALUE…", Short: "Set what the file says beside its sites; an empty value removes it",
		Example: "  pavise site set state=/var/lib/pavise\n  pavise site set 'listen={https: \":443\", http: \":80\"}'",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			doc, err := f.open()
			if err != nil {
				return err
			}
			for _, arg := range args {
				key, v, err := keyValue(arg, site.FileKeys())
				if err != nil {
					return err
				}
				if _, there := doc.Value(key); v == nil && there {
					err = doc.Remove(key)
				} else if v != nil {
					err = doc.Set(v, key)
				}
				if err != nil {
					return err
				}
			}
			return f.finish(c, doc)
		},
	}
	f.write(c)
	return c
}

// configFolder is where relative paths in a file begin.
func configFolder(file string) string {
	abs, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	return filepath.Dir(abs)
}

func writeLines(w io.Writer, lines []string) {
	for _, line := range lines {
		fmt.Fprintln(w, line)
	}
}
