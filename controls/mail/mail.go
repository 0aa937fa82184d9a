// Package mail holds the controls of the mail servers of a site: those that are named,
// and those that are found at its ports. They are verified only.
package mail

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// A server is one mail server at one port.
type server struct {
	address, name string
	secure        bool // TLS from the first byte
}

// maxServers bounds those that are spoken with.
const maxServers = 6

// servers are those that the asker has named, and those that a sweep has found.
func servers(e *pavise.Evidence) []server {
	var list []server
	for address := range strings.SplitSeq(e.Target.Mail, ",") {
		if name, port, err := net.SplitHostPort(address); err == nil {
			list = append(list, server{address, name, port == "465"})
		}
	}
	for _, a := range e.Answers {
		if a.Sweep == nil || a.Probe.Ports == nil || a.Probe.Ports.Host != e.Target.Host() {
			continue
		}
		for _, s := range a.Sweep.Open {
			if s.Name == "smtp" {
				list = append(list, server{net.JoinHostPort(a.Sweep.Address, strconv.Itoa(s.Port)), e.Target.Host(), s.Secure})
			}
		}
	}
	return list[:min(len(list), maxServers)]
}

// probe has a server speak. This machine's own often relay for whoever sits at it: those
// are not asked whether they do.
func (s server) probe() pavise.Probe {
	host, _, _ := net.SplitHostPort(s.address)
	return pavise.Probe{Mail: &pavise.Mail{Address: s.address, Name: s.name, Secure: s.secure, Relay: !pavise.Local(host)}}
}

func probes(e *pavise.Evidence) []pavise.Probe {
	var list []pavise.Probe
	for _, s := range servers(e) {
		list = append(list, s.probe())
	}
	return list
}

// A verdict is what a rule comes to at one server.
type verdict = pavise.Verdict

func pass(saw string) verdict { return verdict{Outcome: pavise.Pass, Saw: saw} }
func fail(saw string) verdict { return verdict{Outcome: pavise.Fail, Saw: saw} }
func skip(why string) verdict { return verdict{Outcome: pavise.Skip, Saw: why} }

// failIf fails with what was seen, or passes.
func failIf(fault, saw string) verdict {
	if fault != "" {
		return fail(fault)
	}
	return pass(saw)
}

// each judges a rule at every server.
func each(e *pavise.Evidence, rule, want string, judge func(server, *pavise.Mailer) verdict) []pavise.Finding {
	var list []pavise.Finding
	for _, s := range servers(e) {
		a, why := e.Heard(s.probe())
		if a == nil && e.Answer(s.probe()) != nil && e.Answer(s.probe()).Closed {
			list = append(list, pavise.Skipped(rule, s.address, "nobody listens there"))
			continue
		}
		if a == nil {
			list = append(list, pavise.Unlooked(rule, s.address, why))
			continue
		}
		list = append(list, judge(s, a.Mailer).Finding(rule, s.address, want, s.proof(a.Mailer)))
	}
	if list == nil {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.Host(), "no mail server was found at its ports, or named by --mail")}
	}
	return list
}

// proof shows what the server says, before TLS and within.
func (s server) proof(m *pavise.Mailer) pavise.Proof {
	said := slices.Concat([]string{m.Banner}, m.Extensions, m.Within)
	return pavise.Proof{Command: s.command(m, ""), Received: strings.Join(said, "\n")}
}

// command is the shell line that speaks with the server in the same way, and says more
// to it.
func (s server) command(m *pavise.Mailer, more string) string {
	line := `printf 'EHLO [127.0.0.1]\r\n` + more + `QUIT\r\n' | `
	switch host, port, _ := net.SplitHostPort(s.address); {
	case s.secure:
		return line + pavise.OpenSSL(s.address, s.name, "-quiet -crlf")
	case m.StartTLS:
		return line + pavise.OpenSSL(s.address, s.name, "-quiet -crlf -starttls smtp")
	default:
		return line + "nc -w 10 " + pavise.Quote(host) + " " + pavise.Quote(port)
	}
}

// encrypted reports whether there is TLS to be judged, from the first byte or by STARTTLS.
func (s server) encrypted(m *pavise.Mailer) bool {
	return m.Session != nil && m.Session.Refused == "" && len(m.Session.Chain) > 0
}

// postfix is a line of its settings; the mail server of most that read it.
func postfix(line string) pavise.Fix { return pavise.Fix{Other: "Postfix, main.cf: " + line} }
