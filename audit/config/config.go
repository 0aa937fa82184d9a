// Package config reads the configuration of services, with all that it includes: nginx,
// Apache, Postfix, OpenSSH, OpenSSL and units of systemd. It judges nothing.
package config

import (
	"context"

	"pavise"
	"pavise/audit/tree"
)

// services are the readers, and where each service's configuration begins: in the first
// of the files that is there.
var services = []struct {
	name  string
	files []string
	read  func(*reader, string) []pavise.Directive
}{
	{"nginx", []string{"/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/etc/nginx/nginx.conf",
		"/usr/local/openresty/nginx/conf/nginx.conf"}, readNginx},
	{"apache", []string{"/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf", "/etc/apache2/httpd.conf",
		"/usr/local/apache2/conf/httpd.conf"}, readApache},
	{"postfix", []string{"/etc/postfix/main.cf"}, readPostfix},
	{"sshd", []string{"/etc/ssh/sshd_config", "/usr/etc/ssh/sshd_config"}, readSSHD},
}

// Read adds what it finds to the machine. Sockets that it has already tell which units
// listen.
func Read(ctx context.Context, t *tree.Tree, m *pavise.Machine) {
	for _, s := range services {
		for _, file := range s.files {
			if !there(t, file) {
				continue
			}
			r := &reader{ctx: ctx, tree: t, config: pavise.Config{Service: s.name, File: file}}
			r.config.Directives = s.read(r, file)
			m.Configs = append(m.Configs, r.config)
			break
		}
	}
	for _, file := range []string{"/etc/ssl/openssl.cnf", "/etc/pki/tls/openssl.cnf"} {
		if m.OpenSSL == nil && there(t, file) {
			r := &reader{ctx: ctx, tree: t, config: pavise.Config{Service: "openssl", File: file}}
			r.config.Directives = readOpenSSL(r, file)
			m.OpenSSL = &r.config
		}
	}
	readUnits(ctx, t, m)
}
