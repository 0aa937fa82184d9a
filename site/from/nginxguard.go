package from

import (
	"net/netip"
	"slices"
	"strings"

	"pavise"
)

// A guard says whom nginx lets in.
type guard struct {
	never   bool // it shows nothing: what answers is not carried over either
	shut    bool // to everybody
	relayed bool // clients come by way of others, whose word on them Pavise is not told to take
	rules   []rule
	allowed *allowed
	asks    map[string]bool // by directive, such as auth_basic: whether it is on
	satisfy string
}

// An allowed is what rules come to.
type allowed struct {
	closed bool
	except []string
}

// A rule allows or denies some addresses.
type rule struct {
	allow, all bool
	net        netip.Prefix
	half       int // the server of the site that it stands in
	d          pavise.Directive
}

// maxRules bounds those of one place, which count for each part below it.
const maxRules = 1000

// listed reports whether a directive is one of a list, which is inherited whole.
func listed(d pavise.Directive) bool { return d.Name == "allow" || d.Name == "deny" }

// deniesAll reports whether a deny is for the whole of IPv4 or IPv6: a server that has
// both is meant to be closed by it.
func deniesAll(d pavise.Directive) bool {
	network, err := netip.ParsePrefix(strings.Join(d.Args, " "))
	return d.Name == "deny" && err == nil && network.Bits() == 0
}

// closes reports whether a deny is for everybody, or for more than Pavise can tell. A
// socket is neither: Pavise listens at none.
func closes(d pavise.Directive) bool {
	arg := strings.Join(d.Args, " ")
	_, err := pavise.ParseNetwork(arg)
	return d.Name == "deny" && err != nil && arg != "unix:"
}

// guarded closes what nginx shows to some alone.
func (n *nginx) guarded(b *built, p *part, d pavise.Directive, arg string) {
	switch {
	case listed(d):
		r := rule{allow: d.Name == "allow", all: arg == "all" || deniesAll(d), half: b.half, d: d}
		var err error
		if r.net, err = pavise.ParseNetwork(arg); err != nil && !r.all {
			why := "it is no network that Pavise takes"
			if closes(d) {
				p.shut = true
				why += ": this is closed to everybody, as maintenance"
			}
			n.tell(d, Left, why, "name it by address: pavise site update "+b.option(p)+" --set 'maintenance={on: true, except: [ADDRESS]}'")
			return
		}
		if p.rules, p.allowed = append(p.rules, r), nil; len(p.rules) == maxRules {
			p.shut = true
			n.tell(d, Left, "there are too many rules: this is closed to everybody, as maintenance", "have a firewall let them in, then: "+b.open(p))
		}
	case d.Name == "satisfy":
		p.satisfy = arg
		n.tell(d, Implied, "where a password is asked for all are kept out, but who is let in by address alone", "")
	case d.Name == "internal":
		p.never = true
		n.tell(d, Left, "nginx shows it where the app says so, by X-Accel-Redirect or X-Sendfile, which Pavise does not heed: it is closed, as maintenance, and names no files", "have the app send them itself")
	case d.Name == "limit_except":
		p.shut = true
		n.tell(d, Left, "which methods some alone may use is not carried over: it is closed to everybody, as maintenance", "have the app guard it, then: "+b.open(p))
	case d.Name == "ssl_verify_client" && (arg == "optional" || arg == "optional_no_ca"):
		n.tell(d, Left, "Pavise asks for no certificate of a client", "have the app know its clients in another way")
	case arg == "off":
		p.ask(d.Name, false)
		n.tell(d, Implied, "it is open, unless something else closes it", "")
	default:
		p.ask(d.Name, true)
		n.tell(d, Left, "Pavise asks for no "+map[bool]string{true: "certificate of a client", false: "password"}[d.Name == "ssl_verify_client"]+": this is closed to everybody, as maintenance", "have the app ask, then: "+b.open(p))
	}
}

// ask notes whether a part asks who it is; what one server of a site asks, another does
// not undo.
func (p *part) ask(name string, on bool) {
	if p.asks == nil {
		p.asks = map[string]bool{}
	}
	p.asks[name] = p.asks[name] || on
}

// option names a part as pavise site update does.
func (b *built) option(p *part) string {
	if p.path == "" {
		return b.hosts[0]
	}
	return b.hosts[0] + " --path " + p.path
}

func (b *built) open(p *part) string {
	return "pavise site update " + b.option(p) + " --maintenance=false"
}

// closed reports whether a part is closed, but for the addresses of some.
func (p *part) closed() (closed bool, except []string) {
	var ruling *part
	asks, satisfy := map[string]bool{}, ""
	for up := p; up != nil; up = up.up {
		if up.shut || up.never {
			return true, nil
		}
		if ruling == nil && up.rules != nil {
			ruling = up
		}
		if satisfy == "" {
			satisfy = up.satisfy
		}
		for name, on := range up.asks {
			if _, said := asks[name]; !said {
				asks[name] = on
			}
		}
	}
	if ruling != nil {
		if ruling.allowed == nil {
			closed, except = permitted(ruling.rules)
			ruling.allowed = &allowed{closed, except}
		}
		if closed, except = ruling.allowed.closed, ruling.allowed.except; p.behind() {
			except = nil
		}
	}
	for _, on := range asks {
		if on && satisfy != "any" {
			return true, nil
		}
		closed = closed || on
	}
	return closed, except
}

// behind reports whether clients of a part come by way of others: to let one of their
// addresses in would let everybody in.
func (p *part) behind() bool {
	return p.inherits(func(p *part) bool { return p.relayed }).relayed
}

// refused reports whether nginx shows nothing of a part to anybody.
func (p *part) refused() bool {
	for ; p != nil; p = p.up {
		if p.never {
			return true
		}
	}
	return false
}

// permitted goes through rules as nginx does: the first that fits counts.
func permitted(rules []rule) (closed bool, except []string) {
	half := -1
	var denied []netip.Prefix
	done := false
	for _, r := range rules {
		if r.half != half {
			if closed { // by the other server of the site: none is let in
				return true, nil
			}
			half, done, denied, except = r.half, false, nil, nil
		}
		switch {
		case done:
		case r.all:
			done, closed = true, closed || !r.allow
		case !r.allow:
			denied = append(denied, r.net)
		case !slices.ContainsFunc(denied, r.net.Overlaps):
			except = append(except, r.d.Args[0])
		}
	}
	return closed, except
}

// tellRules tells what became of who may come, once all is known that closes a part.
func (n *nginx) tellRules(b *built, p *part) {
	closed, except := p.closed()
	for _, r := range p.rules {
		switch {
		case !r.allow && r.all && closed:
			n.tell(r.d, Carried, "as maintenance, which answers 503", "")
		case !r.allow && !r.all:
			n.tell(r.d, Left, "which addresses may not come is not carried over", "pavise ban add "+r.d.Args[0])
		case !closed:
			n.tell(r.d, Implied, "it is open", "")
		case slices.Contains(except, r.d.Args[0]):
			n.tell(r.d, Carried, "as maintenance: except", "")
		case p.behind():
			n.tell(r.d, Left, "clients come by way of another server, whose word on their address Pavise is not told to take: this is closed to everybody, as maintenance",
				"see trust in pavise controls requests.client, then: pavise site update "+b.option(p)+" --set 'maintenance={on: true, except: [ADDRESS]}'")
		default:
			n.tell(r.d, Left, "something else closes this to everybody", "see what does, then: "+b.open(p))
		}
	}
}

// guards reports whether nginx lets some alone see what a block is for.
func (n *nginx) guards(list []pavise.Directive) bool {
	return slices.ContainsFunc(list, func(d pavise.Directive) bool {
		switch arg := strings.Join(d.Args, " "); d.Name {
		case "deny":
			return closes(d)
		case "allow", "satisfy", "internal":
			return false
		case "return":
			return refuses(d)
		case "if":
			return !n.harmless(arg) && slices.ContainsFunc(d.Block, leadsAway) || n.guards(d.Block)
		default:
			return guarding[d.Name] && arg != "off" && !strings.HasPrefix(arg, "optional") || n.guards(d.Block)
		}
	})
}

// leadsAway reports whether a directive has something else answer.
func leadsAway(d pavise.Directive) bool {
	return d.Name == "return" || d.Name == "rewrite" || strings.HasSuffix(d.Name, "_pass")
}

// refuses reports whether a return says no.
func refuses(d pavise.Directive) bool {
	return d.Name == "return" && len(d.Args) > 0 && (strings.HasPrefix(d.Args[0], "4") || strings.HasPrefix(d.Args[0], "5")) && len(d.Args[0]) == 3
}

// unsaid tells of a block that Pavise cannot be told. Where it guards something that is
// closed by its paths, or else all that it stands in.
func (n *nginx) unsaid(b *built, up *part, d pavise.Directive, paths []string, why, do string) {
	inner := slices.ContainsFunc(d.Block, func(d pavise.Directive) bool { return d.Name == "internal" })
	guards := n.guards([]pavise.Directive{d})
	switch what := strings.Join(paths, ", ") + " and all below"; {
	case !guards && inner && paths == nil:
		up.inner = true
		n.tell(d, Left, why+"; it is for nginx itself, so files beside it are closed, as maintenance", "see that it names no secret, then: "+b.open(up))
	case !guards && !inner:
		n.tell(d, Left, why, do)
	case paths == nil || slices.ContainsFunc(paths, func(path string) bool { return !tellable(path) || b.alike(path) }):
		if what = "this part of the site"; up.path == "" {
			what = "the whole site"
		}
		up.shut = true
		n.tell(d, Left, why+"; it guards something, so "+what+" is closed, as maintenance", "have the app guard it, then: "+b.open(up))
	default:
		for _, path := range paths {
			if b.paths[strings.ToLower(path)] == nil {
				b.part(up, path, d).lost = true
			}
			b.part(up, path, d).shut = true
		}
		n.tell(d, Left, why+"; it guards something, so "+what+" is closed, as maintenance", "have the app guard it, then: "+b.open(b.paths[strings.ToLower(paths[0])]))
	}
}
