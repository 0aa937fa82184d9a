package from

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pavise"
	"pavise/site"
)

// Nginx makes sites of the server blocks of an nginx, read with all that it includes. A
// file of servers alone will do.
func Nginx(list []pavise.Directive) *Result {
	n := &nginx{upstreams: map[string]upstream{}, hosts: map[string]int{}}
	n.http(list, true)
	n.pages = n.errorPages()
	for _, s := range n.servers {
		n.server(s)
	}
	n.redirects()
	for i := range n.built {
		n.Sites = append(n.Sites, n.built[i].finished())
	}
	n.sort()
	return &n.Result
}

// nginx is what is known of it while it is carried over.
type nginx struct {
	Result
	common    []pavise.Directive // what every server inherits
	upstreams map[string]upstream
	servers   []pavise.Directive
	built     []*built
	hosts     map[string]int  // of built, by host
	leading   []leading       // servers that only lead away
	pages     map[string]bool // of errors, by address
}

type upstream struct {
	list    []backend
	balance string
}

// A built site grows server by server, as one for http and one for https make one.
type built struct {
	Site
	place int // among them
	hosts []string
	app   part
	parts []*part
	paths map[string]*part
	root  string // of the server
	sizes site.Items
	size  string
}

// A part is what answers below a path.
type part struct {
	path  string
	m     site.Map
	named map[string]pavise.Directive // locations that others name

	folder, fallback string
	index            []string
	listing          bool
	passed, tried    bool // to a backend; what is no file alone
	closed           bool // to everybody but some
	except           []string
}

// leading is a server all of which leads to another host.
type leading struct {
	hosts     []string
	to        string
	keep      bool
	permanent bool
	at        pavise.Directive
}

func (n *nginx) tell(d pavise.Directive, fate Fate, why, do string) {
	n.Tell(Told{d.File, d.Line, strings.TrimSpace(d.Name + " " + shortened(strings.Join(d.Args, " "))), fate, why, do})
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > 80 {
		return string(runes[:80]) + "…"
	}
	return text
}

// http gathers what stands in http, or where one file of it is read alone, around it.
func (n *nginx) http(list []pavise.Directive, top bool) {
	for _, d := range list {
		switch {
		case d.Name == "http" && top:
			n.http(d.Block, false)
		case d.Name == "server":
			n.servers = append(n.servers, d)
		case d.Name == "upstream" && len(d.Args) == 1:
			n.upstream(d)
		case top && aroundHTTP[d.Name]:
			n.tell(d, Implied, "it is about nginx itself", "")
		case inherited[d.Name]:
			n.common = append(slices.DeleteFunc(n.common, func(o pavise.Directive) bool { return o.Name == d.Name }), d) // nginx takes one
		default:
			n.other(d)
		}
	}
}

func (n *nginx) upstream(d pavise.Directive) {
	var u upstream
	for _, s := range d.Block {
		switch s.Name {
		case "server":
			n.member(&u, s)
		case "least_conn":
			u.balance = "least-connections"
			n.tell(s, Carried, "", "")
		case "ip_hash":
			u.balance = "address"
			n.tell(s, Carried, "", "")
		case "keepalive", "keepalive_timeout", "keepalive_requests", "keepalive_time", "zone":
			n.tell(s, Implied, "Pavise keeps connections to the app open", "")
		default:
			n.tell(s, Left, "Pavise has no such way to choose a backend", "see balance, sticky and weight: pavise site update NAME --sticky")
		}
	}
	n.upstreams[d.Args[0]] = u
	n.tell(d, Carried, "where a site leads there", "")
}

func (n *nginx) member(u *upstream, d pavise.Directive) {
	if len(d.Args) == 0 {
		return
	}
	b := backend{at: d.Args[0]}
	why := ""
	for _, arg := range d.Args[1:] {
		key, value, _ := strings.Cut(arg, "=")
		switch key {
		case "weight":
			b.weight = value
		case "max_fails", "fail_timeout", "max_conns", "resolve", "slow_start":
			why = arg + " is left to Pavise, which leaves a backend out while it does not answer"
		case "down":
			n.tell(d, Left, "it is marked as down", "add it when it is up")
			return
		default:
			n.tell(d, Left, "Pavise has no "+key+": this backend is left out", "add it if it shall take requests as the others do: pavise site update NAME --backends …")
			return
		}
	}
	if !strings.HasPrefix(b.at, "unix:") && !strings.Contains(b.at[strings.LastIndexByte(b.at, ']')+1:], ":") {
		b.at += ":80"
	}
	u.list = append(u.list, b)
	n.tell(d, Carried, why, "")
}

// other tells of what is neither carried over by its block nor known there.
func (n *nginx) other(d pavise.Directive) {
	if why, ok := implied[d.Name]; ok {
		n.tell(d, Implied, why, "")
		return
	}
	name := d.Name
	if strings.HasPrefix(name, "gzip_") && name != "gzip_static" {
		n.tell(d, Implied, "it says how gzip goes about it", "")
		return
	}
	if len(d.Args) == 1 && d.Args[0] == "off" {
		n.tell(d, Implied, "it is off", "")
		return
	}
	if l, ok := left[name]; ok {
		n.tell(d, Left, l.why, l.do)
		return
	}
	why := "Pavise has nothing of this name"
	if len(d.Block) > 0 {
		why = "Pavise has no such block, and nothing in it is carried over"
	}
	n.tell(d, Left, why, "see what the site needs it for")
}

// server makes a site of a block, or lays it over the one that its other half made.
func (n *nginx) server(d pavise.Directive) {
	hosts, standard := n.names(d)
	block := append(slices.Clone(n.common), d.Block...)
	if l, ok := n.leads(d, hosts); ok {
		n.leading = append(n.leading, l)
		n.beside(d, l.at)
		return
	}
	if only, ok := alone(d); ok {
		n.tell(only, Implied, "Pavise serves nothing under a name that is nobody's, and nothing by plain http", "")
		n.beside(d, only)
		return
	}
	if len(hosts) == 0 {
		n.tell(d, Left, "it has no host by which a request could be known", "pavise site add NAME --host HOST --backends PORT")
		return
	}
	b := n.site(hosts, d)
	if standard {
		put(&b.Map, "default", true)
	}
	b.app.named = map[string]pavise.Directive{}
	for _, in := range block {
		if in.Name == "location" && len(in.Args) == 1 && strings.HasPrefix(in.Args[0], "@") {
			b.app.named[in.Args[0]] = in
		}
	}
	for _, in := range block {
		n.inServer(b, in)
	}
	if b.app.folder == "" {
		b.app.folder = b.root
	}
}

// site is the one that has one of the hosts, or a new one.
func (n *nginx) site(hosts []string, d pavise.Directive) *built {
	var b *built
	for _, h := range hosts {
		if i, ok := n.hosts[h]; ok {
			b = n.built[i]
		}
	}
	if b == nil {
		b = &built{Site: Site{File: d.File, Line: d.Line}, place: len(n.built)}
		n.built = append(n.built, b)
	}
	for _, h := range hosts {
		if _, known := n.hosts[h]; !known {
			n.hosts[h] = b.place
			b.hosts = append(b.hosts, h)
		}
	}
	n.tell(d, Carried, "as the site "+b.hosts[0], "")
	return b
}

// names are the hosts of a server, and whether it answers for all others.
func (n *nginx) names(d pavise.Directive) (hosts []string, standard bool) {
	for _, in := range d.Block {
		switch in.Name {
		case "listen":
			standard = standard || slices.Contains(in.Args, "default_server") || slices.Contains(in.Args, "default")
		case "server_name":
			for _, name := range in.Args {
				if list, err := site.Hosts([]string{name}); err == nil {
					hosts = append(hosts, list...)
				} else if !strings.HasPrefix(name, "_") && name != "" { // which can be nobody's
					n.tell(in, Left, name+" is no one host", "name each host: pavise site update NAME --aliases HOST,HOST")
				}
			}
		}
	}
	return hosts, standard
}

// beside tells of what stands in a server that is no site, beside what it is for.
func (n *nginx) beside(d, but pavise.Directive) {
	for _, in := range d.Block {
		switch {
		case in.File == but.File && in.Line == but.Line && in.Name == but.Name:
		case in.Name == "server_name":
			n.tell(in, Carried, "", "")
		case in.Name == "listen":
			n.listen(in)
		case in.Name == "if":
			n.condition(in)
		case strings.HasPrefix(in.Name, "ssl_"), inherited[in.Name]:
			n.tell(in, Implied, "nothing is served here", "")
		case in.Name == "location" && slices.ContainsFunc(in.Block, func(d pavise.Directive) bool { return d.Line == but.Line }):
			n.tell(in, Carried, "", "")
		case in.Name == "location":
			n.location(&built{hosts: []string{"NAME"}}, in)
		case in.Name == "add_header":
			n.added(in)
		default:
			n.other(in)
		}
	}
}

// alone is the one directive of a server that only refuses.
func alone(d pavise.Directive) (pavise.Directive, bool) {
	if slices.ContainsFunc(d.Block, func(d pavise.Directive) bool {
		return slices.Contains([]string{"location", "root", "proxy_pass", "try_files"}, d.Name)
	}) {
		return d, false
	}
	for _, in := range d.Block {
		if in.Name == "return" && len(in.Args) == 1 || in.Name == "ssl_reject_handshake" {
			return in, true
		}
	}
	return d, false
}

// leads reports whether all of a server leads elsewhere.
func (n *nginx) leads(d pavise.Directive, hosts []string) (leading, bool) {
	for _, in := range d.Block {
		if in.Name == "location" && len(in.Args) == 1 && in.Args[0] == "/" && len(in.Block) == 1 {
			in = in.Block[0]
		}
		to, keep, permanent, ok := redirect(in)
		if !ok || slices.ContainsFunc(d.Block, func(d pavise.Directive) bool {
			return d.Name == "proxy_pass" || d.Name == "location" && len(d.Block) > 0 && slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return d.Name == "proxy_pass" })
		}) {
			continue
		}
		return leading{hosts: hosts, to: to, keep: keep, permanent: permanent, at: in}, true
	}
	return leading{}, false
}

// redirect reads return and rewrite as far as they lead everything to one address.
func redirect(d pavise.Directive) (to string, keep, permanent, ok bool) {
	switch {
	case d.Name == "return" && len(d.Args) == 2 && strings.HasPrefix(d.Args[0], "30"):
		to, permanent = d.Args[1], d.Args[0] == "301" || d.Args[0] == "308"
	case d.Name == "return" && len(d.Args) == 1 && strings.Contains(d.Args[0], "://"):
		to = d.Args[0]
	case d.Name == "rewrite" && len(d.Args) >= 2 && slices.Contains([]string{"^", "^(.*)$", "^/(.*)$", "^(.*)", "^/(.*)", "^.*$", ".*"}, d.Args[0]):
		to, permanent = strings.TrimSuffix(d.Args[1], "?"), slices.Contains(d.Args[2:], "permanent")
		rest := map[bool]string{true: "/$1", false: "$1"}[strings.HasPrefix(d.Args[0], "^/(")]
		if cut, found := strings.CutSuffix(to, rest); found {
			to = cut + "$request_uri"
		}
	default:
		return "", false, false, false
	}
	for _, rest := range []string{"$request_uri", "$uri$is_args$args", "$uri"} {
		if cut, found := strings.CutSuffix(to, rest); found {
			to, keep = cut, true
			break
		}
	}
	host := strings.TrimPrefix(strings.TrimPrefix(to, "https://"), "http://")
	own := host == "$host" || host == "$server_name" || host == "$http_host"
	return to, keep, permanent, strings.Contains(to, "://") && (own || !strings.Contains(to, "$"))
}

// redirects brings in servers that only lead to another host, once all hosts are known.
func (n *nginx) redirects() {
	for _, l := range n.leading {
		scheme, host, _ := strings.Cut(l.to, "://")
		target, here := n.hosts[strings.ToLower(strings.TrimSuffix(host, "/"))]
		var others []string
		for _, h := range l.hosts {
			if i, known := n.hosts[h]; !known || here && i == target && h != n.built[i].hosts[0] {
				others = append(others, h)
			}
		}
		switch {
		case strings.HasPrefix(host, "$"), here && len(others) == 0 && scheme == "https":
			n.tell(l.at, Implied, "Pavise leads plain http to https", "")
		case len(others) == 0:
			n.tell(l.at, Left, "its hosts are served by another server block", "see which of them is meant")
		case here && l.keep:
			b := n.built[target]
			first := strings.ToLower(strings.TrimSuffix(host, "/"))
			b.hosts = slices.Insert(slices.DeleteFunc(b.hosts, func(h string) bool { return h == first }), 0, first)
			for _, h := range others {
				if _, known := n.hosts[h]; !known {
					n.hosts[h] = target
					b.hosts = append(b.hosts, h)
				}
			}
			put(&b.Map, "canonical", true)
			n.tell(l.at, Carried, "as aliases of "+first+", which lead there", "")
		default:
			b := n.site(others, l.at)
			n.lead(&b.app, l)
		}
	}
}

// lead has a part lead elsewhere.
func (n *nginx) lead(p *part, l leading) {
	m := site.Map{{Key: "to", Value: strings.TrimSuffix(l.to, "/")}}
	if !l.keep {
		m[0].Value = l.to
	}
	if l.keep {
		m = append(m, site.Pair{Key: "keep-path", Value: true})
	}
	if l.permanent {
		m = append(m, site.Pair{Key: "permanent", Value: true})
	}
	put(&p.m, "redirect", shortest(m, "to"))
	n.tell(l.at, Carried, "", "")
}

// finished is the site with all its keys.
func (b *built) finished() Site {
	m := site.Map{{Key: "hosts", Value: site.Texts(b.hosts)}}
	b.app.files(nil)
	b.app.close()
	m = append(append(m, b.Map...), b.app.m...)
	var paths site.Items
	for _, p := range b.parts {
		if p.folder == "" {
			p.folder = b.root
		}
		p.files(b.app.index)
		if b.app.closed && !p.closed {
			p.closed, p.except = true, b.app.except
		}
		p.close()
		if !p.closed && get(p.m, "to") == nil && get(p.m, "static") == nil && get(p.m, "redirect") == nil {
			continue
		}
		paths = append(paths, ordered(append(site.Map{{Key: "path", Value: p.path}}, p.m...), site.PathKeys()))
	}
	if paths != nil {
		put(&m, "paths", paths)
	}
	if size := b.limits(); size != nil {
		put(&m, "controls", site.Map{{Key: "requests.size", Value: size}})
	}
	if far(get(m, "to")) || slices.ContainsFunc(b.parts, func(p *part) bool { return far(get(p.m, "to")) }) {
		put(&m, "allow-remote-upstream", true)
	}
	b.Map = ordered(m, site.SiteKeys())
	return b.Site
}

// files has a part serve those of its folder, as far as nginx would: where all is passed
// to a backend it looks at none.
func (p *part) files(index []string) {
	if p.folder == "" || p.passed && !p.tried || get(p.m, "redirect") != nil {
		return
	}
	m := site.Map{{Key: "folder", Value: p.folder}}
	if p.index != nil {
		index = p.index
	}
	if len(index) > 0 && !slices.Equal(index, []string{"index.html"}) {
		put(&m, "index", site.Texts(index))
	}
	if p.listing {
		put(&m, "listing", true)
	}
	if p.fallback != "" {
		put(&m, "fallback", p.fallback)
	}
	put(&p.m, "static", shortest(m, "folder"))
}

// close keeps what nginx did not show to everybody from being shown.
func (p *part) close() {
	if !p.closed {
		return
	}
	m := site.Map{{Key: "on", Value: true}}
	if p.except != nil {
		m = append(m, site.Pair{Key: "except", Value: site.Texts(p.except)})
	}
	put(&p.m, "maintenance", shortest(m, "on"))
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
		at, _ := get(v, "at").(string)
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
