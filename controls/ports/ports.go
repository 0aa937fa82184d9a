// Package ports holds the controls of what a host lets strangers connect to beside
// its site. They are verified only: a firewall mends them, and no web server.
package ports

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"pavise"
)

// top are the ports that tell most: those of apps, databases and administration, and
// of mail. It is short, so that a scan of a host by default is no burden to it.
const top = "21,22,23,25,445,465,587,1433,2375,2379,3000,3001,3306,3389,4000,5000,5432,5900,5984,6379," +
	"8000,8080,8443,8888,9000,9200,9229,10250,11211,27017"

const ownMachine = "every port of one's own machine can be reached from it; --ports top tries them all the same"

// sweep is the question for the ports that the target wants tried, or why none is.
func sweep(t pavise.Target) (p pavise.Probe, whyNot string) {
	list := t.Ports
	switch {
	case t.Ports == "none":
		return p, "no ports were to be tried"
	case t.Ports == "" && pavise.Local(t.Host()):
		return p, ownMachine
	case t.Ports == "all":
		list = "1-65535"
	case t.Ports == "", t.Ports == "top":
		list = top
	}
	return pavise.Probe{Ports: &pavise.Ports{Host: t.Host(), List: list}}, ""
}

// probes asks for the sweep, if there is one.
func probes(e *pavise.Evidence) []pavise.Probe {
	if p, whyNot := sweep(e.Target); whyNot == "" {
		return []pavise.Probe{p}
	}
	return nil
}

// swept is what came of the sweep; without one, what to say of every rule of the
// control.
func swept(e *pavise.Evidence, doc pavise.Doc) (*pavise.Sweep, []pavise.Finding) {
	host := e.Target.Host()
	p, whyNot := sweep(e.Target)
	if whyNot != "" {
		return nil, doc.All(pavise.Skipped, host, whyNot)
	}
	a, why := e.Heard(p)
	if a == nil {
		return nil, doc.All(pavise.Unlooked, host, why)
	}
	if at, err := netip.ParseAddr(a.Sweep.Address); err == nil && at.IsLoopback() && e.Target.Ports == "" {
		return nil, doc.All(pavise.Skipped, host, ownMachine)
	}
	if home, _ := e.Heard(e.Target.Home()); home == nil && len(a.Sweep.Open) == 0 && a.Sweep.Closed == 0 {
		return nil, doc.All(pavise.Unlooked, host, "nothing answers there, not even the site")
	}
	return a.Sweep, nil
}

// maxPlaces bounds the findings of one rule.
const maxPlaces = 20

// each judges every open port that is not the site's: a finding for each at fault, or
// one that none is. The judge says what is wrong; "" is nothing.
func each(e *pavise.Evidence, s *pavise.Sweep, rule, want string, judge func(pavise.Service) string) []pavise.Finding {
	var found []pavise.Finding
	for _, service := range s.Open {
		saw := judge(service)
		if saw == "" || own(e.Target, service.Port) || len(found) == maxPlaces {
			continue
		}
		found = append(found, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: place(e.Target, service),
			Saw: saw, Want: want, Proof: proof(s, service)})
	}
	switch {
	case len(found) > 0:
		return found
	case s.Untried > 0:
		return []pavise.Finding{pavise.Unlooked(rule, e.Target.Host(), fmt.Sprintf("%d ports were not tried: %s", s.Untried, s.Why))}
	}
	return []pavise.Finding{{Rule: rule, Outcome: pavise.Pass, Where: e.Target.Host(), Want: want,
		Saw: fmt.Sprintf("none among %d open ports; %d refuse, %d say nothing", len(s.Open), s.Closed, s.Silent)}}
}

func place(t pavise.Target, s pavise.Service) string {
	return net.JoinHostPort(t.Host(), strconv.Itoa(s.Port))
}

// proof shows that the port is open, and what is there.
func proof(at *pavise.Sweep, s pavise.Service) pavise.Proof {
	line := fmt.Sprintf("nc -v -w 5 %s %d </dev/null", pavise.Quote(at.Address), s.Port)
	switch {
	case s.Secure:
		line = pavise.OpenSSL(net.JoinHostPort(at.Address, strconv.Itoa(s.Port)), "", "") + " </dev/null"
	case question[s.Name] != "":
		line = fmt.Sprintf("printf '%s' | nc -w 5 %s %d", question[s.Name], pavise.Quote(at.Address), s.Port)
	}
	return pavise.Proof{Command: line, Received: said(s)}
}

// question is what makes a service show itself to anyone.
var question = map[string]string{
	"redis": `PING\r\n`, "memcached": `version\r\n`, "docker": `GET /version HTTP/1.0\r\n\r\n`, "etcd": `GET /version HTTP/1.0\r\n\r\n`,
	"node-inspector": `GET /json/version HTTP/1.0\r\n\r\n`, "http": `GET / HTTP/1.0\r\n\r\n`, "elasticsearch": `GET / HTTP/1.0\r\n\r\n`,
	"mongodb": `GET / HTTP/1.0\r\n\r\n`, "couchdb": `GET / HTTP/1.0\r\n\r\n`, "influxdb": `GET / HTTP/1.0\r\n\r\n`,
	"postgresql": `\000\000\000\010\004\322\026\057`,
}

func said(s pavise.Service) string {
	if len(s.Banner) == 0 {
		return ""
	}
	return fmt.Sprintf("%q", pavise.Clip(string(s.Banner), 200))
}

// own reports whether the port is one of the site itself.
func own(t pavise.Target, port int) bool {
	for _, origin := range []string{t.URL, t.Clear} {
		if u, err := url.Parse(origin); err == nil && u.Host != "" && pavise.PortOf(u) == port {
			return true
		}
	}
	_, secure, _ := net.SplitHostPort(t.TLS)
	return secure == strconv.Itoa(port)
}
