package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pavise/site"
)

// siteChange is what add and update are told.
type siteChange struct {
	siteTarget
	values           map[string]*string // of the options, by name
	name             string
	set              []string
	path, removePath string
	always           map[string]*string
}

// always is what mechanic has to be told and Pavise does anyway.
var always = []string{"https", "redirect-to-https", "http2"}

func (x *siteChange) flags(c *cobra.Command) {
	x.write(c)
	x.values, x.always = map[string]*string{}, map[string]*string{}
	for _, o := range siteOptions {
		x.values[o.name] = optionFlag(c, o.name, o.value, o.doc)
	}
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

func siteAddCommand() *cobra.Command {
	x := new(siteChange)
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

func siteUpdateCommand() *cobra.Command {
	x := new(siteChange)
	c := &cobra.Command{
		Use: "update NAME", Short: "Change a site, which is named by its name or one of its hosts",
		Long: "Update changes what it is told and nothing else. An option with an empty value, or =false, takes its setting away.",
		Example: "  pavise site update shop --backends 3000,3001,3002\n" +
			"  pavise site update shop --path /api --backends 4000 --strip\n" +
			"  pavise site update shop --static= --dry-run",
		Args: cobra.ExactArgs(1), ValidArgsFunction: siteNames(&x.siteTarget),
		RunE: func(c *cobra.Command, args []string) error { return x.update(c, args[0]) },
	}
	x.flags(c)
	c.Flags().StringVar(&x.name, "name", "", "another `NAME` for it")
	return c
}

func (x *siteChange) add(c *cobra.Command, name string) error {
	doc, err := x.open()
	if err != nil {
		return err
	}
	for _, s := range sitesOf(doc) {
		if s.title() == name {
			return usage("pavise site update "+name, "there is a site %s already", name)
		}
	}
	s := &settings{folder: configFolder(x.file)}
	if *x.values["host"] == "" {
		if _, err := site.Hosts([]string{name}); err != nil || !strings.Contains(name, ".") && name != "localhost" {
			return usage("pavise site add "+name+" --host "+name+".example.com", "which host is it? --host must say")
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
		return usage("pavise site add "+name+" --backends 3000", "what answers there? --backends, --static or --redirect must say")
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

func (x *siteChange) update(c *cobra.Command, name string) error {
	doc, i, err := x.find(name)
	if err != nil {
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
func (x *siteChange) onlyDefault(c *cobra.Command, doc *site.Document, but int) error {
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
func (x *siteChange) apply(c *cobra.Command, s *settings) error {
	for _, name := range always {
		if !c.Flags().Changed(name) {
			continue
		}
		if on, err := truth(*x.always[name]); err != nil || !on {
			return usage("leave it out", "--%s=%s: Pavise serves every site by https alone", name, *x.always[name])
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
			if c.Flags().Changed(o.name) && !o.app && x.path != "" {
				if o.key == "hosts" && !slices.ContainsFunc(s.m, func(p site.Pair) bool { return p.Key == "to" }) {
					continue // of add: the host is the site's
				}
				return usage("two commands: one for the site, one with --path", "--%s is of a whole site, and --path names a part", o.name)
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

func (x *siteChange) oneKey(c *cobra.Command, key string, s *settings, may bool) error {
	if !c.Flags().Changed(key) {
		return nil
	}
	on, err := truth(*x.values[key])
	switch {
	case err != nil:
		return usage("--"+key+", or --"+key+"=false", "--%s: %w", key, err)
	case !may:
		return usage("--path /api --"+key, "--%s is of a part of a site", key)
	}
	s.put(key, map[bool]any{true: true}[on])
	return nil
}

// applyOptions lays those options over settings that were given.
func applyOptions(c *cobra.Command, values map[string]*string, options []siteOption, s *settings) error {
	for _, o := range options {
		if !c.Flags().Changed(o.name) {
			continue
		}
		if err := o.set(s, *values[o.name]); err != nil {
			return usage(c.CommandPath()+" --help", "--%s: %w", o.name, err)
		}
	}
	return nil
}

// pathSettings are those of a part of the site, there or not yet.
func (s *settings) pathSettings(path string) *settings {
	for _, p := range s.paths() {
		if word(p.get("path")) == path {
			return p
		}
	}
	return &settings{m: site.Map{{Key: "path", Value: path}}, folder: s.folder}
}

func (s *settings) paths() []*settings {
	var list []*settings
	items, _ := s.get("paths").(site.List)
	for _, item := range items {
		if m, ok := item.(site.Map); ok {
			list = append(list, &settings{m: slices.Clone(m), folder: s.folder})
		}
	}
	return list
}

// putPath puts the settings of a part in the place of those that were there.
func (s *settings) putPath(part *settings) {
	var items site.Items
	found := false
	for _, p := range s.paths() {
		if same := word(p.get("path")) == word(part.get("path")); same {
			p, found = part, true
		}
		items = append(items, p.m)
	}
	if !found {
		items = append(items, part.m)
	}
	s.put("paths", items)
}

func (s *settings) removePath(path string) error {
	var items site.Items
	var known []string
	found := false
	for _, p := range s.paths() {
		known = append(known, word(p.get("path")))
		if word(p.get("path")) == path {
			found = true
		} else {
			items = append(items, p.m)
		}
	}
	if !found {
		return usage("it has "+strings.Join(append(known, "no other"), ", "), "%s has no path %s", s.title(), path)
	}
	if items == nil {
		s.put("paths", nil)
	} else {
		s.put("paths", items)
	}
	return nil
}

// ordered puts the keys into the order of the documentation.
func (s *settings) ordered(keys []string) {
	slices.SortStableFunc(s.m, func(a, b site.Pair) int {
		return placed(keys, a.Key) - placed(keys, b.Key)
	})
}

func placed(keys []string, key string) int {
	if i := slices.Index(keys, key); i >= 0 {
		return i
	}
	return len(keys)
}

// sitesOf are the settings of each site.
func sitesOf(doc *site.Document) []*settings {
	var list []*settings
	v, _ := doc.Value("sites")
	items, _ := v.(site.List)
	for _, item := range items {
		m, _ := item.(site.Map)
		list = append(list, &settings{m: m})
	}
	return list
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
