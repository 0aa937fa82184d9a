package site

import (
	"net"
	"net/netip"
	"time"
)

// A Dashboard says where an operator's browser finds the dashboard.
type Dashboard struct {
	Listen      string        `yaml:"listen" doc:"address on loopback for the dashboard, from the start on" default:"127.0.0.1:9910, from when pavise dashboard asks for it"`
	Idle        time.Duration `yaml:"idle" doc:"how long a session goes on that nobody uses, up to 12h" default:"15m"`
	Expose      bool          `yaml:"expose" doc:"show it to the world, too, at its host: for users with a password and a code" default:"false"`
	Host        string        `yaml:"host" doc:"host name of the dashboard where it is exposed, a site of its own"`
	Certificate `yaml:"certificate" doc:"certificate of one's own for that host"`
	Controls    Controls `yaml:"controls" doc:"settings of controls in front of it at that host, by the control's id; behind a load balancer requests.client"`

	Line int // where the section begins in the file
}

// dashboard notes what is wrong with the section.
func (d *decoder) dashboard(f *File, seen map[string]int) {
	s := &f.Dashboard
	if n := d.where[s]; n != nil {
		s.Line = n.Line
	}
	if n := d.where[&s.Listen]; n != nil && !loopback(s.Listen) {
		d.fail(n, "write 127.0.0.1:9910; expose: true is for the world", "dashboard: listen: want an address on loopback with a port, got %s", show(s.Listen))
	}
	if n := d.where[&s.Idle]; n != nil && (s.Idle < time.Minute || s.Idle > 12*time.Hour) {
		d.fail(n, "", "dashboard: idle must be 1m to 12h, not %s", s.Idle)
	}
	if n := d.where[&s.Expose]; n != nil && s.Expose && s.Host == "" {
		d.fail(n, "host: dashboard.example.com", "dashboard: expose needs a host")
	}
	if n := d.where[&s.Host]; n != nil && !s.Expose {
		d.fail(n, "expose: true", "dashboard: host is for a dashboard that is exposed")
	}
	d.host(&s.Host, seen)
	if n := d.where[&s.Controls]; n != nil {
		if !s.Expose {
			d.fail(n, "expose: true", "dashboard: controls are those of a dashboard that is exposed")
		}
		d.settings(n, s.Controls)
	}
}

// loopback reports whether only this machine can reach an address: host:port.
func loopback(s string) bool {
	host, _, err := net.SplitHostPort(s)
	addr, notIP := netip.ParseAddr(host)
	return err == nil && Address(s) && (host == "localhost" || notIP == nil && addr.IsLoopback())
}

// beside takes relative paths from the folder.
func (s *Dashboard) beside(folder string) { takeFrom(folder, &s.Cert, &s.Key) }
