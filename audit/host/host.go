// Package host reads how a machine is set up, what listens and what is installed. It
// changes nothing, and says what it may not read.
package host

import (
	"cmp"
	"context"
	"os"
	"os/user"
	"strings"

	"pavise"
	"pavise/audit/config"
	"pavise/audit/tree"
)

// Read reads the host whose root is the folder: "/" is this one.
func Read(ctx context.Context, root string) (*pavise.Machine, error) {
	t, err := tree.OpenHost(ctx, root)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	m := &pavise.Machine{Root: root, Account: account()}
	if name, err := t.Read("/etc/hostname", 4<<10); err == nil {
		m.Name = pavise.Clip(strings.TrimSpace(string(name)), 64)
	}
	system(t, m)
	sockets(ctx, t, m)
	config.Read(ctx, t, m) // which units run an app, their sockets tell, too
	installed(ctx, t, m)
	versions(m)
	own := newOwner(t)
	onDisk(ctx, t, m, own)
	files(ctx, t, m, own)
	m.Unread = append(m.Unread, t.Unread()...)
	return m, nil
}

// programs are the services whose program has another name than their configuration.
var programs = map[string]string{"apache": "apache-http-server", "sshd": "openssh"}

// versions says which release reads each configuration: one that lies beside the packages
// where the configuration does, else the packaged one.
func versions(m *pavise.Machine) {
	for i := range m.Configs {
		c := &m.Configs[i]
		local := strings.HasPrefix(c.File, "/usr/local/")
		for _, s := range m.Software {
			if s.Name == cmp.Or(programs[c.Service], c.Service) && strings.HasPrefix(s.From, "/usr/local/") == local && c.Version == "" {
				c.Version = s.Version
			}
		}
	}
}

// account is who looks.
func account() string {
	if os.Geteuid() == 0 {
		return "root"
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "nobody"
}
