package report

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// A Listener is a socket that listens, and whose it is.
type Listener struct {
	At      string `json:"at"` // "tcp 127.0.0.1:3000"
	Open    bool   `json:"open"`
	Process string `json:"process,omitempty"` // "" is not known
	User    string `json:"user,omitempty"`
	Unit    string `json:"unit,omitempty"`
}

// A Service is one whose settings were judged: each with its file and line by the
// findings about it.
type Service struct {
	Name    string   `json:"name"`
	Version string   `json:"version,omitempty"`
	Files   []string `json:"files"`
	Unread  int      `json:"unread,omitempty"` // files that could not be read
}

// addMachine lists what listens, what is set up, and what the system brings.
func (s *Stock) addMachine(m *pavise.Machine) {
	for _, l := range first(m.Sockets) {
		s.Listeners = append(s.Listeners, Listener{l.Proto + " " + net.JoinHostPort(l.Address, strconv.Itoa(l.Port)), l.Open, l.Process, l.User, l.Unit})
	}
	for _, c := range first(m.Configs) {
		s.Services = append(s.Services, Service{c.Service, c.Version, slices.Clone(first(c.Files)), len(c.Unread)})
	}
	for _, u := range m.Units {
		if u.App && len(s.Services) < maxInventory {
			s.Services = append(s.Services, Service{Name: u.Name, Files: append([]string{u.File}, first(u.Files)...)})
		}
	}
	by := strings.TrimSpace(m.System.Name + " " + m.System.Version)
	for _, p := range m.Software {
		r := Release{Product: p.Name, Version: p.Version, By: by}
		if p.Package != "" && len(s.Releases) < maxInventory && !slices.Contains(s.Releases, r) { // of others the data tell
			s.Releases = append(s.Releases, r)
		}
	}
}

func (s *Stock) cleanMachine() {
	for i := range s.Listeners {
		l := &s.Listeners[i]
		cleanAll(&l.At, &l.Process, &l.User, &l.Unit)
	}
	for i := range s.Services {
		c := &s.Services[i]
		cleanAll(&c.Name, &c.Version)
		cleanEach(c.Files)
	}
}
