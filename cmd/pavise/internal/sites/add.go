package sites

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/site"
)

// changing is what add and update are told.
type changing struct {
	target
	values           map[string]*string // of the options, by name
	name             string
	set              []string
	path, removePath string
	always           map[string]*string
}

// always is what mechanic has to be told and Pavise does anyway.
var always = []string{"https", "redirect-to-https", "http2"}

func (x *changing) flags(c *cobra.Command) {
	x.write(c)
	x.values, x.always = map[string]*string{}, map[string]*string{}
	for _, o := range siteOptions {
		x.values[o.name] = optionFlag(c, o.name, o.value, o.doc)
	}
	c.RegisterFlagCompletionFunc("balance", cobra.FixedCompletions([]cobra.Completion{"least-connections", "round-robin", "address"}, cobra.ShellCompDirectiveNoFileComp))
	c.Flags().StringVar(&x.path, "path", "", "the part of the site that is meant, such as `/api`, and not all of it")
	c.Flags().StringVar(&x.removePath, "remove-path", "", "have this `PATH` be answered as the rest of the site is")
	x.values["strip"] = optionFlag(c, "strip", "", "with --path: the backend does not see that path")
	x.values["disabled"] = optionFlag(c, "disabled", "", "keep it in the file, not served")
	c.Flags().StringArrayVar(&x.set, "set", nil, "any `KEY=VALUE` of a site, written as in the file; an empty value removes it")
	for _, name := range always {
		x.always[name] = optionFlag(c, name, "", "as Pavise always does; taken for the sake of mechanic's users")
		c.Flags().MarkHidden(name)
	}
}

// An optionText is the value of an option: what its help calls it, or true or false.
type optionText struct{ text, kind string }

func (v *optionText) String() string        { return v.text }
func (v *optionText) Set(text string) error { v.text = text; return nil }
func (v *optionText) Type() string          { return v.kind }

// optionFlag takes a text, or for true or false none.
func optionFlag(c *cobra.Command, name, value, doc string) *string {
	v := &optionText{kind: cmp.Or(value, "bool")}
	if flag := c.Flags().VarPF(v, name, "", doc); value == "" {
		flag.NoOptDefVal = "true"
	}
	return &v.text
}

func addCommand() *cobra.Command {
	x := new(changing)
	c := &cobra.Command{
		Use: "add NAME", Short: "Add a site",
		Long: "Add writes a new site into the file, which is made where there is none. NAME is what commands call it; a host\n" +
			"name may stand for both. Every site is served by https, and plain http leads there: that needs no option.",
		Example: "  pavise site add shop.example.com --backends 3000\n" +
			"  pavise site add shop --host shop.example.com --aliases www.shop.example.com --canonical --backends 3000,3001 --weights 3,1\n" +
			"  pavise site add old --host old.example.com --redirect-full https://new.example.com --permanent",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error { return x.add(c, args[0]) },
	}
	x.flags(c)
	return c
}

func updateCommand() *cobra.Command {
	x := new(changing)
	c := &cobra.Command{
		Use: "update NAME", Short: "Change a site, which is named by its name or one of its hosts",
		Long: "Update changes what it is told and nothing else. An option with an empty value, or =false, takes its setting away.",
		Example: "  pavise site update shop --backends 3000,3001,3002\n" +
			"  pavise site update shop --path /api --backends 4000 --strip\n" +
			"  pavise site update shop --static= --dry-run",
		Args: cobra.ExactArgs(1), ValidArgsFunction: names(&x.target),
		RunE: func(c *cobra.Command, args []string) error { return x.update(c, args[0]) },
	}
	x.flags(c)
	c.Flags().StringVar(&x.name, "name", "", "another `NAME` for it")
	return c
}

func (x *changing) add(c *cobra.Command, name string) error {
	doc, err := x.open()
	if err != nil {
		return err
	}
	for _, s := range sitesOf(doc) {
		if s.title() == name {
			return cli.Usage("pavise site update "+name, "there is a site %s already", name)
		}
	}
	s := &settings{folder: configFolder(x.file)}
	if *x.values["host"] == "" {
		if _, err := site.Hosts([]string{name}); err != nil || !strings.Contains(name, ".") && name != "localhost" {
			return cli.Usage("pavise site add "+name+" --host "+name+".example.com", "which host is it? --host must say")
		}
		s.put("hosts", site.List{name})
	} else {
		s.put("name", name)
	}
	if err := x.apply(c, s); err != nil {
		return err
	}
	if first(s.hosts()) == name {
		s.put("name", nil)
	}
	if s.get("to") == nil && s.get("static") == nil && s.get("redirect") == nil && s.get("paths") == nil {
		return cli.Usage("pavise site add "+name+" --backends 3000", "what answers there? --backends, --static or --redirect must say")
	}
	s.ordered(site.SiteKeys())
	if err := x.onlyDefault(c, doc, -1); err != nil {
		return err
	}
	if err := doc.Append(site.Items{s.m}, "sites"); err != nil {
		return err
	}
	return x.finish(c, doc)
}

func (x *changing) update(c *cobra.Command, name string) error {
	doc, i, err := x.find(name)
	if err != nil {
		return err
	}
	if err := x.renamePath(doc, i); err != nil {
		return err
	}
	s := sitesOf(doc)[i]
	s.folder = configFolder(x.file)
	if x.name != "" {
		s.put("name", x.name)
	}
	if err := x.apply(c, s); err != nil {
		return err
	}
	s.ordered(site.SiteKeys())
	if err := x.onlyDefault(c, doc, i); err != nil {
		return err
	}
	if err := doc.Set(s.m, "sites", i); err != nil {
		return err
	}
	return x.finish(c, doc)
}

// onlyDefault takes the default from the site that has it, where another gets it.
func (x *changing) onlyDefault(c *cobra.Command, doc *site.Document, but int) error {
	if on, _ := truth(*x.values["default"]); !on {
		return nil
	}
	for i, s := range sitesOf(doc) {
		if i == but || sayTrue(s.get("default")) == "" {
			continue
		}
		fmt.Fprintf(c.ErrOrStderr(), "note: %s was the default until now\n", s.title())
		if err := doc.Remove("sites", i, "default"); err != nil {
			return err
		}
	}
	return nil
}

// apply lays the options over the settings.
func (x *changing) apply(c *cobra.Command, s *settings) error {
	for _, name := range always {
		if !c.Flags().Changed(name) {
			continue
		}
		if on, err := truth(*x.always[name]); err != nil || !on {
			return cli.Usage("leave it out", "--%s=%s: Pavise serves every site by https alone", name, *x.always[name])
		}
		fmt.Fprintf(c.ErrOrStderr(), "note: --%s: Pavise always does, and there is nothing to set\n", name)
	}
	if x.removePath != "" {
		if err := s.removePath(x.removePath); err != nil {
			return err
		}
	}
	part, options, keys := s, siteOptions, site.SiteKeys()
	if x.path != "" {
		part, options, keys = s.pathSettings(x.path), appOptions, site.PathKeys()
		for _, o := range siteOptions {
			if c.Flags().Changed(o.name) && !o.app {
				if o.key == "hosts" && !slices.ContainsFunc(s.m, func(p site.Pair) bool { return p.Key == "to" }) {
					continue // of add: the host is the site's
				}
				return cli.Usage("two commands: one for the site, one with --path", "--%s is of a whole site, and --path names a part", o.name)
			}
		}
	}
	if err := applyOptions(c, x.values, options, part); err != nil {
		return err
	}
	if err := x.oneKey(c, "strip", part, x.path != ""); err != nil {
		return err
	}
	if err := x.oneKey(c, "disabled", s, true); err != nil {
		return err
	}
	for _, arg := range x.set {
		key, v, err := keyValue(arg, keys)
		if err != nil {
			return err
		}
		part.put(key, v)
	}
	if x.path != "" {
		part.ordered(site.PathKeys())
		s.putPath(part)
	}
	return nil
}

func (x *changing) oneKey(c *cobra.Command, key string, s *settings, may bool) error {
	if !c.Flags().Changed(key) {
		return nil
	}
	on, err := truth(*x.values[key])
	switch {
	case err != nil:
		return cli.Usage("--"+key+", or --"+key+"=false", "--%s: %w", key, err)
	case !may:
		return cli.Usage("--path /api --"+key, "--%s is of a part of a site", key)
	}
	s.put(key, map[bool]any{true: true}[on])
	return nil
}

// applyOptions lays those options over settings that were given.
func applyOptions(c *cobra.Command, values map[string]*string, options []option, s *settings) error {
	for _, o := range options {
		if !c.Flags().Changed(o.name) {
			continue
		}
		if err := o.set(s, *values[o.name]); err != nil {
			return cli.Usage(c.CommandPath()+" --help", "--%s: %w", o.name, err)
		}
	}
	return nil
}
