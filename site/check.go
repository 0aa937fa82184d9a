package site

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// check notes what is wrong in a file whose form is right, and works out the
// policy of each site.
func (d *decoder) check(f *File, to func(string) error) {
	if n := d.where[&f.Listen]; n != nil {
		f.Listen.Line = n.Line
	}
	d.address(&f.Listen.HTTPS, "https", ":443")
	if f.Listen.HTTP != "off" {
		d.address(&f.Listen.HTTP, "http", ":80")
	}
	switch to := &f.Listen.HTTP3; *to {
	case "", "on", "off":
	default:
		d.fail(d.where[to], "", "listen: http3: must be on or off, not %s", show(*to))
	}
	d.acme(f)
	d.store(f)
	d.drain(f)
	d.mail(f)
	d.eyes(f)
	seen := map[string]int{}
	for i := range f.Sites {
		s := &f.Sites[i]
		n := d.where[s]
		if n == nil {
			continue
		}
		s.Line = n.Line
		for j := range s.Hosts {
			d.host(&s.Hosts[j], seen)
		}
		d.apps(s, f.Listen, to)
		s.Policy = d.policy(s)
		d.acceptances(s.Accept)
		d.declarations(s.Declare)
	}
	d.together(f.Sites)
	d.dashboard(f, seen)
	d.geoip(f)
}

// upstream notes what the caller says about where the app listens.
func (d *decoder) upstream(s *string, to func(string) error) {
	err := to(*s)
	if err == nil {
		return
	}
	hint := ""
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		hint = "write " + hinted.Hint()
	}
	d.fail(d.where[s], hint, "%v", err)
}

// failAll notes each of the errors that were joined.
func (d *decoder) failAll(n *yaml.Node, err error) {
	if err == nil {
		return
	}
	for text := range strings.SplitSeq(err.Error(), "\n") {
		d.fail(n, "", "%s", text)
	}
}

func (d *decoder) address(s *string, key, such string) {
	if *s == "" {
		return
	}
	if Address(*s) {
		return
	}
	hint := ""
	if _, bad := strconv.ParseUint(*s, 10, 16); bad == nil {
		hint = "write \":" + *s + `"`
	}
	d.fail(d.where[s], hint, "listen: %s: want an address such as %q, got %s", key, such, show(*s))
}

// Address reports whether one can listen at s: host:port, where host may be absent.
func Address(s string) bool {
	_, port, err := net.SplitHostPort(s)
	_, bad := strconv.ParseUint(port, 10, 16)
	return err == nil && bad == nil
}

// host puts a host name into its one form: lower case.
func (d *decoder) host(s *string, seen map[string]int) {
	n := d.where[s]
	if n == nil {
		return
	}
	name, fault := canonical(*s)
	if fault != "" {
		hint := ""
		if better, bad := canonical(core(*s)); bad == "" {
			hint = "write " + better
		}
		d.fail(n, hint, "hosts: %s %s", show(*s), fault)
		return
	}
	*s = name
	if line := seen[name]; line != 0 {
		d.fail(n, "", "hosts: %s is already named on line %d", name, line)
		return
	}
	seen[name] = n.Line
}

// Hosts returns the names in the form in which a Host header is compared, or why
// one of them is no host.
func Hosts(names []string) ([]string, error) {
	hosts := make([]string, len(names))
	for i, s := range names {
		name, fault := canonical(s)
		if fault != "" {
			return nil, fmt.Errorf("host %s %s", show(s), fault)
		}
		hosts[i] = name
	}
	return hosts, nil
}

// canonical returns the form in which a Host header is compared, or why the text
// is no host name (RFC 1123 2.1) and no address.
func canonical(s string) (name, fault string) {
	s = strings.ToLower(s)
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return addr.String(), ""
	}
	switch {
	case strings.Contains(s, "*"):
		return "", "is a wildcard, which is not supported: name each host"
	case strings.ContainsAny(s, ":/?#@[]"):
		return "", "is more than a host name"
	case strings.IndexFunc(s, func(r rune) bool { return r > 0x7e }) >= 0:
		return "", "must be written in its xn-- form"
	case !validName(s):
		return "", "is not a host name"
	}
	return s, ""
}

func validName(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(s) <= 253 && strings.Trim(last, "0123456789") != "" // else it is half an address
}

// core takes scheme, path, port and final dot off what may be a URL.
func core(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
	}
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		s = s[:i]
	}
	host, _ := pavise.SplitHost(s)
	return strings.TrimSuffix(host, ".")
}

// policy is what is recommended, with the site's settings in place of the
// standard ones, and then the exceptions.
func (d *decoder) policy(s *Site) pavise.Policy {
	p := s.Controls.Over(d.catalogue)
	d.settings(d.where[&s.Controls], s.Controls)
	for i := range s.Except {
		x := &s.Except[i]
		if n := d.where[x]; n != nil {
			x.Line = n.Line
			p = append(p, d.exception(x, p)...)
		}
	}
	return p
}

// Over is what is recommended of a catalogue, with these settings in place of the standard
// ones.
func (set Controls) Over(catalogue []pavise.Control) pavise.Policy {
	p := pavise.Recommend(catalogue)
	for i := range p {
		if c := set[p[i].Control.Doc().ID]; c != nil {
			p[i].Control = c
		}
	}
	return p
}

// settings notes what controls say about their settings, in the order of the file.
func (d *decoder) settings(n *yaml.Node, set Controls) {
	if n == nil {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if c := set[n.Content[i].Value]; c != nil {
			d.validate(n, n.Content[i].Value, c)
		}
	}
}

// validate notes what a control says about its settings, at the key that is
// meant where one is named, else at the control.
func (d *decoder) validate(settings *yaml.Node, id string, c pavise.Control) {
	err := c.Validate()
	if err == nil {
		return
	}
	key, value := entry(settings, id)
	for text := range strings.SplitSeq(err.Error(), "\n") {
		at := key
		word, _, _ := strings.Cut(strings.TrimPrefix(text, id+": "), " ")
		if k, _ := entry(value, strings.TrimSuffix(word, ":")); k != nil {
			at = k
		}
		d.fail(at, "", "%s", text)
	}
}

// entry returns the nodes of a key and its value in a map, or nil.
func entry(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func (d *decoder) exception(x *Exception, p pavise.Policy) []pavise.Setting {
	mode := d.mode(x)
	d.paths(x)
	id := string(x.Control)
	i := slices.IndexFunc(p, func(s pavise.Setting) bool { return s.Control.Doc().ID == id })
	if i < 0 {
		if id != "" {
			d.unknownControl(d.where[&x.Control], "except", id)
		}
		return nil
	}
	s := pavise.Setting{Control: p[i].Control, Mode: mode, Paths: x.Paths, Reason: x.Reason, Until: x.end()}
	d.weakening(x, s)
	return []pavise.Setting{s}
}

func (d *decoder) mode(x *Exception) pavise.Mode {
	n := d.where[&x.Mode]
	switch {
	case n == nil || x.Mode == "off":
		return pavise.Off
	case x.Mode == "observe":
		return pavise.Observe
	}
	d.fail(n, "", "except: mode must be off or observe, not %s", show(x.Mode))
	return pavise.Off
}

func (d *decoder) paths(x *Exception) {
	if n := d.where[&x.Paths]; n != nil && len(x.Paths) == 0 {
		d.fail(n, "to except it everywhere, leave paths out", "except: paths must not be empty")
	}
	for i := range x.Paths {
		n := d.where[&x.Paths[i]]
		if _, err := pavise.ParsePattern(x.Paths[i]); n != nil && err != nil {
			d.fail(n, "", "except: %v", err)
		}
	}
}

// weakening asks the policy whether the control can be weakened so. Settings,
// reason and paths have been judged, each in its own place, and are left out.
func (d *decoder) weakening(x *Exception, s pavise.Setting) {
	on := pavise.Setting{Control: d.control(string(x.Control))}
	s.Control, s.Reason = on.Control, "judged"
	if s.Paths != nil {
		s.Paths = []string{"/"}
	}
	d.failAll(d.where[x], pavise.Policy{on, s}.Validate())
}
