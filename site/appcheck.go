package site

import (
	"cmp"
	"io/fs"
	"net"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// What one file may have of each, so that a request is never looked up in more.
const (
	maxBackends = 100
	maxPaths    = 1000
)

// together notes what sites cannot be beside each other.
func (d *decoder) together(sites []Site) {
	names, first := map[string]int{}, 0
	served := false
	for i := range sites {
		s := &sites[i]
		n := d.where[s]
		if n == nil {
			continue
		}
		d.name(s, names)
		served = served || !s.Disabled
		switch at := d.where[&s.Default]; {
		case !s.Default:
		case s.Disabled:
			d.fail(at, "", "default: a disabled site answers nothing")
		case first != 0:
			d.fail(at, "", "default: the site on line %d is that already", first)
		default:
			first = s.Line
		}
	}
	if len(sites) > 0 && !served && d.where[&sites[0].Disabled] != nil {
		d.fail(d.where[&sites[0].Disabled], "", "disabled: no site is left to serve")
	}
}

// name gives a site that has none the name of its first host.
func (d *decoder) name(s *Site, names map[string]int) {
	n := d.where[&s.Name]
	if n == nil {
		if len(s.Hosts) == 0 {
			return
		}
		s.Name, n = s.Hosts[0], d.where[s]
	}
	const may = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:"
	switch {
	case s.Name == "" || len(s.Name) > 253 || strings.Trim(s.Name, may) != "" || s.Name[0] == '-':
		if d.where[&s.Name] != nil { // else the host has been told of
			d.fail(n, "letters, digits, and . - _ between them", "name: %s is no name for a site", show(s.Name))
		}
	case names[s.Name] != 0:
		d.fail(n, "", "name: the site on line %d is called %s already", names[s.Name], show(s.Name))
	default:
		names[s.Name] = s.Line
	}
}

// apps notes what is wrong with what answers for a site and for its paths.
func (d *decoder) apps(s *Site, at Listen, to func(string) error) {
	if !d.written(s, "to", "static", "redirect", "paths") {
		d.fail(d.where[s], "or static, redirect or paths", "sites: to is missing")
	}
	d.app(&s.App, to)
	if len(s.Paths) > maxPaths {
		d.fail(d.where[&s.Paths], "", "paths: one site has at most %d", maxPaths)
		return
	}
	seen := map[string]int{}
	for i := range s.Paths {
		p := &s.Paths[i]
		n := d.where[p]
		if n == nil {
			continue
		}
		p.Line = n.Line
		d.prefix(&p.Path, seen)
		d.app(&p.App, to)
		if n := d.where[&p.Strip]; p.Strip && len(p.To) == 0 && p.Static.Folder == "" && !p.Redirect.KeepPath {
			d.fail(n, "add to, or delete it", "paths: strip is for a path with backends, files or a redirect of its own")
		}
	}
	d.circles(s, at)
}

// written reports whether the file says one of these of a site, be it wrong.
func (d *decoder) written(s *Site, keys ...string) bool {
	return slices.ContainsFunc(keys, func(name string) bool {
		key, _ := entry(d.where[s], name)
		return key != nil
	})
}

// prefix notes why a path is none that requests can be told by.
func (d *decoder) prefix(s *string, seen map[string]int) {
	n := d.where[s]
	if n == nil || *s == "" {
		return
	}
	switch _, err := pavise.ParsePattern(*s); {
	case *s == "/":
		d.fail(n, "say it of the site itself", "paths: / is the whole site")
	case strings.HasSuffix(*s, "/") && strings.HasPrefix(*s, "/"):
		d.fail(n, "write "+show(strings.TrimRight(*s, "/")), "paths: %s ends in a slash", show(*s))
	case err != nil || strings.ContainsAny(*s, "* "):
		d.fail(n, "such as /api", "paths: want the begin of a decoded path, without method, query, * or dot segments, got %s", show(*s))
	case seen[strings.ToLower(*s)] != 0:
		d.fail(n, "", "paths: %s is already named on line %d", *s, seen[strings.ToLower(*s)])
	default:
		seen[strings.ToLower(*s)] = n.Line
	}
}

// app notes what is wrong with what answers.
func (d *decoder) app(a *App, to func(string) error) {
	d.backends(a, to)
	d.choice(&a.Balance, "balance", "least-connections", "round-robin", "address")
	d.choice(&a.WebSockets, "websockets", "on", "off")
	d.health(&a.Health)
	d.static(a)
	d.redirect(a)
	d.maintenance(&a.Maintenance)
}

// choice notes a word that is none of those that may stand there.
func (d *decoder) choice(s *string, key string, may ...string) {
	if n := d.where[s]; n != nil && !slices.Contains(may, *s) {
		d.fail(n, didYouMean(*s, may), "%s: unknown word %s", key, show(*s))
	}
}

func (d *decoder) backends(a *App, to func(string) error) {
	n := d.where[&a.To]
	switch {
	case n != nil && len(a.To) == 0:
		d.fail(n, "such as [3000, 3001]", "to: must not be empty")
	case len(a.To) > maxBackends:
		d.fail(n, "", "to: at most %d backends", maxBackends)
		return
	}
	seen := map[string]int{}
	for i := range a.To {
		b := &a.To[i]
		n := d.where[&b.At]
		if n == nil {
			continue
		}
		b.Line = n.Line
		switch {
		case seen[b.At] != 0:
			d.fail(n, "give it a weight instead", "to: %s is already named on line %d", show(b.At), seen[b.At])
		case to != nil:
			d.upstream(&b.At, to)
		}
		seen[b.At] = n.Line
		d.within(&b.Weight, "to: weight", 1, 100)
	}
	for key, at := range map[string]any{"balance": &a.Balance, "sticky": &a.Sticky, "health": &a.Health} {
		if n := d.where[at]; n != nil && d.where[&a.To] == nil {
			d.fail(n, "add to, or delete it", "%s is about backends, and there are none here", key)
		}
	}
}

// within notes a number that is out of its bounds.
func (d *decoder) within(number *int, key string, least, most int) {
	if n := d.where[number]; n != nil && (*number < least || *number > most) {
		d.fail(n, "", "%s: must be %d to %d, not %d", key, least, most, *number)
	}
}

// during notes a time that is out of its bounds.
func (d *decoder) during(t *time.Duration, key string, least, most time.Duration) {
	if n := d.where[t]; n != nil && (*t < least || *t > most) {
		d.fail(n, "", "%s: must be %s to %s, not %s", key, brief(least), brief(most), brief(*t))
	}
}

// brief is a duration without what is nothing of it.
func brief(t time.Duration) string {
	s := t.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func (d *decoder) health(h *Health) {
	d.path("health: path", &h.Path)
	d.during(&h.Every, "health: every", 100*time.Millisecond, time.Hour)
	d.during(&h.Timeout, "health: timeout", 10*time.Millisecond, time.Minute)
	d.within(&h.Fails, "health: fails", 1, 100)
	d.within(&h.Passes, "health: passes", 1, 100)
}

func (d *decoder) static(a *App) {
	s := &a.Static
	if n := d.where[s]; n != nil {
		s.Line = n.Line
	}
	if n := d.where[&s.Fallback]; n != nil && len(a.To) > 0 {
		d.fail(n, "delete one of them", "static: fallback does not go with to: what is no file is asked of the backends")
	}
	for i := range s.Index {
		if n, name := d.where[&s.Index[i]], s.Index[i]; n != nil && (name == "" || name[0] == '.' || strings.ContainsAny(name, `/\`)) {
			d.fail(n, "such as index.html", "static: index: want the name of a file, got %s", show(name))
		}
	}
	if n := d.where[&s.Fallback]; n != nil && (!fs.ValidPath(s.Fallback) || strings.HasPrefix(path.Base(s.Fallback), ".")) {
		d.fail(n, "such as index.html", "static: fallback: want a file within the folder, got %s", show(s.Fallback))
	}
}

func (d *decoder) maintenance(m *Maintenance) {
	if n := d.where[m]; n != nil {
		m.Line = n.Line
	}
	d.during(&m.RetryAfter, "maintenance: retry-after", time.Second, 30*24*time.Hour)
}

func (d *decoder) redirect(a *App) {
	r := &a.Redirect
	n := d.where[&r.To]
	if n == nil {
		return
	}
	u, err := url.Parse(r.To)
	switch {
	case err == nil && u.Host == "" && u.Scheme == "" && validPath(r.To):
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil:
		d.fail(n, "such as https://new.example.com/shop", "redirect: want an address, got %s", show(r.To))
		return
	}
	if r.KeepPath && (u.RawQuery != "" || u.Fragment != "") {
		d.fail(n, "", "redirect: an address that path and query are added to has no query and no fragment of its own")
	}
	for key, also := range map[string]*yaml.Node{"to": d.where[&a.To], "static": d.where[&a.Static]} {
		if also != nil {
			d.fail(also, "delete one of them", "%s does not go with redirect: that leads everything away", key)
		}
	}
}

// circles notes redirects that lead to themselves.
func (d *decoder) circles(s *Site, at Listen) {
	d.circle(s, &s.App, "", at)
	for i := range s.Paths {
		d.circle(s, &s.Paths[i].App, s.Paths[i].Path, at)
	}
}

func (d *decoder) circle(s *Site, a *App, prefix string, at Listen) {
	u, err := url.Parse(a.Redirect.To)
	n := d.where[&a.Redirect.To]
	if err != nil || n == nil || u.Host != "" && !(slices.Contains(s.Hosts, strings.ToLower(u.Hostname())) && at.asked(u)) {
		return
	}
	if best := s.route(cmp.Or(u.Path, "/")); best == prefix {
		d.fail(n, "", "redirect: %s leads back to itself", show(a.Redirect.To))
	}
}

// asked reports whether the port of an address is ours, or the one of its scheme, which may
// be forwarded to it.
func (l Listen) asked(u *url.URL) bool {
	own, usual := l.HTTPS, "443"
	if u.Scheme == "http" {
		own, usual = l.HTTP, "80"
	}
	_, ours, _ := net.SplitHostPort(own)
	port := cmp.Or(u.Port(), usual)
	return port == usual || port == ours
}

// route is the path of the site that a path belongs to; "" is the site itself.
func (s *Site) route(path string) string {
	best := ""
	for i := range s.Paths {
		p := s.Paths[i].Path
		if rest, ok := strings.CutPrefix(path, p); ok && (rest == "" || rest[0] == '/') && len(p) > len(best) {
			best = p
		}
	}
	return best
}
