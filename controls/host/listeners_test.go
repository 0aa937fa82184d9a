package host_test

import (
	"testing"

	"pavise"
	"pavise/controls/host"
)

// outcomes are what each rule comes to.
func outcomes(found []pavise.Finding) map[string]pavise.Outcome {
	list := map[string]pavise.Outcome{}
	for _, f := range found {
		list[f.Rule] = f.Outcome
	}
	return list
}

func TestListeners(t *testing.T) {
	nginx := pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 443, Process: "nginx", Open: true}
	for _, c := range []struct {
		name   string
		socket pavise.Socket
		rule   string
		want   pavise.Outcome
	}{
		{"node on every interface", pavise.Socket{Proto: "tcp", Address: "::", Port: 3000, Process: "node", Open: true}, "host.listeners.app", pavise.Fail},
		{"node on loopback", pavise.Socket{Proto: "tcp", Address: "127.0.0.1", Port: 3000, Process: "node"}, "host.listeners.app", pavise.Pass},
		{"node on a private address", pavise.Socket{Proto: "tcp", Address: "10.0.0.5", Port: 3000, Process: "node", Open: true}, "host.listeners.app", pavise.Pass},
		{"php-fpm by its release", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 9000, Process: "php-fpm8.2", Open: true}, "host.listeners.app", pavise.Fail},
		{"a Go app by its unit", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 8080, Process: "shop", Unit: "shop.service", Open: true}, "host.listeners.app", pavise.Fail},
		{"a container", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 3000, Process: "docker-proxy", Open: true}, "host.listeners.app", pavise.Fail},
		{"a site in a container", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 80, Process: "docker-proxy", Open: true}, "host.listeners.app", pavise.Pass},
		{"a process that is not seen", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 3000, Open: true}, "host.listeners.app", pavise.Unknown},
		{"the proxy itself", nginx, "host.listeners.app", pavise.Pass},
		{"Redis", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 6380, Process: "redis-server", Open: true}, "host.listeners.database", pavise.Fail},
		{"PostgreSQL of a container", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 5432, Process: "docker-proxy", Open: true}, "host.listeners.database", pavise.Fail},
		{"the debugger", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 9229, Process: "node", Open: true}, "host.listeners.admin", pavise.Fail},
		{"an app at the port of Webmin", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 10000, Process: "node", Open: true}, "host.listeners.admin", pavise.Pass},
		{"mail", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 25, Process: "master", Open: true}, "host.listeners.mail", pavise.Fail},
		{"telnet", pavise.Socket{Proto: "tcp", Address: "0.0.0.0", Port: 23, Open: true}, "host.listeners.legacy", pavise.Fail},
		{"another protocol", pavise.Socket{Proto: "udp", Address: "0.0.0.0", Port: 23, Open: true}, "host.listeners.legacy", pavise.Pass},
	} {
		m := &pavise.Machine{Sockets: []pavise.Socket{nginx, c.socket}, Units: []pavise.Unit{{Name: "shop.service", App: true}}}
		if got := outcomes(host.Listeners{}.Check(&pavise.Evidence{Machine: m}))[c.rule]; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestListenersThatWereNotSeenPassNothing(t *testing.T) {
	m := &pavise.Machine{Sockets: []pavise.Socket{{Proto: "tcp", Address: "::", Port: 22, Open: true}},
		Unread: []pavise.Unread{{What: "/proc", Why: "not for me to read", For: []string{"host.listeners"}}}}
	for rule, got := range outcomes(host.Listeners{}.Check(&pavise.Evidence{Machine: m})) {
		if got != pavise.Unknown {
			t.Errorf("%s: %v", rule, got)
		}
	}
	for rule, got := range outcomes(host.Listeners{}.Check(&pavise.Evidence{Machine: &pavise.Machine{Sockets: m.Sockets}})) {
		if got == pavise.Pass != (rule != "host.listeners.app") {
			t.Errorf("%s: %v, and no proxy is there", rule, got)
		}
	}
	if (host.Listeners{}).Check(&pavise.Evidence{}) != nil {
		t.Error("no machine was looked at, and yet it is judged")
	}
}
