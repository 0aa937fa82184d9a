package joined

import (
	"cmp"
	"fmt"
	"net"
	"strconv"

	"pavise"
)

// Ports names the processes behind the ports that strangers reach beside the site.
type Ports struct{}

// Doc describes the control.
func (Ports) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "joined.ports",
		Title:    "Ports open beside the proxy",
		Why:      "A scan sees an open port and not whose it is; the host knows whose it is and not whether a firewall keeps it closed. Only both together tell the app that strangers reach around its proxy.",
		Verifies: "The ports that a sweep finds open are laid beside the sockets of the host and their processes.",
		Rules: []pavise.Rule{{
			ID: "joined.ports.beside", Title: "No process of the host is open beside web, mail and SSH", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
			References: []string{"PCI DSS 4.0.1 1.4.2", "PCI DSS 4.0.1 2.2.4", "CWE-420"}, Owner: true,
			Fix: pavise.Fix{
				Express: `app.listen(3000, "127.0.0.1")`,
				Other:   "listen on 127.0.0.1, or close the port in the firewall",
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Ports) Validate() error { return nil }

// public are the ports at which strangers may be expected.
var public = map[int]bool{22: true, 25: true, 80: true, 443: true, 465: true, 587: true, 993: true, 995: true}

// Check lays the sweep beside the sockets.
func (Ports) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "joined.ports.beside"
	if e.Machine == nil || e.Target.Host() == "" {
		return nil
	}
	sweep := swept(e)
	if sweep == nil {
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.Host(), "no ports were tried from outside; --ports top tries them")}
	}
	var failed []pavise.Finding
	matched := 0
	for _, service := range sweep.Open {
		s, ok := socket(e.Machine, service.Port)
		if !ok {
			continue
		}
		if matched++; public[service.Port] || strconv.Itoa(service.Port) == port(e.Target.TLS) {
			continue
		}
		address := net.JoinHostPort(sweep.Address, strconv.Itoa(service.Port))
		failed = append(failed, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: address,
			Saw:   fmt.Sprintf("%s (process %d) listens on %s, and strangers reach it", cmp.Or(s.Process, "a process that only root may see"), s.PID, s.Address),
			Want:  "a socket on 127.0.0.1, or a firewall before it",
			Proof: pavise.Proof{Command: fmt.Sprintf("ss -ltnp 'sport = :%d'", service.Port)}})
	}
	switch {
	case len(failed) > 0:
		return []pavise.Finding{pavise.Gather(failed, len(sweep.Open))}
	case matched == 0:
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.Host(), "none of the ports that answer is a socket of this host: it is another machine, or one behind another address")}
	}
	return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: e.Target.Host(), Saw: fmt.Sprintf("%d ports are open, all expected", len(sweep.Open))}}
}

func swept(e *pavise.Evidence) *pavise.Sweep {
	for _, a := range e.Answers {
		if a.Probe.Ports != nil && a.Sweep != nil {
			return a.Sweep
		}
	}
	return nil
}

// socket is the one that listens at a port of TCP, for others if there are several.
func socket(m *pavise.Machine, port int) (found pavise.Socket, ok bool) {
	for _, s := range m.Sockets {
		if s.Proto == "tcp" && s.Port == port && (!ok || s.Open) {
			found, ok = s, true
		}
	}
	return found, ok
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}
