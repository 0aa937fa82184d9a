package sites

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
)

// sitesSchema names the form of the list. Fields may be added to it.
const sitesSchema = "pavise.sites/1"

// A listing is the sites of a file, and the commands that write it anew.
type listing struct {
	Schema   string   `json:"schema"`
	File     string   `json:"file"`
	Sites    []listed `json:"sites"`
	Commands []string `json:"commands"`
}

type listed struct {
	Name     string   `json:"name"`
	Hosts    []string `json:"hosts"`
	Backends []string `json:"backends"`
	Disabled bool     `json:"disabled"`
	Default  bool     `json:"default"`
	Line     int      `json:"line"`
}

func listCommand() *cobra.Command {
	var f target
	var asJSON bool
	c := &cobra.Command{
		Use: "list", Short: "Print the commands that write this file anew",
		Long: "List prints a command for each site and setting. Run where there is no file yet, they make one that serves\n" +
			"the same; comments are not in it.",
		Example: "  pavise site list\n  pavise site list --json\n  pavise site list > rebuild.sh",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			doc, err := f.openThere()
			if err != nil {
				return err
			}
			list, err := listingOf(doc, f.file) // of a file with mistakes no command is made: a shell would take them too
			if err != nil {
				return err
			}
			if asJSON {
				return cli.Indented(c.OutOrStdout(), list)
			}
			writeLines(c.OutOrStdout(), list.Commands)
			return nil
		},
	}
	f.read(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	return c
}

// checked reads the file as it is served.
func checked(doc *site.Document, name string) (*site.File, error) {
	file, err := doc.Check()
	var mistakes site.Errors
	if errors.As(err, &mistakes) {
		return nil, cli.Usage("pavise check "+name, "%w", err)
	}
	return file, err
}

func listingOf(doc *site.Document, name string) (*listing, error) {
	file, err := checked(doc, name)
	if err != nil {
		return nil, err
	}
	list := &listing{Schema: sitesSchema, File: name, Sites: []listed{}, Commands: commandsOf(doc, configFolder(name))}
	for _, s := range file.Sites {
		list.Sites = append(list.Sites, listed{s.Name, s.Hosts, s.To.Strings(), s.Disabled, s.Default, s.Line})
	}
	return list, nil
}

// commandsOf write the file anew. Sites that are not served are switched off last: a
// file must serve one.
func commandsOf(doc *site.Document, folder string) []string {
	var add, parts, off, controls []string
	_, located := doc.Value("geoip")
	for _, s := range sitesOf(doc) {
		s.folder = folder
		if v := s.get("controls"); located && v != nil { // they may need what is set behind the sites
			s.put("controls", nil)
			controls = append(controls, "pavise site update "+quote(s.title())+" "+quote("--set=controls="+site.Flow(v)))
		}
		one, itsParts, itsOff := s.commands()
		add, parts, off = append(add, one), append(parts, itsParts...), append(off, itsOff...)
	}
	list := slices.Concat(add, parts, off)
	for _, key := range site.FileKeys() {
		if v, there := doc.Value(key); there {
			list = append(list, "pavise site set "+quote(key+"="+site.Flow(v)))
		}
	}
	return append(list, controls...)
}

// quote makes one word for the shell; for any of them where all of it can be printed.
func quote(text string) string {
	if word := pavise.Quote(text); word == text || strings.ContainsFunc(text, unprintable) {
		return word
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// commands write a site anew: the site, its parts, and that it is not served.
func (s *settings) commands() (add string, parts, off []string) {
	name := s.title()
	if sayTrue(s.get("disabled")) != "" {
		off = []string{"pavise site disable " + quote(name)}
	}
	own := &settings{m: slices.Clone(s.m), folder: s.folder}
	own.put("disabled", nil)
	own.put("name", nil)
	if own.get("to") != nil || own.get("static") != nil {
		own.put("paths", nil)
		for _, p := range s.paths() {
			parts = append(parts, command("update", name, p, appOptions))
		}
	}
	return command("add", name, own, siteOptions), parts, off
}

// command says settings by options, and by --set what they cannot say.
func command(verb, name string, s *settings, options []option) string {
	said := &settings{}
	if path := s.get("path"); path != nil {
		said.put("path", path)
	}
	saying := map[string][]string{}
	for _, o := range options {
		text := o.say(s)
		if text == "" || strings.ContainsFunc(text, unprintable) || o.set(said, text) != nil {
			continue
		}
		arg := "--" + o.name + "=" + s.fromFile(o, text)
		if o.value == "" && text == "true" {
			arg = "--" + o.name
		}
		saying[o.key] = append(saying[o.key], quote(arg))
	}
	args := []string{"pavise", "site", verb, quote(name)}
	for _, p := range s.m {
		switch {
		case p.Key == "path":
			args = append(args, quote("--path="+word(p.Value)))
		case p.Key == "strip":
			args = append(args, quote("--strip="+word(p.Value)))
		case p.Key == "hosts" && verb == "add" && !site.Same(said.get(p.Key), p.Value): // add needs the host
			args = append(args, quote("--host="+first(s.hosts())), quote("--set="+p.Key+"="+site.Flow(p.Value)))
		case site.Same(said.get(p.Key), p.Value):
			args = append(args, saying[p.Key]...)
		default:
			args = append(args, quote("--set="+p.Key+"="+site.Flow(p.Value)))
		}
	}
	return strings.Join(args, " ")
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// fromFile is a path of the file as it must be typed here.
func (s *settings) fromFile(o option, text string) string {
	if o.name != "static" && o.name != "cert" && o.name != "key" {
		return text
	}
	here := &settings{folder: s.folder}
	if here.fromHere(text) == text {
		return text
	}
	return s.folder + "/" + text
}
