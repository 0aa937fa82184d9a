package host

import (
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

// An nginxScope is a block of nginx with those it stands in, the outermost first.
type nginxScope []pavise.Directive

// here is the block itself.
func (s nginxScope) here() pavise.Directive { return s[len(s)-1] }

// find returns the directive that counts here: that of the innermost block that has it.
func (s nginxScope) find(name string) (pavise.Directive, bool) {
	if list := s.list(name); len(list) > 0 {
		return list[0], true
	}
	return pavise.Directive{}, false
}

// list returns all that count here: add_header and its like are inherited only by a
// block that has none of its own.
func (s nginxScope) list(name string) []pavise.Directive {
	for _, block := range slices.Backward(s) {
		if own := within(block, name); len(own) > 0 {
			return own
		}
	}
	return nil
}

// text is the first argument of what counts here, or what nginx has of itself.
func (s nginxScope) text(name, usual string) string {
	if d, ok := s.find(name); ok {
		return word(d, 0)
	}
	return usual
}

// within are the directives of a name that stand in a block, not in those within.
func within(block pavise.Directive, names ...string) []pavise.Directive {
	var list []pavise.Directive
	for _, d := range block.Block {
		if slices.Contains(names, d.Name) {
			list = append(list, d)
		}
	}
	return list
}

// nginxHTTP is the block of http, and whether there is one.
func nginxHTTP(c pavise.Config) (nginxScope, bool) {
	for _, d := range c.Directives {
		if d.Name == "http" {
			return nginxScope{d}, true
		}
	}
	return nil, false
}

// nginxServers are the blocks of all servers of http.
func nginxServers(c pavise.Config) []nginxScope {
	var list []nginxScope
	for _, http := range c.Directives {
		if http.Name != "http" {
			continue
		}
		for _, server := range within(http, "server") {
			list = append(list, nginxScope{http, server})
		}
	}
	return list
}

// all are the block itself and every location, if and limit_except within.
func (s nginxScope) all() []nginxScope {
	list := []nginxScope{s}
	for _, d := range within(s.here(), "location", "if", "limit_except") {
		list = append(list, append(s[:len(s):len(s)], d).all()...)
	}
	return list
}

// A listen is one address of a server.
type listen struct {
	at      pavise.Directive
	address string
	secure  bool
	local   bool // nobody from elsewhere reaches it
	first   bool // default_server
}

// listens are the addresses of a server; without any it is port 80.
func (s nginxScope) listens() []listen {
	var list []listen
	ssl, _ := s.find("ssl")
	for _, d := range within(s.here(), "listen") {
		has := func(word string) bool { return slices.Contains(d.Args, word) }
		list = append(list, listen{at: d, address: word(d, 0), local: isLocal(word(d, 0)),
			secure: has("ssl") || has("quic") || word(ssl, 0) == "on", first: has("default_server") || has("default")})
	}
	if list == nil {
		list = []listen{{at: s.here(), address: "80"}}
	}
	return list
}

// secure reports whether a server speaks TLS, and clear whether it answers strangers
// without.
func (s nginxScope) secure() bool {
	return slices.ContainsFunc(s.listens(), func(l listen) bool { return l.secure })
}

func (s nginxScope) clear() bool {
	return slices.ContainsFunc(s.listens(), func(l listen) bool { return !l.secure && !l.local })
}

// isLocal reports whether an address is a socket in a file, or of loopback.
func isLocal(address string) bool {
	if strings.HasPrefix(address, "unix:") {
		return true
	}
	host := address
	if i := strings.LastIndexByte(address, ':'); i >= 0 && !strings.HasSuffix(address, "]") {
		host = address[:i]
	}
	host = strings.Trim(host, "[]")
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// answers is the status that a block returns to everybody, "" if it does not.
func (s nginxScope) answers() (d pavise.Directive, status string) {
	for _, d := range within(s.here(), "return", "rewrite") {
		switch code, last := word(d, 0), word(d, len(d.Args)-1); {
		case d.Name == "return" && len(d.Args) == 1 && strings.Contains(code, "://"):
			return d, "302"
		case d.Name == "return":
			return d, code
		case last == "permanent" && everything(code):
			return d, "301"
		case last == "redirect" && everything(code):
			return d, "302"
		}
	}
	return pavise.Directive{}, ""
}

// everything reports whether a pattern of rewrite matches all paths.
func everything(pattern string) bool {
	return slices.Contains([]string{"^", ".*", "^.*", "^.*$", "(.*)", "^(.*)$", "^(.*)", "^/(.*)$", "^/(.*)", "^/.*$", "^/", "/"}, pattern)
}

// passes are the directives that hand a request on.
var nginxPasses = []string{"proxy_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "grpc_pass", "memcached_pass"}

// nginxFix is a rule's lines for nginx.
func nginxFix(lines string) pavise.Fix { return pavise.Fix{Nginx: lines} }
