package joined

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

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
		Verifies: "Each socket of the host that is bound to more than loopback is tried from where the audit runs, which ought to be another machine: a host that asks itself passes no firewall.",
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

// maxTried bounds the sockets that are tried from outside.
const maxTried = 64

// Probes asks from outside for what listens beyond loopback.
func (Ports) Probes(e *pavise.Evidence) []pavise.Probe {
	if p, whyNot := sweep(e); whyNot == "" {
		return []pavise.Probe{p}
	}
	return nil
}

// sweep is the question for the sockets of the host that are bound to more than
// loopback, or why there is none.
func sweep(e *pavise.Evidence) (p pavise.Probe, whyNot string) {
	var open []int
	if e.Machine != nil {
		for _, s := range e.Machine.Sockets {
			if s.Proto == "tcp" && s.Open {
				open = append(open, s.Port)
			}
		}
	}
	slices.Sort(open)
	open = slices.Compact(open)
	switch {
	case e.Target.Ports == "none":
		return p, "no ports were to be tried"
	case len(open) == 0:
		return p, "nothing of the host is known to listen beyond loopback"
	}
	var list []string
	for _, port := range open[:min(len(open), maxTried)] {
		list = append(list, strconv.Itoa(port))
	}
	return pavise.Probe{Ports: &pavise.Ports{Host: e.Target.Host(), List: strings.Join(list, ",")}}, ""
}

// Check lays the sweep beside the sockets.
func (Ports) Check(e *pavise.Evidence) []pavise.Finding {
	const rule = "joined.ports.beside"
	if e.Machine == nil || e.Target.Host() == "" {
		return nil
	}
	p, whyNot := sweep(e)
	if whyNot != "" {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, whyNot)}
	}
	a, why := e.Heard(p)
	switch {
	case a == nil:
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.URL, "the ports of the host: "+why)}
	case a.Sweep.Own && e.Target.Ports == "":
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "the host asked itself, and no firewall stood between: ask from elsewhere, or with --ports top")}
	}
	return []pavise.Finding{beside(e, a.Sweep, rule)}
}

// beside judges what answers.
func beside(e *pavise.Evidence, sweep *pavise.Sweep, rule string) pavise.Finding {
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
		reached := "strangers reach it"
		if sweep.Own {
			reached = "it answers at " + sweep.Address + "; no firewall stood between"
		}
		failed = append(failed, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: "tcp " + net.JoinHostPort(s.Address, strconv.Itoa(s.Port)),
			Saw:   fmt.Sprintf("%s listens on %s, and %s", whose(s), s.Address, reached),
			Want:  "a socket on 127.0.0.1, or a firewall before it",
			Proof: pavise.Proof{Command: fmt.Sprintf("ss -ltnp 'sport = :%d'; nc -zv -w 5 %s %d", service.Port, pavise.Quote(sweep.Address), service.Port)}})
	}
	switch {
	case len(failed) > 0:
		return pavise.Gather(failed, len(sweep.Open))
	case sweep.Untried > 0:
		return pavise.Unlooked(rule, e.Target.URL, fmt.Sprintf("%d ports were not tried: %s", sweep.Untried, sweep.Why))
	case matched == 0:
		return pavise.Unlooked(rule, e.Target.URL, "nothing that listens on the host answers at "+sweep.Address+": the site is on another machine, or behind another address")
	}
	return pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL,
		Saw: fmt.Sprintf("of the sockets bound to more than loopback %d answer, all expected; %d refuse, %d say nothing", matched, sweep.Closed, sweep.Silent)}
}

func whose(s pavise.Socket) string {
	if s.Process == "" {
		return "a process that only root may see"
	}
	return fmt.Sprintf("%s (process %d)", s.Process, s.PID)
}

// socket is the one beyond loopback that listens at a port of TCP.
func socket(m *pavise.Machine, port int) (pavise.Socket, bool) {
	for _, s := range m.Sockets {
		if s.Proto == "tcp" && s.Port == port && s.Open {
			return s, true
		}
	}
	return pavise.Socket{}, false
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}
