package from

import (
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
