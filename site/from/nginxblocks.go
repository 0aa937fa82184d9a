package from

import (
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/site"
)

// inServer carries over what stands in a server.
func (n *nginx) inServer(b *built, d pavise.Directive) {
	switch d.Name {
	case "server_name":
		n.tell(d, Carried, "", "")
	case "listen":
		n.listen(b, d)
	case "location":
		n.location(b, &b.server, d)
	case "ssl_certificate", "ssl_certificate_key":
		n.certificate(b, d)
	case "client_max_body_size":
		n.size(b, "", d)
	case "if":
		n.condition(b, &b.server, d)
	case "return", "rewrite":
		n.inPart(b, &b.app, d)
		b.server.never = b.server.never || b.app.never
		b.server.unshown = b.server.unshown || b.app.unshown
	default:
		if inherited[d.Name] || guarding[d.Name] || d.Name == "set_real_ip_from" {
			n.inPart(b, &b.server, d)
		} else {
			n.inPart(b, &b.app, d)
		}
	}
}

func (n *nginx) certificate(b *built, d pavise.Directive) {
	file := strings.Join(d.Args, " ")
	switch {
	case strings.Contains(file, "/letsencrypt/") || strings.Contains(file, "/acme"):
		n.tell(d, Implied, "Pavise gets its certificates itself", "")
		return
	case strings.Contains(file, "$") || strings.Contains(file, ":") || strings.Contains(file, "snakeoil"):
		n.tell(d, Left, "it is no file of this site's", "without one, Pavise gets a certificate itself")
		return
	}
	if !strings.HasPrefix(file, "/") {
		file = "/etc/nginx/" + file
	}
	m, _ := b.Get("certificate").(site.Map)
	m.Put(map[bool]string{true: "cert", false: "key"}[d.Name == "ssl_certificate"], file)
	b.Put("certificate", m)
	n.tell(d, Carried, "", "")
}

func (n *nginx) size(b *built, path string, d pavise.Directive) {
	most, ok := bytesOf(strings.Join(d.Args, ""))
	switch {
	case !ok:
		n.tell(d, Left, "no bound is no bound of Pavise's", "100 MB are allowed; more by controls: {requests.size: {body: N}}")
		return
	case path == "":
		b.size = most
	default:
		b.sizes = append(b.sizes, site.Map{{Key: "path", Value: strings.TrimRight(path, "/") + "/**"}, {Key: "body", Value: site.Plain(most)}})
	}
	n.tell(d, Carried, "as controls: requests.size: body", "")
}

// location makes a part of a site of a block that stands in another.
func (n *nginx) location(b *built, up *part, d pavise.Directive) {
	how, path := "", strings.Join(d.Args, " ")
	if len(d.Args) == 2 {
		how, path = d.Args[0], d.Args[1]
	} else {
		for _, mark := range []string{"=", "^~", "~*", "~"} { // nginx takes them without a space
			if rest, ok := strings.CutPrefix(path, mark); ok {
				how, path = mark, rest
				break
			}
		}
	}
	trimmed := strings.TrimRight(path, "/")
	switch {
	case strings.HasPrefix(path, "@"):
		if len(d.Block) > 0 {
			n.tell(d, Implied, "it is read where try_files names it", "")
		}
	case strings.HasPrefix(how, "~"):
		n.pattern(b, up, d, path)
	case strings.HasPrefix(path, "/.well-known/acme-challenge"):
		n.tell(d, Implied, "Pavise answers the authority itself", "")
	case how == "=" && n.pages[path] && !n.guards(d.Block):
		n.tell(d, Implied, "Pavise has error pages of its own", "")
	case how == "=" && quiet(d.Block):
		n.tell(d, Implied, "it is about what is logged", "")
	case how != "=" && path == "/":
		n.tell(d, Carried, "", "")
		b.app.at = d
		n.inLocation(b, &b.app, d)
	case !tellable(trimmed) || b.alike(trimmed):
		n.unsaid(b, up, d, nil, "it is no path that Pavise can tell by", "pavise site update "+b.hosts[0]+" --path /PATH …")
	case how == "=":
		b.ran(d, up)
		n.unsaid(b, up, d, []string{trimmed}, "one address alone is no part of a site: paths are taken with all below them", "pavise site update "+b.hosts[0]+" --path "+path+" …, if nothing is below")
	default:
		n.tell(d, Carried, "", "")
		p := b.part(up, trimmed, d)
		p.strict = how == "^~"
		p.named = b.app.named
		n.inLocation(b, p, d)
	}
}

// inLocation carries over what stands in one.
func (n *nginx) inLocation(b *built, p *part, d pavise.Directive) {
	for _, in := range d.Block {
		switch in.Name {
		case "client_max_body_size":
			n.size(b, p.path, in)
		case "location":
			n.location(b, p, in)
		case "if":
			n.condition(b, p, in)
		default:
			n.inPart(b, p, in)
		}
	}
}

// tellable reports whether a path is one that pavise.yaml may name.
func tellable(path string) bool {
	_, err := pavise.ParsePattern(path)
	return err == nil && strings.HasPrefix(path, "/") && !strings.ContainsAny(path, "* ?#")
}

// alike reports whether there is a part whose path differs in capital letters alone.
func (b *built) alike(path string) bool {
	p := b.paths[strings.ToLower(path)]
	return p != nil && p.path != path
}

// part is the one with a path, which stands in another.
func (b *built) part(up *part, path string, d pavise.Directive) *part {
	if p := b.paths[strings.ToLower(path)]; p != nil {
		if p.up == &b.server && up.inherits(func(above *part) bool { return above == p }) != p {
			p.up = up
		}
		return p
	}
	if b.paths == nil {
		b.paths = map[string]*part{}
	}
	p := &part{path: path, up: up, at: d}
	b.parts, b.paths[strings.ToLower(path)] = append(b.parts, p), p
	return p
}

// errorPages are the addresses that error_page names.
func (n *nginx) errorPages() map[string]bool {
	pages := map[string]bool{}
	for _, s := range n.servers {
		for _, d := range s.Block {
			if d.Name == "error_page" && len(d.Args) > 1 {
				pages[d.Args[len(d.Args)-1]] = true
			}
		}
	}
	return pages
}

// quiet reports whether a block says only what is logged of an address.
func quiet(list []pavise.Directive) bool {
	return !slices.ContainsFunc(list, func(d pavise.Directive) bool {
		return !slices.Contains([]string{"access_log", "log_not_found", "allow"}, d.Name)
	})
}

// inPart carries over what may stand in a server and in a location.
func (n *nginx) inPart(b *built, p *part, d pavise.Directive) {
	arg := strings.Join(d.Args, " ")
	switch d.Name {
	case "proxy_pass":
		n.pass(b, p, d)
	case "root", "alias":
		n.folder(b, p, d)
	case "index":
		n.index(p, d)
	case "autoindex":
		if p.listing = arg; arg == "on" {
			n.tell(d, Carried, "it lists folders to everybody: scans report it", "")
		} else {
			n.tell(d, Implied, "Pavise lists no folder", "")
		}
	case "try_files":
		n.tryFiles(b, p, d)
	case "return", "rewrite":
		n.returned(b, p, d)
	case "error_page":
		n.errors(d)
	case "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass", "stub_status", "empty_gif",
		"content_by_lua_block", "content_by_lua_file", "content_by_lua", "js_content", "perl":
		p.lost = true
		n.other(d)
	case "set_real_ip_from":
		p.relayed = true
		n.other(d)
	case "proxy_read_timeout", "proxy_send_timeout", "proxy_connect_timeout":
		n.patience(d, arg)
	case "proxy_set_header":
		n.header(d)
	case "add_header":
		n.added(d)
	default:
		if guarding[d.Name] {
			n.guarded(b, p, d, arg)
		} else {
			n.other(d)
		}
	}
}

// pass leads to a backend, or to those of an upstream.
func (n *nginx) pass(b *built, p *part, d pavise.Directive) {
	if len(d.Args) != 1 || strings.Contains(d.Args[0], "$") {
		p.lost = true
		n.tell(d, Left, "an address with variables is not known before the request", "pavise site update NAME --backends ADDRESS")
		return
	}
	scheme, rest, _ := strings.Cut(d.Args[0], "://")
	var address, uri string
	has := false
	if socket, ok := strings.CutPrefix(rest, "unix:"); ok {
		socket, uri, has = strings.Cut(socket, ":")
		address = "unix:" + socket
	} else {
		address, uri, has = strings.Cut(rest, "/")
		uri = "/" + uri
	}
	list := []backend{{at: address}}
	u, known := n.upstreams[address]
	if known {
		list = slices.Clone(u.list)
	}
	for i := range list {
		list[i].at = target(scheme, list[i].at, strings.TrimSuffix(uri, "/"))
	}
	if len(list) == 0 {
		p.lost = true
		n.tell(d, Left, "the upstream has no server", "pavise site update NAME --backends ADDRESS")
		return
	}
	if !n.counts(b, p, d, site.Same(p.m.Get("to"), to(list))) {
		return
	}
	p.passed = true
	p.m.Put("to", to(list))
	if u.balance != "" {
		p.m.Put("balance", u.balance)
	} else if len(list) > 1 {
		p.m.Put("balance", "round-robin")
	}
	if has && p.path != "" {
		p.m.Put("strip", true)
	}
	n.tell(d, Carried, "", "")
}

// target is an address as Pavise takes it.
func target(scheme, at, path string) string {
	if strings.HasPrefix(at, "unix:") {
		return at
	}
	if scheme == "https" {
		return "https://" + at + path
	}
	if host := at[strings.LastIndexByte(at, ']')+1:]; !strings.Contains(host, ":") {
		at += ":80"
	}
	return at + path
}

// counts reports whether what a server says of a part counts: of those of one site the
// first does, and another only where it says the same.
func (n *nginx) counts(b *built, p *part, d pavise.Directive, same bool) bool {
	if p.half == 0 {
		p.half = b.half
	}
	if p.half == b.half || same {
		return true
	}
	n.tell(d, Left, "another server has something else answer there under the same host, and is carried over", "give this one a host of its own")
	return false
}

// folder is told of once it is known whether it is served.
func (n *nginx) folder(b *built, p *part, d pavise.Directive) {
	if !n.counts(b, p, d, p.folder == folderOf(d)) {
		return
	}
	p.folder, p.alias, p.said = folderOf(d), d.Name == "alias" && p.path != "", d
	if p.folder == unknown {
		n.tell(d, Left, "a folder with variables, or without / at its begin, is not known before the request", "pavise site update NAME --static FOLDER")
	}
}

// unknown is a folder that is not known.
const unknown = "?"

// folderOf is the folder that a root or alias names.
func folderOf(d pavise.Directive) string {
	folder := strings.Join(d.Args, " ")
	if strings.Contains(folder, "$") || !strings.HasPrefix(folder, "/") {
		return unknown
	}
	return "/" + strings.Trim(folder, "/")
}

func (n *nginx) index(p *part, d pavise.Directive) {
	names := slices.DeleteFunc(slices.Clone(d.Args), func(s string) bool { return strings.ContainsAny(s, "/$") || strings.HasSuffix(s, ".php") })
	if len(names) < len(d.Args) {
		n.tell(d, Left, "an index is the name of a file, and none that a program must run", "have the app answer for it")
	} else {
		n.tell(d, Carried, "", "")
	}
	p.index = names
}

// errors tells of pages of errors: Pavise has its own, but no other answer in their place.
func (n *nginx) errors(d pavise.Directive) {
	if slices.ContainsFunc(d.Args, func(arg string) bool {
		return strings.HasPrefix(arg, "@") || strings.HasPrefix(arg, "=") || strings.Contains(arg, "://")
	}) {
		n.tell(d, Left, "what answers in place of an error is not carried over", "have the app answer for it, or files: see to and fallback")
		return
	}
	n.other(d)
}

// patience tells of times that Pavise has bounds of its own for.
func (n *nginx) patience(d pavise.Directive, arg string) {
	if strings.Trim(arg, "0123456789") == "" {
		arg += "s"
	}
	if t, err := time.ParseDuration(arg); err == nil && t <= 2*time.Minute {
		n.tell(d, Implied, "Pavise waits 2 minutes for an answer to begin", "")
		return
	}
	n.tell(d, Left, "Pavise waits 2 minutes for an answer to begin", "have the app begin its answer sooner")
}
