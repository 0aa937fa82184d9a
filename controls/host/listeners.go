package host

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// Listeners looks for what listens for strangers and is meant for the machine alone.
type Listeners struct{}

const (
	listeners     = "host.listeners"
	ruleApp       = listeners + ".app"
	ruleDatabase  = listeners + ".database"
	ruleAdmin     = listeners + ".admin"
	ruleMail      = listeners + ".mail"
	ruleLegacy    = listeners + ".legacy"
	wantLoopback  = "bound to 127.0.0.1 or ::1"
	pciNeeded     = "PCI DSS 4.0.1 2.2.4"
	pciInbound    = "PCI DSS 4.0.1 1.2.5"
	cweExposed    = "CWE-668"
	cweClear      = "CWE-319"
	showListeners = "ss -lntup"
)

// Doc describes the control.
func (Listeners) Doc() pavise.Doc {
	bind := func(lines string) pavise.Fix {
		return pavise.Fix{Other: lines + "\n# or at the host: nft add rule inet filter input tcp dport PORT iif != lo drop"}
	}
	app := bind("# systemd: give the app its address, and start it anew\n[Service]\nEnvironment=HOST=127.0.0.1")
	app.Express = "app.listen(3000, '127.0.0.1')  // without a host it listens on every interface"
	app.Nginx = "proxy_pass http://127.0.0.1:3000;  # and the app listens there alone"
	app.Apache = "# the app listens there alone\nProxyPass / http://127.0.0.1:3000/"
	return pavise.Doc{
		ID:       listeners,
		Title:    "What listens",
		Why:      "What answers at every interface answers strangers. An app that can be reached beside its proxy has none of the proxy's defences, and believes the headers that only the proxy ought to set; a database needs one weak password.",
		Verifies: "The tables of sockets in /proc, with the process, user and unit that each belongs to. What is bound to more than loopback is open, whatever a firewall says; a private address of its own counts as meant. The sockets of containers are seen only where a port of theirs is published.",
		Rules: []pavise.Rule{
			{ID: ruleApp, Title: "No app can be reached beside its proxy", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
				References: []string{pciInbound, "PCI DSS 4.0.1 1.4.2", "ASVS 5.0 13.2.1", cweExposed}, Owner: true, Fix: app},
			{ID: ruleDatabase, Title: "No database or cache listens for strangers", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
				Automatic:  "a database that can be reached from the internet",
				References: []string{"PCI DSS 4.0.1 1.4.4", pciNeeded, cweExposed}, Owner: true,
				Fix: bind("# redis.conf: bind 127.0.0.1 -::1 · postgresql.conf: listen_addresses = 'localhost' · my.cnf: bind-address = 127.0.0.1\n# mongod.conf: net.bindIp: 127.0.0.1 · memcached: -l 127.0.0.1 · elasticsearch.yml: network.host: _local_")},
			{ID: ruleAdmin, Title: "No port of administration listens for strangers", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N",
				References: []string{pciNeeded, "PCI DSS 4.0.1 2.2.7", cweExposed}, Owner: true,
				Fix: bind("# node --inspect=127.0.0.1:9229 · dockerd -H unix:///var/run/docker.sock · everything else through ssh -L")},
			{ID: ruleMail, Title: "Mail is taken from this machine alone", Severity: pavise.Low,
				References: []string{pciNeeded, pciInbound, cweExposed}, Owner: true,
				Fix: pavise.Fix{Other: "postconf -e 'inet_interfaces = loopback-only' && systemctl restart postfix\n# a server that only sends needs no Postfix: pavise mail serve listens on loopback alone (docs/operate/mail.md)\n# Exim: dc_local_interfaces='127.0.0.1 ; ::1' in /etc/exim4/update-exim4.conf.conf"}},
			{ID: ruleLegacy, Title: "No service of old that speaks in the clear listens for strangers", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"PCI DSS 4.0.1 2.2.5", pciNeeded, cweClear}, Owner: true,
				Fix: pavise.Fix{Other: "systemctl disable --now rpcbind.socket rpcbind  # telnet, ftp, tftp, finger, rsh likewise; use sftp and ssh"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Listeners) Validate() error { return nil }

// Check judges the sockets that strangers reach.
func (c Listeners) Check(e *pavise.Evidence) []pavise.Finding {
	m := e.Machine
	if m == nil {
		return nil
	}
	missing := m.Unread.Of(listeners).String()
	if len(m.Sockets) == 0 && missing != "" {
		return c.Doc().All(pavise.Unlooked, "/proc/net", missing)
	}
	open := slices.DeleteFunc(slices.Clone(m.Sockets), func(s pavise.Socket) bool { return !reached(s) })
	each := func(rule string, fault func(pavise.Socket) string) pavise.Finding {
		var failed []pavise.Finding
		for _, s := range open {
			if saw := fault(s); saw != "" {
				failed = append(failed, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: bound(s), Saw: saw, Want: wantLoopback,
					Proof: pavise.Proof{Command: showListeners + " | grep -F " + pavise.Quote(":"+strconv.Itoa(s.Port)+" ")}})
			}
		}
		return judged(rule, failed, len(open), missing, "/proc/net",
			fmt.Sprintf("none of %d sockets that strangers reach, of %d in all", len(open), len(m.Sockets)), wantLoopback)
	}
	return []pavise.Finding{
		c.apps(m, each),
		each(ruleDatabase, func(s pavise.Socket) string { return is(s, databases) }),
		each(ruleAdmin, func(s pavise.Socket) string { return is(s, administration) }),
		each(ruleMail, func(s pavise.Socket) string {
			if s.Proto == "tcp" && s.Port == 25 {
				return "mail is taken at port 25 by " + who(s)
			}
			return ""
		}),
		each(ruleLegacy, func(s pavise.Socket) string { return is(s, legacy) }),
	}
}

// proxies are the programs that stand in front of apps.
var proxies = []string{"nginx", "apache2", "httpd", "caddy", "haproxy", "traefik", "envoy", "lighttpd", "pavise"}

// servers are the programs that apps run in.
var servers = []string{"node", "nodejs", "deno", "bun", "php", "php-fpm", "python", "gunicorn", "uwsgi", "uvicorn", "ruby", "puma", "unicorn", "java", "dotnet", "beam.smp", "perl"}

// apps judges the app servers. Without a proxy on the machine the app may be meant to
// be reached: what stands elsewhere is not seen from here.
func (Listeners) apps(m *pavise.Machine, each func(string, func(pavise.Socket) string) pavise.Finding) pavise.Finding {
	i := slices.IndexFunc(m.Sockets, func(s pavise.Socket) bool { return slices.Contains(proxies, s.Process) })
	if i < 0 {
		f := each(ruleApp, func(pavise.Socket) string { return "" })
		if f.Outcome == pavise.Pass {
			return pavise.Skipped(ruleApp, "/proc/net", "no proxy listens here that an app could be reached beside")
		}
		return f
	}
	proxy := m.Sockets[i].Process
	f := each(ruleApp, func(s pavise.Socket) string {
		if s.Proto != "tcp" || !isApp(m, s) || is(s, databases) != "" || is(s, administration) != "" {
			return ""
		}
		return fmt.Sprintf("%s answers strangers beside %s", who(s), proxy)
	})
	if i := slices.IndexFunc(m.Sockets, unowned); f.Outcome == pavise.Pass && i >= 0 {
		return pavise.Unlooked(ruleApp, bound(m.Sockets[i]), "which process listens there cannot be seen from here: it may be the kernel, or in a container")
	}
	return f
}

// unowned reports whether strangers reach a socket of which nobody knows whose it is.
func unowned(s pavise.Socket) bool {
	return s.Proto == "tcp" && s.Process == "" && reached(s) && is(s, databases) == "" && is(s, administration) == ""
}

// published reports whether a socket leads into a container: of Docker or Podman.
func published(s pavise.Socket) bool {
	return s.Process == "docker-proxy" || s.Process == "rootlessport"
}

// isApp reports whether an app holds the socket: by its program, or by its unit.
func isApp(m *pavise.Machine, s pavise.Socket) bool {
	name := strings.TrimRight(s.Process, "0123456789.-") // python3.11, php-fpm8.2
	if slices.Contains(servers, s.Process) || slices.Contains(servers, name) {
		return true
	}
	if published(s) {
		return s.Port != 80 && s.Port != 443 // at which a site is meant to be
	}
	return slices.ContainsFunc(m.Units, func(u pavise.Unit) bool { return u.App && u.Name == s.Unit && !slices.Contains(proxies, s.Process) })
}

// reached reports whether strangers reach a socket. One that is bound to one private
// address is meant for that network.
func reached(s pavise.Socket) bool {
	at, err := netip.ParseAddr(s.Address)
	return s.Open && (err != nil || !at.IsPrivate() && !at.IsLinkLocalUnicast())
}

func bound(s pavise.Socket) string {
	return s.Proto + " " + net.JoinHostPort(s.Address, strconv.Itoa(s.Port))
}

// who says whose a socket is, as far as that is known.
func who(s pavise.Socket) string {
	if s.Process == "" {
		return "a process that may not be seen"
	}
	name := fmt.Sprintf("%s (%d)", s.Process, s.PID)
	if published(s) {
		name = fmt.Sprintf("a container, by %s (%d)", s.Process, s.PID)
	}
	if s.User != "" {
		name += " of " + s.User
	}
	if s.Unit != "" {
		name += ", " + s.Unit
	}
	if s.Command != "" {
		name += ": " + pavise.Clip(s.Command, 120)
	}
	return name
}
