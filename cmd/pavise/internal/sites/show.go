package sites

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
)

// shown is one site as it is served.
type shown struct {
	Schema   string   `json:"schema"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Name     string   `json:"name"`
	Says     []saying `json:"says"`
	Commands []string `json:"commands"`
}

// A saying is a line about a site.
type saying struct {
	About string `json:"about"`
	Text  string `json:"text"`
}

func showCommand() *cobra.Command {
	var f target
	var asJSON bool
	c := &cobra.Command{
		Use: "show NAME", Short: "Explain one site as it is served",
		Example: "  pavise site show shop\n  pavise site show www.shop.example.com --json",
		Args:    cobra.ExactArgs(1), ValidArgsFunction: names(&f),
		RunE: func(c *cobra.Command, args []string) error {
			doc, i, err := f.find(args[0])
			if err != nil {
				return err
			}
			file, err := checked(doc, f.file)
			if err != nil {
				return err
			}
			s := file.Sites[i]
			shown := shown{Schema: "pavise.site/1", File: f.file, Line: s.Line, Name: s.Name, Says: explain(file, i, time.Now())}
			written := sitesOf(doc)[i]
			written.folder = configFolder(f.file)
			add, parts, off := written.commands()
			shown.Commands = slices.Concat([]string{add}, parts, off)
			if asJSON {
				return cli.Indented(c.OutOrStdout(), shown)
			}
			shown.write(c.OutOrStdout())
			return nil
		},
	}
	f.read(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

func (s shown) write(w io.Writer) {
	fmt.Fprintf(w, "%s (%s:%d)\n", s.Name, s.File, s.Line)
	for _, line := range s.Says {
		cli.Entry(w, line.About, "%s", line.Text)
	}
}

// explain says how a site is served.
func explain(file *site.File, i int, now time.Time) []saying {
	s := file.Sites[i]
	var list []saying
	say := func(about, format string, args ...any) {
		list = append(list, saying{about, fmt.Sprintf(format, args...)})
	}
	if s.Disabled {
		say("disabled", "it is kept in the file and not served: pavise site enable %s", s.Name)
	}
	say("host", "%s, by https; plain http leads there", s.Hosts[0])
	if len(s.Hosts) > 1 {
		how := "are served the same"
		if s.Canonical {
			how = "lead to " + s.Hosts[0]
		}
		say("aliases", "%s %s", strings.Join(s.Hosts[1:], ", "), how)
	}
	if isDefault(file, i) {
		say("default", "what names no site comes here")
	}
	explainApp(say, "", &s.App)
	for j := range s.Paths {
		p := &s.Paths[j]
		explainApp(say, p.Path, &p.App)
		if p.Strip {
			say(p.Path, "the backend does not see that path")
		}
	}
	certificate := "by an authority, or the local one where none can be asked"
	if s.Cert != "" {
		certificate = s.Cert + " with the key " + s.Key
	}
	say("certificate", "%s", certificate)
	on, observed := cli.Families(s.Policy, now)
	say("controls", "%s", on)
	if observed != "" {
		say("controls", "observed, not enforced: %s", observed)
	}
	for _, id := range slices.Sorted(maps.Keys(s.Controls)) {
		say("controls", "%s has settings of its own", id)
	}
	for _, x := range s.Except {
		say("exception", "%s", x)
	}
	for _, a := range s.Accept {
		say("accepted", "%s", a)
	}
	return list
}

// isDefault reports whether a site answers what names none: the one that says so, or
// else the first that is served.
func isDefault(file *site.File, i int) bool {
	served := -1
	for j, s := range file.Sites {
		if s.Default {
			return j == i
		}
		if served < 0 && !s.Disabled {
			served = j
		}
	}
	return served == i
}

func explainApp(say func(about, format string, args ...any), path string, a *site.App) {
	about := cmp.Or(path, "app")
	if a.Maintenance.On {
		but := ""
		if a.Maintenance.Except != nil {
			but = ", but to " + strings.Join(a.Maintenance.Except, ", ")
		}
		say(about, "maintenance: it answers 503%s", but)
	}
	if to := a.Redirect.To; to != "" {
		how, long := "", "for now"
		if a.Redirect.KeepPath {
			how = ", with the path"
		}
		if a.Redirect.Permanent {
			long = "for good"
		}
		say(about, "leads to %s%s, %s", to, how, long)
	}
	if a.Static.Folder != "" {
		say(about, "files of %s", a.Static.Folder)
		if a.Static.Listing {
			say(about, "folders are listed to everybody")
		}
	}
	for _, b := range a.To {
		weight := ""
		if b.Weight > 1 {
			weight = fmt.Sprintf(", %d times the requests of one of weight 1", b.Weight)
		}
		say(about, "backend %s%s", b.At, weight)
	}
	if len(a.To) > 1 {
		how := cmp.Or(a.Balance, "least-connections")
		if a.Sticky {
			how += ", and a browser stays with one"
		}
		say(about, "balanced by %s", how)
	}
	if a.Health.Path != "" {
		say(about, "asked for %s whether they are well", a.Health.Path)
	}
	if a.WebSockets == "off" {
		say(about, "no WebSockets")
	}
}
