package transport

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"pavise"
)

// Patience bounds how long, and with how many connections, a client may keep the
// server waiting.
type Patience struct {
	HeaderTime  time.Duration `yaml:"header-time" doc:"how long a handshake and the head of a request may each take, at most 12s" default:"10s"`
	Idle        time.Duration `yaml:"idle" doc:"how long a connection may wait for the next request" default:"75s"`
	Stall       time.Duration `yaml:"stall" doc:"how long a client may neither send a byte of its request nor take one of its answer" default:"60s"`
	MinRate     int           `yaml:"min-rate" doc:"bytes a second that a client must send or take while it is waited for" default:"500"`
	Grace       time.Duration `yaml:"grace" doc:"how long a client is waited for at first; every min-rate bytes earn a second more, up to stall" default:"20s"`
	ClientConns int           `yaml:"client-conns" doc:"connections that one client address may have open, IPv6 by /64; behind a load balancer see proxy-protocol" default:"500"`
}

// The recommended limits. The rate is that of Apache's mod_reqtimeout. As for the
// connections: an office behind one address has 500 browsers that were active within
// idle over HTTP/2, or 80 over HTTP/1.1 with six each; and one attacker holds some
// 25 MB of ours.
const (
	headerTime  = 10 * time.Second
	headerMost  = 12 * time.Second // what a scan allows anybody
	idle        = 75 * time.Second
	stall       = time.Minute
	minRate     = 500
	grace       = 20 * time.Second
	clientConns = 500
)

// Doc describes the control.
func (Patience) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "transport.patience",
		Title:    "Time-outs and connections per client",
		Why:      "A handful of clients that send a byte now and then, or take their answer a byte at a time, hold every connection of a server that waits for ever (Slowloris, R.U.D.Y.).",
		Enforces: "Gives the head of a request 10 s, an idle connection 75 s, and ends an exchange whose client stalls for a minute, or for 20 s below 500 bytes a second; 500 connections per client address. Slow honest uploads, streams and idle WebSockets go on: only waiting for the client counts.",
		Verifies: "With --slow: half the head of a request, and how long the server waits for the rest.",
		Rules: []pavise.Rule{
			{ID: "transport.patience.header", Title: "Half the head of a request is not waited for longer than 12 s", Severity: pavise.Low,
				CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:L",
				References: []string{"CWE-400", "CWE-770", "CVE-2007-6750", "ASVS 5.0 15.2.2"},
				Fix: pavise.Fix{
					Pavise:  pavise.OnByDefault,
					Nginx:   "client_header_timeout 10s;",
					Apache:  "RequestReadTimeout header=10 body=20,MinRate=500",
					Express: "server.headersTimeout = 10000; server.connectionsCheckingInterval = 1000; // of http.createServer(app)",
				}},
		},
	}
}

// Validate reports limits that no site can live with, or that limit nothing.
func (c Patience) Validate() error {
	var errs []error
	between := func(key string, v, least, most time.Duration) {
		if v != 0 && (v < least || v > most) {
			errs = append(errs, fmt.Errorf("transport.patience: %s must be %s to %s, not %s", key, least, most, v))
		}
	}
	between("header-time", c.HeaderTime, time.Second, headerMost)
	between("idle", c.Idle, time.Second, time.Hour)
	between("stall", c.Stall, 5*time.Second, 10*time.Minute)
	between("grace", c.Grace, time.Second, cmp.Or(c.Stall, stall))
	if c.MinRate < 0 || c.MinRate > 100_000 {
		errs = append(errs, fmt.Errorf("transport.patience: min-rate must be 1 to 100000, not %d", c.MinRate))
	}
	if c.ClientConns != 0 && (c.ClientConns < 6 || c.ClientConns > 1_000_000) { // what one browser opens over HTTP/1.1
		errs = append(errs, fmt.Errorf("transport.patience: client-conns must be 6 to 1000000, not %d", c.ClientConns))
	}
	return errors.Join(errs...)
}

// Tune sets the limits.
func (c Patience) Tune(l *pavise.Listener) error {
	l.HeaderTime = cmp.Or(c.HeaderTime, headerTime)
	l.Idle = cmp.Or(c.Idle, idle)
	l.Stall = cmp.Or(c.Stall, stall)
	l.MinRate = cmp.Or(c.MinRate, minRate)
	l.Grace = min(cmp.Or(c.Grace, grace), l.Stall)
	l.ClientConns = cmp.Or(c.ClientConns, clientConns)
	return nil
}

// half is a head that does not end, waited for a little longer than is allowed.
func (c Patience) half(e *pavise.Evidence) pavise.Probe {
	address, name, host := line(e.Target)
	s := &pavise.Slow{Address: address, Name: name, Sent: "GET / HTTP/1.1\r\nHost: " + host + "\r\n", Wait: headerMost}
	if c.HeaderTime != 0 {
		s.Wait = c.HeaderTime + 2*time.Second
	}
	return pavise.Probe{Slow: s}
}

// Probes asks where the asker has time.
func (c Patience) Probes(e *pavise.Evidence) []pavise.Probe {
	if !e.Target.Patient {
		return nil
	}
	return []pavise.Probe{c.half(e)}
}

// Check passes where the server has let go in time.
func (c Patience) Check(e *pavise.Evidence) []pavise.Finding {
	p := c.half(e)
	f := pavise.Finding{Rule: "transport.patience.header", Outcome: pavise.Pass, Where: p.Slow.Address,
		Want: "the connection ends within " + p.Slow.Wait.String()}
	if !e.Target.Patient {
		return []pavise.Finding{pavise.Skipped(f.Rule, f.Where, "only waiting shows it: pavise scan --slow")}
	}
	a, why := e.Heard(p)
	if a == nil {
		return []pavise.Finding{pavise.Unlooked(f.Rule, f.Where, why)}
	}
	f.Saw = fmt.Sprintf("let go after %s", a.Held.For)
	if a.Held.Open {
		f.Outcome, f.Saw = pavise.Fail, fmt.Sprintf("half a head is still waited for after %s", a.Held.For)
	}
	f.Proof = a.Proof()
	f.Proof.Received = f.Saw
	return []pavise.Finding{f}
}
