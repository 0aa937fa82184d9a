package host

import (
	"cmp"
	"slices"
	"strings"

	"pavise"
)

// A webserver is Apache with what stands outside of all blocks.
type webserver struct {
	*ledger
	main pavise.Directive
	own  map[string]pavise.Directive // what counts of main, by its name in lower case
	list bool                        // it can list folders
}

func newWebserver(l *ledger) webserver {
	w := webserver{ledger: l, main: pavise.Directive{File: l.config.File, Name: "apache", Block: l.config.Directives}, own: map[string]pavise.Directive{}}
	for _, d := range w.main.Block {
		w.own[strings.ToLower(d.Name)] = d
	}
	w.list = w.loads("autoindex_module")
	return w
}

// get is what counts of a name for a host: its own, else that of the server.
func (w webserver) get(host pavise.Directive, name string) (pavise.Directive, bool) {
	if d, ok := last(host, name); ok {
		return d, true
	}
	d, ok := w.own[strings.ToLower(name)]
	return d, ok
}

// named are the directives of a name in a block; to Apache case says nothing.
func named(block pavise.Directive, name string) []pavise.Directive {
	var list []pavise.Directive
	for _, d := range block.Block {
		if strings.EqualFold(d.Name, name) {
			list = append(list, d)
		}
	}
	return list
}

// last is the one that counts.
func last(block pavise.Directive, name string) (pavise.Directive, bool) {
	list := named(block, name)
	if len(list) == 0 {
		return pavise.Directive{}, false
	}
	return list[len(list)-1], true
}

func (w webserver) hosts() []pavise.Directive { return named(w.main, "VirtualHost") }

func (w webserver) loads(module string) bool {
	return slices.ContainsFunc(named(w.main, "LoadModule"), func(d pavise.Directive) bool { return word(d, 0) == module })
}

// says judges a setting of the server, and of each virtual host that has its own.
func (w webserver) says(rule, name, usual, want string, good func(string) bool) {
	if d, ok := w.own[strings.ToLower(name)]; ok {
		w.judge(rule, good(word(d, 0)), d, written(d), want)
	} else {
		w.judge(rule, good(usual), pavise.Directive{File: w.main.File, Name: name}, "no "+name+": it is "+usual+" of itself", want)
	}
	for _, host := range w.hosts() {
		if d, ok := last(host, name); ok {
			w.judge(rule, good(word(d, 0)), d, written(d), want)
		}
	}
}

// tls judges each virtual host that speaks TLS; where none does, what the next one would.
func (w webserver) tls() {
	hosts := slices.DeleteFunc(w.hosts(), func(host pavise.Directive) bool { return !speaksTLS(host) })
	if len(hosts) == 0 {
		if _, says := w.own["sslprotocol"]; !says && !w.loads("ssl_module") {
			return
		}
		hosts = []pavise.Directive{w.main}
	}
	for _, host := range hosts {
		d, says := w.get(host, "SSLProtocol")
		if !says {
			d = pavise.Directive{File: w.main.File, Name: "SSLProtocol", Args: []string{"all", "-SSLv3"}, Usual: true}
		}
		old := oldApache(d.Args)
		w.versions(apache, len(old) > 0, d, "it lets in "+cmp.Or(strings.Join(old, ", "), "no old version")+": "+written(d), wantSSLProtocol)
		w.ciphers(host)
	}
}

func (w webserver) ciphers(host pavise.Directive) {
	d, says := w.get(host, "SSLCipherSuite")
	if !says || len(d.Args) == 0 {
		return
	}
	weak := weakOf(word(d, len(d.Args)-1)) // before it may stand the protocol it is for
	w.judge(ruleApacheCiphers, len(weak) == 0, d, "it lets in "+cmp.Or(strings.Join(weak, ", "), "no weak one")+": "+written(d),
		"SSLCipherSuite with ECDHE and AES-GCM or CHACHA20 alone")
}

func speaksTLS(host pavise.Directive) bool {
	d, ok := last(host, "SSLEngine")
	return ok && strings.EqualFold(word(d, 0), "on")
}

// oldApache are the old versions that SSLProtocol comes to: a word without a sign sets,
// one with a sign adds or takes away.
func oldApache(args []string) []string {
	all := []string{"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"} // SSLv3 is in no OpenSSL of today by "all"
	on := map[string]bool{}
	for _, arg := range args {
		names := []string{strings.TrimLeft(arg, "+-")}
		if strings.EqualFold(names[0], "all") {
			names = all
		}
		if !strings.HasPrefix(arg, "+") && !strings.HasPrefix(arg, "-") {
			clear(on)
		}
		for _, name := range names {
			on[strings.ToLower(name)] = !strings.HasPrefix(arg, "-")
		}
	}
	return slices.DeleteFunc(slices.Clone(oldVersions), func(v string) bool { return !on[strings.ToLower(v)] })
}

// redirects judges the virtual hosts in the clear. Those of loopback are nobody's.
func (w webserver) redirects() {
	for _, host := range w.hosts() {
		away := func(address string) bool {
			return !isLocal(address) && !strings.HasSuffix(address, ":443")
		}
		if speaksTLS(host) || !slices.ContainsFunc(host.Args, away) {
			continue
		}
		d, leads := apacheLeads(host)
		if !leads {
			d = host
		}
		w.judge(ruleApacheClear, leads, d, written(d), wantApacheLeads)
	}
}

// apacheLeads is what leads every path to https, or refuses it.
func apacheLeads(host pavise.Directive) (pavise.Directive, bool) {
	for _, d := range host.Block {
		to := word(d, len(d.Args)-1)
		switch strings.ToLower(d.Name) {
		case "redirect", "redirectpermanent", "redirecttemp":
			root := slices.Contains(d.Args, "/")
			if root && (strings.HasPrefix(to, "https://") || word(d, 0) == "403" || strings.EqualFold(word(d, 0), "gone")) {
				return d, true
			}
		case "redirectmatch":
			if i := slices.IndexFunc(d.Args, everything); i >= 0 && strings.HasPrefix(to, "https://") {
				return d, true
			}
		case "rewriterule":
			if strings.HasPrefix(word(d, 1), "https://") && everything(word(d, 0)) {
				return d, true
			}
		case "location":
			if word(d, 0) == "/" {
				if inner, ok := apacheLeads(d); ok {
					return inner, true
				}
			}
		}
	}
	return pavise.Directive{}, false
}

// folders judges the options of folders, wherever they stand.
func (w webserver) folders() {
	var walk func(block pavise.Directive, depth int)
	walk = func(block pavise.Directive, depth int) {
		for _, d := range block.Block {
			switch strings.ToLower(d.Name) {
			case "options":
				if w.list {
					lists := slices.ContainsFunc(d.Args, func(arg string) bool {
						arg = strings.ToLower(strings.TrimPrefix(arg, "+"))
						return arg == "indexes" || arg == "all"
					})
					w.judge(ruleApacheIndexes, !lists, d, written(d)+inFolder(block), "Options without Indexes")
				}
			case "allowoverride":
				w.judge(ruleApacheAllow, !strings.EqualFold(word(d, 0), "all"), d, written(d)+inFolder(block), "AllowOverride None")
			}
			if depth < maxBlocks {
				walk(d, depth+1)
			}
		}
	}
	walk(w.main, 0)
}

const maxBlocks = 64 // in one another

func inFolder(block pavise.Directive) string {
	if len(block.Args) == 0 {
		return ""
	}
	return " in <" + written(block) + ">"
}
