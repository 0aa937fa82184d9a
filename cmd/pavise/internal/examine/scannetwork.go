package examine

import (
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

// networkFlags say what is looked at beside the site: ports, names, mail.
type networkFlags struct {
	flags           *pflag.FlagSet
	ports, resolver string
	mail            []string
}

// allTime is what a scan of all ports may take unless the asker says otherwise.
const allTime = 20 * time.Minute

func (f *networkFlags) add(flags *pflag.FlagSet) {
	f.flags = flags
	flags.StringVar(&f.ports, "ports", "", "`PORTS` to try beside the site's own: top, all, none, or 22,80,8000-8010 (default top, on loopback none)")
	flags.StringVar(&f.resolver, "resolver", "", "ask `ADDR[:PORT]` for names, and not the system's resolver; none asks nobody")
	flags.StringArrayVar(&f.mail, "mail", nil, "speak with this mail server, too: `HOST[:PORT]`, by default at 25, 465 and 587")
}

func (f *networkFlags) into(opt *scan.Options) error {
	opt.Target.Ports = f.ports
	named, err := f.named()
	if err != nil {
		return cli.Usage("--ports 22,80,8000-8010", "--ports takes top, all, none or a list: %w", err)
	}
	if !f.flags.Changed("max-connections") {
		opt.MaxConnections += len(named) // whoever names a port wants the connection
	}
	if f.ports == "all" && !f.flags.Changed("timeout") {
		opt.Timeout = allTime
	}
	opt.Resolver = f.resolver
	if f.resolver != "" && f.resolver != scan.NoResolver {
		at, err := resolverAddress(f.resolver)
		if err != nil {
			return cli.Usage("--resolver 9.9.9.9", "--resolver takes an address and a port, not %q", f.resolver)
		}
		opt.Resolver = at
	}
	servers, err := mailServers(f.mail)
	if !f.flags.Changed("max-connections") {
		opt.MaxConnections += mailConnections * len(servers)
	}
	opt.Target.Mail = strings.Join(servers, ",")
	return err
}

// named are the ports that the asker has named.
func (f *networkFlags) named() ([]int, error) {
	switch f.ports {
	case "", "top", "none":
		return nil, nil
	case "all":
		return pavise.ParsePorts("1-65535")
	}
	return pavise.ParsePorts(f.ports)
}

func resolverAddress(s string) (string, error) {
	if at, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return netip.AddrPortFrom(at, 53).String(), nil
	}
	at, err := netip.ParseAddrPort(s)
	return at.String(), err
}

// mailConnections is what it takes to see all that a mail server offers in TLS.
const mailConnections = 100

func mailServers(hosts []string) (servers []string, err error) {
	for _, host := range hosts {
		host = strings.ToLower(host)
		name, port, err := net.SplitHostPort(host)
		if err != nil {
			name = strings.Trim(host, "[]")
			for _, port := range []string{"25", "465", "587"} {
				servers = append(servers, net.JoinHostPort(name, port))
			}
		} else if _, err := pavise.ParsePorts(port); err != nil {
			return nil, cli.Usage("--mail mail.example.com:25", "--mail %s: %w", host, err)
		} else {
			servers = append(servers, host)
		}
		if name == "" || strings.ContainsAny(name, "/, ") {
			return nil, cli.Usage("--mail mail.example.com", "--mail takes the name of a mail server, not %q", host)
		}
	}
	return servers, nil
}
