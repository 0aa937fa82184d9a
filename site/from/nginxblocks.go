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
		n.listen(d)
	case "location":
		n.location(b, d)
	case "ssl_certificate", "ssl_certificate_key":
		n.certificate(b, d)
	case "client_max_body_size":
		n.size(b, "", d)
	case "root":
		n.folder(&b.app, d, strings.Join(d.Args, " "))
		b.root, b.app.folder = b.app.folder, ""
	case "if":
		n.condition(d)
	default:
		n.inPart(b, &b.app, d)
	}
}

// listen tells of an address: Pavise has one for https and one for http.
func (n *nginx) listen(d pavise.Directive) {
	if len(d.Args) == 0 {
		return
	}
	port := d.Args[0][strings.LastIndexByte(d.Args[0], ':')+1:]
	switch {
	case slices.Contains(d.Args, "proxy_protocol"):
		n.tell(d, Left, "who may send the PROXY protocol must be said", "pavise site set 'listen={proxy-protocol: [ADDRESS]}'")
	case port == "80" || port == "443" || !strings.ContainsAny(port, "0123456789"):
		n.tell(d, Implied, "Pavise listens at 443, and at 80 to lead to https", "")
	default:
		n.tell(d, Left, "Pavise serves all sites at one address for https", "pavise site set 'listen={https: \":"+port+"\"}', if it is for all")
	}
}

// condition knows what certbot writes: if ($host = NAME) { return 301 https://… }.
func (n *nginx) condition(d pavise.Directive) {
	if len(d.Args) == 3 && d.Args[0] == "($host" && len(d.Block) == 1 {
		if to, keep, _, ok := redirect(d.Block[0]); ok && keep && to == "https://$host" {
			n.tell(d, Implied, "Pavise leads plain http to https", "")
			return
		}
	}
	n.tell(d, Left, "conditions are not carried over, with what is in them", "see what it is for; redirect, paths and canonical may do it")
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
	m, _ := get(b.Map, "certificate").(site.Map)
	put(&m, map[bool]string{true: "cert", false: "key"}[d.Name == "ssl_certificate"], file)
	put(&b.Map, "certificate", m)
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

// location makes a part of a site of a block.
func (n *nginx) location(b *built, d pavise.Directive) {
	how, path := "", ""
	switch len(d.Args) {
	case 1:
		path = d.Args[0]
	case 2:
		how, path = d.Args[0], d.Args[1]
	}
	switch {
	case strings.HasPrefix(path, "@"):
		if len(d.Block) > 0 {
			n.tell(d, Implied, "it is read where try_files names it", "")
		}
		return
	case strings.HasPrefix(how, "~"):
		n.pattern(d, path)
		return
	case strings.HasPrefix(path, "/.well-known/acme-challenge"):
		n.tell(d, Implied, "Pavise answers the authority itself", "")
		return
	case how == "=" && n.pages[path]:
		n.tell(d, Implied, "Pavise has error pages of its own", "")
		return
	case how == "=" && quiet(d.Block):
		n.tell(d, Implied, "it is about what is logged", "")
		return
	case how == "=":
		n.tell(d, Left, "one address alone is no part of a site: paths are taken with all below them", "pavise site update "+b.hosts[0]+" --path "+path+" …, if nothing is below")
		return
	}
	p := &b.app
	if path != "/" {
		trimmed := strings.TrimRight(path, "/")
		if trimmed == "" || strings.ContainsAny(trimmed, "* ?#") {
			n.tell(d, Left, "it is no path that Pavise can tell by", "pavise site update "+b.hosts[0]+" --path /PATH …")
			return
		}
		p = b.part(trimmed)
		p.named = b.app.named
	}
	n.tell(d, Carried, "", "")
	for _, in := range d.Block {
		switch in.Name {
		case "client_max_body_size":
			n.size(b, strings.TrimSuffix(path, "/"), in)
		case "location":
			n.location(b, in)
		case "if":
			n.condition(in)
		default:
			n.inPart(b, p, in)
		}
	}
}

// part is the one with a path.
func (b *built) part(path string) *part {
	if p := b.paths[path]; p != nil {
		return p
	}
	if b.paths == nil {
		b.paths = map[string]*part{}
	}
	p := &part{path: path}
	b.parts, b.paths[path] = append(b.parts, p), p
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

// pattern tells of a location by regular expression.
func (n *nginx) pattern(d pavise.Directive, expression string) {
	names := func(list ...string) bool {
		return !slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return !slices.Contains(list, d.Name) })
	}
	switch {
	case strings.HasPrefix(expression, `/\.`) && names("deny", "return", "access_log", "log_not_found"):
		n.tell(d, Implied, "Pavise never serves files that begin with a dot", "")
	case names("expires", "add_header", "access_log", "log_not_found", "try_files", "etag"):
		n.tell(d, Left, "how long browsers keep files is not carried over", "have the app say it by Cache-Control")
	case slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return d.Name == "fastcgi_pass" }):
		n.tell(d, Left, left["fastcgi_pass"].why, left["fastcgi_pass"].do)
	default:
		n.tell(d, Left, "locations by regular expression are not carried over, with what is in them", "a part of a site begins with a path: pavise site update NAME --path /PATH …")
	}
}

// inPart carries over what may stand in a server and in a location.
func (n *nginx) inPart(b *built, p *part, d pavise.Directive) {
	arg := strings.Join(d.Args, " ")
	switch d.Name {
	case "proxy_pass":
		n.pass(p, d)
	case "root", "alias":
		n.folder(p, d, arg)
	case "index":
		n.index(p, d)
	case "autoindex":
		if arg == "on" {
			p.listing = true
			n.tell(d, Carried, "it lists folders to everybody: scans report it", "")
		} else {
			n.tell(d, Implied, "Pavise lists no folder", "")
		}
	case "try_files":
		n.tryFiles(b, p, d)
	case "return", "rewrite":
		if to, keep, permanent, ok := redirect(d); ok && !strings.Contains(to, "$") {
			n.lead(p, leading{to: to, keep: keep, permanent: permanent, at: d})
		} else {
			n.tell(d, Left, "only what leads all of a part to one address is carried over", "pavise site update "+b.hosts[0]+" --path /PATH --redirect URL")
		}
	case "proxy_read_timeout", "proxy_send_timeout", "proxy_connect_timeout":
		n.patience(d, arg)
	case "proxy_set_header":
		n.header(d)
	case "add_header":
		n.added(d)
	case "allow", "deny", "auth_basic", "auth_request":
		n.guarded(b, p, d, arg)
	default:
		n.other(d)
	}
}

// guarded closes what nginx shows to some alone, but for the addresses that it names.
func (n *nginx) guarded(b *built, p *part, d pavise.Directive, arg string) {
	open := "pavise site update " + b.hosts[0]
	if p.path != "" {
		open += " --path " + p.path
	}
	switch {
	case arg == "off", d.Name == "allow" && arg == "all":
		n.tell(d, Implied, "it is open", "")
	case d.Name == "allow":
		p.except = append(p.except, arg)
		n.tell(d, Carried, "as maintenance: except", "")
	case d.Name == "deny" && arg != "all":
		n.tell(d, Left, "which addresses may not come is not carried over", "pavise ban add "+arg)
	case d.Name == "deny":
		p.closed = true
		n.tell(d, Carried, "as maintenance, which answers 503", "")
	default:
		p.closed = true
		n.tell(d, Left, "Pavise asks for no password: this is closed to everybody, as maintenance", "have the app ask, then: "+open+" --maintenance=false")
	}
}

// pass leads to a backend, or to those of an upstream.
func (n *nginx) pass(p *part, d pavise.Directive) {
	if len(d.Args) != 1 || strings.Contains(d.Args[0], "$") {
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
		if u.balance != "" {
			put(&p.m, "balance", u.balance)
		} else if len(list) > 1 {
			put(&p.m, "balance", "round-robin")
		}
	}
	for i := range list {
		list[i].at = target(scheme, list[i].at, strings.TrimSuffix(uri, "/"))
	}
	if len(list) == 0 {
		n.tell(d, Left, "the upstream has no server", "pavise site update NAME --backends ADDRESS")
		return
	}
	p.passed = true
	put(&p.m, "to", to(list))
	if has && p.path != "" {
		put(&p.m, "strip", true)
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

func (n *nginx) folder(p *part, d pavise.Directive, folder string) {
	if strings.Contains(folder, "$") || folder == "" {
		n.tell(d, Left, "a folder with variables is not known before the request", "pavise site update NAME --static FOLDER")
		return
	}
	if d.Name == "alias" && p.path != "" {
		put(&p.m, "strip", true)
	}
	p.folder = "/" + strings.Trim(folder, "/")
	n.tell(d, Carried, "", "")
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

// tryFiles knows the usual forms: files and then nothing, a page, or a named location.
func (n *nginx) tryFiles(b *built, p *part, d pavise.Directive) {
	var last string
	for _, arg := range d.Args {
		if last = arg; !strings.HasPrefix(arg, "$uri") && arg != d.Args[len(d.Args)-1] {
			n.tell(d, Left, arg+" is not carried over", "see static and fallback: pavise site update NAME --static FOLDER --fallback FILE")
			return
		}
	}
	named, known := p.named[last]
	switch {
	case strings.HasPrefix(last, "="), strings.HasPrefix(last, "$uri"):
		n.tell(d, Carried, "", "")
	case known:
		p.tried = true
		n.tell(d, Carried, "", "")
		for _, in := range named.Block {
			n.inPart(b, p, in)
		}
		delete(p.named, last)
	case strings.HasPrefix(last, "/") && !strings.ContainsAny(last, "?$") && !strings.HasSuffix(last, ".php"):
		p.fallback, p.tried = strings.TrimPrefix(last, "/"), true
		n.tell(d, Carried, "", "")
	default:
		n.tell(d, Left, "only files, a page and a named location are carried over", "have the app answer what is no file: pavise site update NAME --backends PORT")
	}
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
