package from

import (
	"net/url"
	"slices"
	"strings"

	"pavise"
	"pavise/site"
)

// leading is a server all of which leads to another host.
type leading struct {
	hosts     []string
	to        string
	keep      bool
	permanent bool
	at        pavise.Directive
}

// leads reports whether all of a server leads elsewhere: by what stands in it, or by its
// location / where there is no other.
func (n *nginx) leads(d pavise.Directive, hosts []string) (leading, bool) {
	other := slices.ContainsFunc(d.Block, func(d pavise.Directive) bool {
		return d.Name == "location" && !slices.Equal(d.Args, []string{"/"}) && !(len(d.Args) > 0 && strings.HasPrefix(d.Args[len(d.Args)-1], "/.well-known/acme-challenge"))
	})
	for _, in := range d.Block {
		if in.Name == "location" && len(in.Args) == 1 && in.Args[0] == "/" && len(in.Block) == 1 && !other {
			in = in.Block[0]
		}
		if to, keep, permanent, ok := redirect(in); ok {
			return leading{hosts: hosts, to: to, keep: keep, permanent: permanent, at: in}, true
		}
	}
	return leading{}, false
}

// returned is what answers where a part leads elsewhere, or nginx answers itself.
func (n *nginx) returned(b *built, p *part, d pavise.Directive) {
	to, keep, permanent, ok := redirect(d)
	if !ok && d.Name == "return" && len(d.Args) == 2 && leadsBy(d.Args[0]) && tellable(strings.TrimRight(d.Args[1], "/")) && !strings.Contains(d.Args[1], "$") {
		to, permanent, ok = d.Args[1], d.Args[0] == "301" || d.Args[0] == "308", true
	}
	name := strings.TrimPrefix(to, "https://")
	switch {
	case ok && keep && (strings.HasPrefix(name, "$") || slices.Contains(b.hosts, strings.ToLower(name))) && name != to:
		p.secured++
		n.tell(d, Implied, "Pavise leads plain http to https", "")
	case ok && !strings.Contains(to, "$"):
		n.lead(b, p, leading{to: to, keep: keep, permanent: permanent, at: d})
	case refuses(d):
		p.never = true
		n.tell(d, Carried, "as maintenance, which answers 503", "")
	case d.Name == "return":
		p.never = true
		n.tell(d, Left, "Pavise answers nothing itself: it is closed, as maintenance", "have the app answer: pavise site update "+b.option(p)+" --backends PORT --maintenance=false")
	default:
		paths := below(strings.Join(d.Args[:min(len(d.Args), 1)], ""))
		if paths == nil || slices.ContainsFunc(paths, func(path string) bool { return !strings.HasPrefix(path, p.path+"/") }) {
			p.unshown = true
		}
		p.rewritten = append(p.rewritten, paths...)
		n.tell(d, Left, "only what leads all of a part to one address is carried over; files that it may lead away from are not served", "pavise site update "+b.hosts[0]+" --path /PATH --redirect URL")
	}
}

// leadsBy reports whether a status is one by which a client goes elsewhere.
func leadsBy(status string) bool {
	return slices.Contains([]string{"301", "302", "303", "307", "308"}, status)
}

// redirect reads return and rewrite as far as they lead everything to one address.
func redirect(d pavise.Directive) (to string, keep, permanent, ok bool) {
	switch {
	case d.Name == "return" && len(d.Args) == 2 && leadsBy(d.Args[0]):
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
	u, err := url.Parse(to)
	valid := err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil && !(keep && u.RawQuery+u.Fragment != "")
	return to, keep, permanent, strings.Contains(to, "://") && (own || valid && !strings.Contains(to, "$"))
}

// redirects brings in servers that only lead to another host, once all hosts are known.
func (n *nginx) redirects() {
	leading := map[string]map[string]bool{} // hosts that lead to one
	for _, l := range n.leading {
		_, first := l.host()
		if leading[first] == nil {
			leading[first] = map[string]bool{}
		}
		for _, h := range l.hosts {
			leading[first][h] = leading[first][h] || l.keep && h != first
		}
	}
	for _, l := range n.leading {
		scheme, first := l.host()
		target, here := n.hosts[first]
		unknown := slices.DeleteFunc(slices.Clone(l.hosts), func(h string) bool { _, known := n.hosts[h]; return known })
		itself := !slices.ContainsFunc(l.hosts, func(h string) bool { return h != first })
		switch {
		case strings.HasPrefix(first, "$"), here && itself && scheme == "https":
			n.tell(l.at, Implied, "Pavise leads plain http to https", "")
		case here && l.keep && n.built[target].leadable(first, leading[first]):
			b := n.built[target]
			for _, h := range unknown {
				n.hosts[h] = target
				b.hosts = append(b.hosts, h)
			}
			n.tell(l.at, Carried, "as aliases of "+first+", which lead there", "")
		case len(unknown) == 0:
			n.tell(l.at, Left, "its hosts are served by another server block", "see which of them is meant")
		default:
			b := n.site(unknown, l.at)
			n.lead(b, &b.app, l)
		}
	}
}

// host is where it leads.
func (l *leading) host() (scheme, host string) {
	scheme, host, _ = strings.Cut(l.to, "://")
	return scheme, strings.ToLower(strings.TrimSuffix(host, "/"))
}

// leadable has all hosts of a site lead to the first, if nginx serves it under none of
// the others, but leads them there.
func (b *built) leadable(first string, leading map[string]bool) bool {
	if b.canonical == "" && !slices.ContainsFunc(b.hosts, func(h string) bool { return h != first && !leading[h] }) {
		b.hosts = slices.Insert(slices.DeleteFunc(b.hosts, func(h string) bool { return h == first }), 0, first)
		b.canonical = first
		b.Put("canonical", true)
	}
	return b.canonical == first
}

// lead has a part lead elsewhere.
func (n *nginx) lead(b *built, p *part, l leading) {
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
	if !n.counts(b, p, l.at, site.Same(p.m.Get("redirect"), m.Short("to"))) {
		return
	}
	p.led = l.at
	p.m.Put("redirect", m.Short("to"))
	n.tell(l.at, Carried, "", "")
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

// beside tells of what stands in a server that is no site, beside what it is for.
func (n *nginx) beside(d, but pavise.Directive) {
	for _, in := range d.Block {
		switch {
		case in.File == but.File && in.Line == but.Line && in.Name == but.Name:
		case in.Name == "server_name":
			n.tell(in, Carried, "", "")
		case in.Name == "listen":
			n.listen(nil, in)
		case in.Name == "if":
			n.condition(nil, nil, in)
		case strings.HasPrefix(in.Name, "ssl_"), inherited[in.Name]:
			n.tell(in, Implied, "nothing is served here", "")
		case in.Name == "location" && slices.ContainsFunc(in.Block, func(d pavise.Directive) bool { return d.Line == but.Line }):
			n.tell(in, Carried, "", "")
		case in.Name == "location":
			n.tell(in, Implied, "what stands outside of locations comes first, and takes everything", "")
		case in.Name == "add_header":
			n.added(in)
		default:
			n.other(in)
		}
	}
}
