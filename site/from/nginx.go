package from

import (
	"slices"
	"strings"

	"pavise"
	"pavise/site"
)

// Nginx makes sites of the server blocks of an nginx, read with all that it includes. A
// file of servers alone will do.
func Nginx(list []pavise.Directive) *Result {
	n := &nginx{upstreams: map[string]upstream{}, hosts: map[string]int{}, looks: map[string]bool{}}
	n.http(list, true)
	n.pages = n.errorPages()
	n.public = n.hostsOf(func(d pavise.Directive) bool { return !private(d) })
	n.usual = n.hostsOf(n.answersUsually)
	for _, s := range n.servers {
		n.server(s)
	}
	n.redirects()
	for _, b := range n.built {
		n.finish(b)
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
	looks     map[string]bool // variables that say how a request looks
	public    map[string]bool // hosts that nginx serves at an address for everybody
	usual     map[string]bool // and those that answer at a port of Pavise's
	relayed   bool            // clients come by way of others, wherever they ask
	read      int             // directives that were read where they are inherited or named
}

type upstream struct {
	list    []backend
	balance string
}

// A built site grows server by server, as one for http and one for https make one.
type built struct {
	Site
	at       pavise.Directive
	place    int // among them
	half     int // how many servers it is of
	hosts    []string
	server   part // what stands outside of locations
	app      part // what answers where no location with a path does
	parts    []*part
	paths    map[string]*part
	programs map[program]bool
	dots     []dotted // locations for names that begin with a dot
	sizes    site.Items
	size     string

	canonical string // the host to which servers of their own lead the others
}

// A part is what answers below a path.
type part struct {
	path  string
	at    pavise.Directive
	up    *part // what it stands in, and inherits from
	m     site.Map
	named map[string]pavise.Directive // locations that others name
	read  map[string]int              // those that were, and in which server of the site

	folder, listing, fallback string
	said                      pavise.Directive // its folder
	led                       pavise.Directive // its redirect
	index                     []string
	alias, strict             bool     // the folder stands for the path; no regular expression goes before
	passed, tried             bool     // to a backend; what is no file alone
	lost, withheld            bool     // what answers cannot be carried over; nor can the folder
	unshown, served           bool     // nginx shows single files of its folder at most; Pavise serves it
	rewritten                 []string // paths that lead elsewhere in nginx
	inner                     bool     // among its files are some that nginx shows by itself alone
	secured                   int      // how many servers have it lead to https
	half                      int      // the server of the site that says what answers
	guard
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
		case d.Name == "map" && len(d.Args) == 2 && (harmless[d.Args[0]] || n.looks[d.Args[0]]) && !varies(d):
			n.looks[d.Args[1]] = true
			n.other(d)
		case top && aroundHTTP[d.Name]:
			n.tell(d, Implied, "it is about nginx itself", "")
		case d.Name == "set_real_ip_from":
			n.relayed = true
			n.other(d)
		case inherited[d.Name] || guarding[d.Name]:
			if !listed(d) { // nginx takes one
				n.common = slices.DeleteFunc(n.common, func(o pavise.Directive) bool { return o.Name == d.Name })
			}
			n.common = append(n.common, d)
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
	if s, ok := switched[d.Name]; ok {
		if slices.Equal(d.Args, []string{s.as}) {
			n.tell(d, Implied, "Pavise always does so", "")
		} else {
			n.tell(d, Left, s.why, s.do)
		}
		return
	}
	if d.Name == "proxy_hide_header" {
		n.hidden(d)
		return
	}
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
	hidden := private(d)
	why := ""
	switch {
	case hidden && slices.ContainsFunc(hosts, func(h string) bool { return n.public[h] }):
		why = "it listens for some alone under a host that another server has for everybody"
	case !usual(d) && slices.ContainsFunc(hosts, func(h string) bool { return n.usual[h] }):
		why = "it listens at another port under a host that another server has at 80 or 443"
	}
	if why != "" {
		n.tell(d, Left, why+": nothing in it is carried over", "give it a host of its own")
		return
	}
	b := n.site(hosts, d)
	b.server.shut, b.server.relayed = b.server.shut || hidden, b.server.relayed || n.relayed
	if standard {
		b.Put("default", true)
	}
	b.app.named = map[string]pavise.Directive{}
	for _, in := range d.Block {
		if in.Name == "location" && len(in.Args) == 1 && strings.HasPrefix(in.Args[0], "@") {
			b.app.named[in.Args[0]] = in
		}
	}
	if n.read += len(n.common); n.read > maxRead && len(n.common) > 0 {
		b.server.shut = true
		n.tell(d, Left, "there is too much that servers inherit: this one is closed to everybody, as maintenance", "import it alone")
		return
	}
	for _, in := range n.common {
		if !slices.ContainsFunc(d.Block, func(own pavise.Directive) bool { return own.Name == in.Name || listed(own) && listed(in) }) {
			n.inServer(b, in)
		}
	}
	for _, in := range d.Block {
		n.inServer(b, in)
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
		b = &built{Site: Site{File: d.File, Line: d.Line}, at: d, place: len(n.built)}
		b.app.up, b.app.at = &b.server, d
		n.built = append(n.built, b)
	}
	b.half++
	for _, h := range hosts {
		if _, known := n.hosts[h]; !known {
			n.hosts[h] = b.place
			b.hosts = append(b.hosts, h)
		}
	}
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
