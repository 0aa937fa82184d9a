package setup

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"github.com/spf13/pflag"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/install"
)

// ManCommand is pavise man.
func ManCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:   "man --dir DIR",
		Short: "Write the man pages",
		Long: "Man writes a man page of every command into a directory. They and the completions of shells are made\n" +
			"from the commands themselves; pavise install and the package of Debian bring them.",
		Example: "  pavise man --dir ~/.local/share/man/man1 && man pavise-scan",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if dir == "" {
				return cli.Usage("pavise man --dir ~/.local/share/man/man1", "into which directory? --dir must say")
			}
			pages, err := manPages(c.Root())
			if err != nil {
				return err
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			for _, page := range pages {
				if err := os.WriteFile(filepath.Join(dir, page.name), page.text, 0o644); err != nil {
					return err
				}
			}
			fmt.Fprintf(c.OutOrStdout(), "%s in %s\n", pavise.Plural(len(pages), "page"), dir)
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "`DIR` to write them into")
	c.MarkFlagDirname("dir")
	return c
}

type manPage struct {
	name string // pavise-scan.1
	text []byte
}

// manPages are those of a command and all below it, the same for the same commands: they
// bear no date.
func manPages(c *cobra.Command) ([]manPage, error) {
	if c.Hidden || c.Name() == "help" {
		return nil, nil
	}
	c.DisableAutoGenTag = true
	c.InitDefaultHelpFlag()
	c.Flags().VisitAll(nameValue)
	var out bytes.Buffer
	header := &doc.GenManHeader{Title: strings.ToUpper(pageName(c)), Section: "1", Source: "pavise " + cli.Version, Manual: "Pavise", Date: &time.Time{}}
	if err := doc.GenMan(c, header, &out); err != nil {
		return nil, err
	}
	text := bytes.ReplaceAll(out.Bytes(), []byte(`"Jan 0001"`), []byte(`""`))
	text = bytes.ReplaceAll(text, []byte("[=]"), nil)
	pages := []manPage{{pageName(c) + ".1", text}}
	for _, sub := range c.Commands() {
		below, err := manPages(sub)
		if err != nil {
			return nil, err
		}
		pages = append(pages, below...)
	}
	return pages, nil
}

// nameValue has a page show what a flag takes, as --help does, where cobra shows how it is
// written in Go when nobody gives it.
func nameValue(f *pflag.Flag) {
	name, _ := pflag.UnquoteUsage(f)
	if !slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) {
		f.Usage += fmt.Sprintf(" (default %s)", f.DefValue)
	}
	if f.DefValue = name; f.NoOptDefVal != "" {
		f.DefValue = ""
	}
	f.Value = unquoted{f.Value}
}

// An unquoted value is no string to cobra, which would put it in quotes.
type unquoted struct{ pflag.Value }

func (unquoted) Type() string { return "" }

func pageName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// helpFiles are man pages and completions where the system looks for them below share,
// which is /usr/share or /usr/local/share.
func helpFiles(root *cobra.Command, share string) ([]install.File, error) {
	pages, err := manPages(root)
	if err != nil {
		return nil, err
	}
	var files []install.File
	add := func(path string, text []byte) {
		files = append(files, install.File{Path: filepath.Join(share, path), Mode: 0o644, Text: text})
	}
	for _, page := range pages {
		add("man/man1/"+page.name+".gz", zipped(page.text))
	}
	for path, write := range map[string]func(io.Writer) error{
		"bash-completion/completions/pavise":    func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh/site-functions/_pavise":            root.GenZshCompletion,
		"fish/vendor_completions.d/pavise.fish": func(w io.Writer) error { return root.GenFishCompletion(w, true) },
	} {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			return nil, err
		}
		add(path, out.Bytes())
	}
	slices.SortFunc(files, func(a, b install.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// zipped is the text as Debian's policy wants man pages, without a date.
func zipped(text []byte) []byte {
	var out bytes.Buffer
	w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is one
	w.Write(text)
	w.Close()
	return out.Bytes()
}
