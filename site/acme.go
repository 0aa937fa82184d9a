package site

import (
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// An ACME says how certificates come from an authority by that protocol, for sites
// that have none of their own.
type ACME struct {
	Off        bool     `yaml:"off" doc:"ask no authority: the local one signs for every host" default:"false"`
	Email      string   `yaml:"email" doc:"mail address of the account at the authority"`
	Directory  string   `yaml:"directory" doc:"address of the authority's directory; another than the standard one is asked for every named host" default:"Let's Encrypt's"`
	CARoot     string   `yaml:"ca-root" names:"file" doc:"PEM file with the roots to trust the directory by, for a company's own authority"`
	Profile    string   `yaml:"profile" doc:"kind of certificate, by a name that the directory lists, such as shortlived" default:"the authority's choice"`
	Challenges []string `yaml:"challenges" doc:"how a host is proved to be ours: http-01, tls-alpn-01 or dns-01" default:"http-01 and tls-alpn-01; dns-01 with a dns-hook"`
	DNSHook    string   `yaml:"dns-hook" doc:"program that sets a TXT record when called with present DOMAIN NAME VALUE, and removes it with cleanup DOMAIN NAME VALUE"`
	Resolvers  []string `yaml:"resolvers" doc:"DNS servers that must see the record before the authority is told to look, as address or address:port" default:"the system's"`
	WarnHook   string   `yaml:"warn-hook" doc:"program to call with HOST REASON EXPIRY when a certificate is in danger of not being renewed in time"`
	KeyID      string   `yaml:"eab-key-id" doc:"key id for authorities that only serve accounts they know (external account binding)"`
	KeyFile    string   `yaml:"eab-key-file" names:"file" doc:"file with the key to that id, in base64url"`

	Line int // where the section begins in the file
}

// beside takes relative paths from the folder.
func (a *ACME) beside(folder string) {
	takeFrom(folder, &a.CARoot, &a.DNSHook, &a.WarnHook, &a.KeyFile)
}

var challenges = []string{"http-01", "tls-alpn-01", "dns-01"}

// acme notes what is wrong with the section.
func (d *decoder) acme(f *File) {
	a := &f.ACME
	if n := d.where[a]; n != nil {
		a.Line = n.Line
	}
	for i := range a.Challenges {
		if n := d.where[&a.Challenges[i]]; n != nil && !slices.Contains(challenges, a.Challenges[i]) {
			d.fail(n, didYouMean(a.Challenges[i], challenges), "acme: unknown challenge %s", show(a.Challenges[i]))
		}
	}
	if n := d.where[&a.Challenges]; n != nil {
		switch dns := slices.Contains(a.Challenges, "dns-01"); {
		case len(a.Challenges) == 0:
			d.fail(n, listed(challenges), "acme: challenges must not be empty")
		case dns && a.DNSHook == "":
			d.fail(n, "dns-hook: /path/program", "acme: dns-01 needs a dns-hook")
		case dns && len(a.Challenges) > 1:
			d.fail(n, "write [dns-01]", "acme: dns-01 goes alone: whoever can set DNS records needs no other")
		case !dns && a.DNSHook != "":
			d.fail(n, "add dns-01, or delete dns-hook", "acme: dns-hook is for dns-01")
		case f.Listen.HTTP == "off" && slices.Equal(a.Challenges, []string{"http-01"}):
			d.fail(n, "write [tls-alpn-01]", "acme: http-01 needs plain http, and listen: http is off")
		}
	}
	if n := d.where[&a.Directory]; n != nil && !Directory(a.Directory) {
		d.fail(n, "such as https://ca.example.com/acme/directory", "acme: directory: want an https address, got %s", show(a.Directory))
	}
	if n := d.where[&a.Email]; n != nil && !Email(a.Email) {
		d.fail(n, "", "acme: email: want a mail address, got %s", show(a.Email))
	}
	for i := range a.Resolvers {
		d.resolver(&a.Resolvers[i])
	}
	if n := d.where[&a.KeyID]; n != nil && a.KeyFile == "" {
		d.fail(n, "", "acme: eab-key-id needs an eab-key-file")
	}
	if n := d.where[&a.KeyFile]; n != nil && a.KeyID == "" {
		d.fail(n, "", "acme: eab-key-file needs an eab-key-id")
	}
}

// resolver puts the address of a DNS server into its one form: with a port.
func (d *decoder) resolver(s *string) {
	n := d.where[s]
	if n == nil {
		return
	}
	if addr, err := netip.ParseAddr(*s); err == nil {
		*s = net.JoinHostPort(addr.String(), "53")
	} else if _, err := netip.ParseAddrPort(*s); err != nil {
		d.fail(n, "such as 9.9.9.9 or [2620:fe::fe]:53", "acme: resolvers: want an address, got %s", show(*s))
	}
}

// Directory reports whether s can be the address of a directory.
func Directory(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// Email reports whether s is one bare mail address.
func Email(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && !strings.ContainsAny(s, "?,")
}
