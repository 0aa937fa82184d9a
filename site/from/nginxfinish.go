package from

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"pavise"
	"pavise/site"
)

// maxParts is how many paths the file may name of one site.
const maxParts = 1000

// finish makes a site of what was built, if there is anything that answers.
func (n *nginx) finish(b *built) {
	if len(b.parts) > maxParts {
		n.tell(b.at, Left, fmt.Sprintf("a site has at most %d paths: no site is made of it", maxParts), "pavise site add "+b.hosts[0]+" --host "+b.hosts[0]+" --backends PORT")
		return
	}
	all := append([]*part{&b.app}, b.parts...)
	n.circles(b, all)
	for _, p := range all {
		n.files(b, p)
	}
	n.dotted(b, all)
	for _, p := range append(all, &b.server) {
		switch {
		case p.folder == "" || p.withheld || p.folder == unknown:
		case p.served:
			n.tell(p.said, Carried, "", "")
		default:
			n.tell(p.said, Implied, "none of its files is served", "")
		}
	}
	if !slices.ContainsFunc(all, (*part).answers) {
		n.tell(b.at, Left, "nothing in it answers that can be carried over: no site is made of it", "pavise site add "+b.hosts[0]+" --host "+b.hosts[0]+" --backends PORT")
		return
	}
	n.tell(b.at, Carried, "as the site "+b.hosts[0], "")
	if b.app.answers() {
		b.app.close()
	}
	m := append(append(site.Map{{Key: "hosts", Value: site.Texts(b.hosts)}}, b.Map...), b.app.m...)
	var paths site.Items
	for _, p := range b.parts {
		closed := p.close()
		if p.lost && !p.answers() && !closed {
			p.m.Put("maintenance", true)
			n.tell(p.at, Left, "what answers there cannot be carried over: it is closed, as maintenance", "pavise site update "+b.option(p)+" --backends PORT --maintenance=false")
			closed = true
		}
		if closed || p.answers() {
			paths = append(paths, ordered(append(site.Map{{Key: "path", Value: p.path}}, p.m...), site.PathKeys()))
		}
	}
	if paths != nil {
		m.Put("paths", paths)
	}
	if size := b.limits(); size != nil {
		m.Put("controls", site.Map{{Key: "requests.size", Value: size}})
	}
	if slices.ContainsFunc(all, func(p *part) bool { return far(p.m.Get("to")) }) {
		m.Put("allow-remote-upstream", true)
	}
	n.guardedParts(b)
	b.Map = ordered(m, site.SiteKeys())
	n.Sites = append(n.Sites, b.Site)
}

// answers reports whether a part says what answers.
func (p *part) answers() bool {
	return slices.ContainsFunc([]string{"to", "static", "redirect"}, func(key string) bool { return p.m.Get(key) != nil })
}

// bare takes off what a part must not say: what answers, and what is about it.
func (p *part) bare(keys ...string) {
	for _, key := range keys {
		p.m.Put(key, nil)
	}
}

// inherits is the nearest of a part and those that it stands in of which something is
// true, or none of them: a part that says nothing.
func (p *part) inherits(is func(*part) bool) *part {
	for up := p; up != nil; up = up.up {
		if is(up) {
			return up
		}
	}
	return &part{}
}

func (p *part) hasFolder() bool { return p.folder != "" }

// files has a part serve those of its folder, as far as nginx would: where all is passed
// to a backend it looks at none.
func (n *nginx) files(b *built, p *part) {
	switch {
	case p.refused():
		p.bare("to", "balance", "strip", "redirect")
		return
	case p.m.Get("redirect") != nil:
		p.bare("to", "balance", "strip")
		return
	case p.unshown || b.server.unshown:
		p.lost = true
		return
	case (p.passed || p.lost) && !p.tried:
		return
	case p.secured > 0 && p.folder == "" && (p.path != "" || p.secured == b.half):
		return // it leads to https alone
	}
	of := p.inherits((*part).hasFolder)
	switch {
	case of.folder == "":
		return
	case of.folder == unknown:
		p.lost = true
		return
	}
	folder := of.folder
	if of.alias { // which stands for the path of where it is said
		folder = strings.TrimRight(folder, "/") + strings.TrimPrefix(p.path, of.path)
		p.m.Put("strip", true)
	}
	if !p.strict && b.runs(folder) {
		p.lost, of.withheld = true, true
		n.tell(of.said, Left, "nginx has programs in this folder run and never shows them: none of it is served", "keep a web server on loopback in front of them, and name its port: pavise site update "+b.hosts[0]+" --backends PORT")
		return
	}
	m := site.Map{{Key: "folder", Value: folder}}
	index := p.inherits(func(p *part) bool { return p.index != nil }).index
	if len(index) > 0 && !slices.Equal(index, []string{"index.html"}) {
		m.Put("index", site.Texts(index))
	}
	if p.inherits(func(p *part) bool { return p.listing != "" }).listing == "on" {
		m.Put("listing", true)
	}
	if p.fallback != "" && p.m.Get("to") == nil {
		if of.alias {
			p.fallback = strings.TrimPrefix("/"+p.fallback, p.path+"/")
		}
		m.Put("fallback", strings.TrimPrefix(p.fallback, "/"))
	}
	p.m.Put("static", m.Short("folder"))
	of.served = true
	for _, path := range p.rewritten {
		if b.paths[strings.ToLower(path)] == nil {
			b.part(p, path, p.at).lost = true
		}
	}
	p.shut = p.shut || p.inherits(func(p *part) bool { return p.inner }).inner
}

// A program is where files lie that nginx has run by their names, and never shows.
type program struct {
	folder string
	up     *part
}

// ran notes the programs of a location that is not for all below a path.
func (b *built) ran(d pavise.Directive, up *part) {
	made := program{up: up}
	runs := false
	for _, in := range d.Block {
		switch in.Name {
		case "root", "alias":
			made.folder = folderOf(in)
		case "fastcgi_pass", "uwsgi_pass", "scgi_pass":
			runs = true
		case "proxy_pass":
			runs = runs || programs.MatchString(strings.Join(d.Args, " "))
		}
	}
	if runs {
		if b.programs == nil {
			b.programs = map[program]bool{}
		}
		b.programs[made] = true
	}
}

// runs reports whether programs lie in a folder, above or below it.
func (b *built) runs(folder string) bool {
	folder = strings.TrimRight(folder, "/") + "/"
	if len(b.programs) > maxParts {
		return true // too many to look at for each part
	}
	for of := range b.programs {
		if of.folder == "" {
			of.folder = of.up.inherits((*part).hasFolder).folder
		}
		with := strings.TrimRight(of.folder, "/") + "/"
		if of.folder == "" || of.folder == unknown || strings.HasPrefix(with, folder) || strings.HasPrefix(folder, with) {
			return true
		}
	}
	return false
}

// circles takes off redirects that would lead back to where they are.
func (n *nginx) circles(b *built, all []*part) {
	for _, p := range all {
		r := p.m.Get("redirect")
		if m, ok := r.(site.Map); ok {
			r = m.Get("to")
		}
		to, _ := r.(string)
		u, err := url.Parse(to)
		if to == "" || err != nil || u.Host != "" && !slices.Contains(b.hosts, strings.ToLower(u.Hostname())) {
			continue
		}
		best := &b.app
		for _, other := range b.parts {
			if rest, ok := strings.CutPrefix(u.Path, other.path); ok && (rest == "" || rest[0] == '/') && len(other.path) > len(best.path) {
				best = other
			}
		}
		if best == p {
			p.bare("redirect")
			n.tell(p.led, Left, "a path is taken with all below it, and it would lead back to itself", "see that what answers below it answers for it, too")
		}
	}
}

// close keeps what nginx did not show to everybody from being shown.
func (p *part) close() bool {
	closed, except := p.closed()
	if closed {
		m := site.Map{{Key: "on", Value: true}}
		if except != nil {
			m.Put("except", site.Texts(except))
		}
		p.m.Put("maintenance", m.Short("on"))
	}
	return closed
}

// guardedParts tells what became of who may come, where it came out otherwise than in
// nginx.
func (n *nginx) guardedParts(b *built) {
	for _, p := range append([]*part{&b.server, &b.app}, b.parts...) {
		n.tellRules(b, p)
	}
	closed, except := b.app.closed()
	whole := closed && b.app.answers()
	var with []string
	for _, p := range b.parts {
		shut, some := p.closed()
		if whole && (!shut || !slices.Equal(some, except) && except == nil) {
			with = append(with, p.path)
		}
		if above, _ := p.up.closed(); shut && !whole && !above && openEnded(p.at) {
			n.tell(p.at, Left, "nginx closes all that begins with "+p.path+", and Pavise "+p.path+" and what is below it", "name others, such as "+p.path+"-old, if there are any: pavise site update "+b.hosts[0]+" --path PATH --maintenance")
		}
	}
	if with != nil {
		n.tell(b.app.at, Left, "where the site itself is closed its parts are, too: "+shortened(strings.Join(with, ", "))+" may be seen with nginx",
			"have the app guard the rest, then: "+b.open(&b.app))
	}
}

// openEnded reports whether a location is for all that begins with its path, be it within
// a name.
func openEnded(d pavise.Directive) bool {
	name := d.Args[len(d.Args)-1]
	return !strings.HasSuffix(name, "/") && (len(d.Args) == 1 && name[0] == '/' || len(d.Args) == 2 && d.Args[0] == "^~")
}

// limits are the settings of the control of sizes.
func (b *built) limits() site.Map {
	var m site.Map
	if b.size != "" {
		m = append(m, site.Pair{Key: "body", Value: site.Plain(b.size)})
	}
	if b.sizes != nil {
		m = append(m, site.Pair{Key: "paths", Value: b.sizes})
	}
	return m
}

// far reports whether one of some backends is on another machine.
func far(v any) bool {
	switch v := v.(type) {
	case string:
		return remote(v)
	case site.Map:
		at, _ := v.Get("at").(string)
		return remote(cmp.Or(at, "127.0.0.1:1"))
	case site.List:
		return slices.ContainsFunc(v, far)
	}
	return false
}

func bytesOf(text string) (string, bool) {
	unit := 1
	switch {
	case strings.HasSuffix(strings.ToLower(text), "k"):
		unit = 1 << 10
	case strings.HasSuffix(strings.ToLower(text), "m"):
		unit = 1 << 20
	case strings.HasSuffix(strings.ToLower(text), "g"):
		unit = 1 << 30
	}
	var n int
	if _, err := fmt.Sscanf(strings.TrimRight(text, "kKmMgG"), "%d", &n); err != nil || n <= 0 || n > 1<<20 && unit > 1 {
		return "", false
	}
	return fmt.Sprint(n * unit), true
}
