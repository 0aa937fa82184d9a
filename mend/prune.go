package mend

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"pavise"
	"pavise/internal/versions"
)

// An overrule stands in a package.json: an asker gets one version of a package.
type overrule struct {
	file     string
	path     []string // of keys
	by, name string
}

// pruned is the outcome without overrides that are no longer needed.
type pruned struct {
	Evidence *pavise.Evidence
	Findings []pavise.Finding
	Done     []Outcome
}

// prune takes out the overrides whose askers another version has come for, or none: what
// was right for the old one holds the new one back. Where the outcome is worse they stay,
// and it returns nil.
func (w *Work) prune(ctx context.Context, e *pavise.Evidence, findings []pavise.Finding, chosen []Chosen) (*pruned, error) {
	needless, err := w.needless(e.Project)
	if err != nil || len(needless) == 0 {
		return nil, err
	}
	was, err := w.snapshot()
	if err != nil {
		return nil, err
	}
	if err := w.without(ctx, needless); err == nil {
		w.say("audit of the outcome, without what is no longer overridden")
		light, less, err := w.opt.Audit(ctx, w.copy.dir)
		if err == nil && proven(w.Findings, less, chosen) == nil && len(harms(less)) <= len(harms(findings)) {
			p := &pruned{Evidence: light, Findings: less}
			for _, o := range needless {
				p.Done = append(p.Done, Outcome{What: o.name + " for " + o.by, Kind: Override, Text: "no longer needed, out of " + o.file})
			}
			return p, nil
		}
	}
	return nil, errors.Join(w.back(was), ctx.Err())
}

// needless are the overrides of exact versions whose asker is not as it was.
func (w *Work) needless(after *pavise.Project) ([]overrule, error) {
	if after == nil || w.Evidence.Project == nil {
		return nil, nil
	}
	was, is := versionsOf(w.Evidence.Project), versionsOf(after)
	var list []overrule
	for _, m := range w.before.Project.Manifests {
		file := path.Join(path.Dir(m.File), "package.json")
		if !m.Lock || !filepath.IsLocal(file) || m.Ecosystem != "" && m.Ecosystem != pavise.NPM {
			continue
		}
		text, err := w.copy.read(file)
		if err != nil {
			return nil, err
		}
		d, err := readJSON(text)
		if err != nil {
			continue // there is none, or it cannot be edited
		}
		for _, o := range overrules(d) {
			o.file = file
			twice := slices.ContainsFunc(list, func(l overrule) bool { return l.file == file && slices.Equal(l.path, o.path) })
			if was[o.by] != "" && was[o.by] != is[o.by] && !twice {
				list = append(list, o)
			}
		}
	}
	return list, nil
}

// versionsOf are the versions of each package of npm, joined.
func versionsOf(p *pavise.Project) map[string]string {
	sets := map[string][]string{}
	for _, pack := range p.Packages {
		if pack.Ecosystem == pavise.NPM {
			sets[pack.Name] = append(sets[pack.Name], pack.Version)
		}
	}
	joined := map[string]string{}
	for name, list := range sets {
		slices.Sort(list)
		joined[name] = strings.Join(slices.Compact(list), " ")
	}
	return joined
}

// overrules are the overrides of npm, pnpm and yarn in the form in which [unit.override]
// writes them: an asker, a package, an exact version.
func overrules(d *jsonText) []overrule {
	npm, _ := versions.Of(pavise.NPM)
	var list []overrule
	add := func(by, name string, at ...string) {
		if v, ok := d.get(at...); ok && by != "" && name != "" && name != "." && npm.Valid(v) {
			list = append(list, overrule{path: at, by: by, name: name})
		}
	}
	own, _ := d.find([]string{"overrides"})
	for _, by := range own.members {
		for _, m := range by.value.members {
			add(by.key, m.key, "overrides", by.key, m.key)
		}
	}
	pnpm, _ := d.find([]string{"pnpm", "overrides"})
	for _, m := range pnpm.members {
		by, name, _ := strings.Cut(m.key, ">")
		add(by, name, "pnpm", "overrides", m.key)
	}
	yarn, _ := d.find([]string{"resolutions"})
	for _, m := range yarn.members {
		by, name := asked(strings.TrimPrefix(m.key, "**/"))
		add(by, name, "resolutions", m.key)
	}
	return list
}

// asked parts "express/qs" and "@own/tool/@own/part".
func asked(key string) (by, name string) {
	at := strings.IndexByte(key, '/')
	if strings.HasPrefix(key, "@") && at >= 0 { // its first is of the scope
		next := strings.IndexByte(key[at+1:], '/')
		if next < 0 {
			return "", ""
		}
		at += 1 + next
	}
	if at < 0 {
		return "", ""
	}
	return key[:at], key[at+1:]
}

// without takes overrides out, and has the lockfiles brought up to that.
func (w *Work) without(ctx context.Context, list []overrule) error {
	units := map[string]*unit{}
	for _, o := range list {
		u, err := w.unitOf(Step{Ecosystem: pavise.NPM, File: o.file})
		if err != nil {
			return err
		}
		text, err := w.copy.read(o.file)
		if err != nil {
			return err
		}
		d, err := readJSON(text)
		if err != nil {
			return err
		}
		for at := o.path; len(at) > 0; at = at[:len(at)-1] { // and what is empty then
			if n, _ := d.find(at); len(n.members) > 0 {
				break
			}
			if _, err := d.remove(at...); err != nil {
				return err
			}
		}
		if err := w.copy.write(o.file, d.text); err != nil {
			return err
		}
		if u != nil {
			units[u.file(u.lock)] = u
		}
	}
	written, err := w.snapshot()
	if err != nil {
		return err
	}
	for file, u := range units {
		w.say("%s brings %s up to date", u.name, file)
		if err := u.renew(ctx, u, nil); err != nil {
			return err
		}
	}
	return w.back(manifests(written))
}
