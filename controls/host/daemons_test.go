package host_test

import (
	"strings"
	"testing"

	"pavise"
	"pavise/controls/host"
)

func TestSSH(t *testing.T) {
	hold(t, host.SSH{}, "etc/ssh/sshd_config", []row{
		{"root", "", "pass"},
		{"root", "PermitRootLogin no\nPermitRootLogin yes", "pass"},
		{"root", "PermitRootLogin prohibit-password\nMatch Address 10.0.0.0/8\nPermitRootLogin yes", "fail"},
		{"passwords", "", "fail"},
		{"passwords", "PasswordAuthentication no", "fail"},
		{"passwords", "PasswordAuthentication no\nKbdInteractiveAuthentication no", "pass"},
		{"empty-passwords", "PermitEmptyPasswords yes", "fail"},
		{"empty-passwords", "", "pass"},
		{"algorithms", "Ciphers -aes128-cbc", "pass"},
		{"algorithms", "Ciphers aes256-gcm@openssh.com\nMACs +hmac-md5", "fail"},
		{"algorithms", "KexAlgorithms diffie-hellman-group14-sha256", "pass"},
		{"algorithms", "KexAlgorithms diffie-hellman-group14-sha1", "fail"},
		{"algorithms", "HostKeyAlgorithms ssh-ed25519,ssh-rsa", "fail"},
		{"protocol", "Protocol 2", "pass"},
		{"protocol", "Protocol 1", "fail"},
		{"tries", "MaxAuthTries 7", "fail"},
		{"forwarding", "X11Forwarding yes", "fail"},
	})
}

func TestPostfix(t *testing.T) {
	const master = "smtp inet n - y - - smtpd\n"
	for _, r := range []struct{ rule, main, master, want string }{
		{"interfaces", "", master, "fail"},
		{"interfaces", "", "", "pass"},
		{"interfaces", "", "127.0.0.1:25 inet n - y - - smtpd\n", "pass"},
		{"interfaces", "inet_interfaces = loopback-only", "192.0.2.1:25 inet n - y - - smtpd\n", "pass"},
		{"vrfy", "inet_interfaces = loopback-only", "192.0.2.1:25 inet n - y - - smtpd\n", "fail"},
		{"interfaces", "inet_interfaces = 127.0.0.1, [::1]", master, "pass"},
		{"interfaces", "inet_interfaces = 127.0.0.1, 192.0.2.1", master, "fail"},
		{"interfaces", "virtual_mailbox_domains = example.com", master, "pass"},
		{"relay", "", master, "pass"},
		{"relay", "smtpd_relay_restrictions =", master, "fail"},
		{"relay", "smtpd_relay_restrictions =\nsmtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination", master, "pass"},
		{"relay", "smtpd_relay_restrictions = permit, reject_unauth_destination", master, "fail"},
		{"relay", "", master + "  -o smtpd_relay_restrictions=permit\n", "fail"},
		{"networks", "", master, "pass"},
		{"networks", "mynetworks_style = class", master, "fail"},
		{"networks", "mynetworks = 10.0.0.0/8 [::ffff:127.0.0.0]/104 [fd00::]/8 hash:/etc/x 192.0.2.0/24", master, "pass"},
		{"networks", "mynetworks = 198.0.0.0/8", master, "fail"},
		{"networks", "mynetworks = [::]/0", master, "fail"},
		{"relayhost-tls", "relayhost = [127.0.0.1]:10025", master, "skip"},
		{"relayhost-tls", "relayhost = smtp.example.com", master, "fail"},
		{"relayhost-tls", "relayhost = smtp.example.com\nsmtp_tls_security_level = encrypt", master, "pass"},
		{"relayhost-login", "relayhost = smtp.example.com\nsmtp_sasl_auth_enable = yes", master, "fail"},
		{"relayhost-login", "relayhost =", master, "fail"},
		{"relayhost-login", "relayhost =\nvirtual_mailbox_domains = example.com", master, "skip"},
		{"relayhost-login", "relayhost = [127.0.0.1]:10025", master, "skip"},
		{"tls", "", master, "fail"},
		{"tls", "smtpd_use_tls = yes", master, "pass"},
		{"protocols", "", master, "skip"},
		{"protocols", "smtpd_tls_security_level = may", master, "fail"},
		{"protocols", "smtpd_tls_security_level = may\nsmtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1", master, "pass"},
		{"protocols", "smtpd_tls_security_level = may\nsmtpd_tls_protocols = !SSLv2, !SSLv3", master, "fail"},
		{"protocols", "smtpd_tls_security_level = may\nsmtpd_tls_protocols = TLSv1.2 TLSv1.3", master, "pass"},
		{"protocols", "smtpd_tls_security_level = may\nsmtpd_tls_protocols = >=TLSv1.2", master, "pass"},
		{"login", "smtpd_sasl_auth_enable = yes", master, "fail"},
		{"login", "smtpd_sasl_auth_enable = yes\nsmtpd_tls_security_level = encrypt", master, "pass"},
		{"banner", "smtpd_banner = $myhostname ESMTP Postfix ($mail_version)", master, "fail"},
		{"banner", "", master, "pass"},
	} {
		e := read(t, map[string]string{"etc/postfix/main.cf": r.main, "etc/postfix/master.cf": r.master})
		if f := outcome(t, host.Postfix{}, e, r.rule); f.Outcome.String() != r.want {
			t.Errorf("%s is %s, not %s, of\n%s\n%s\nsaw %s", r.rule, f.Outcome, r.want, r.main, r.master, f.Saw)
		}
	}
}

func TestUnit(t *testing.T) {
	const app = "[Service]\nExecStart=/usr/bin/node /srv/shop/app.js\n"
	hold(t, host.Unit{}, "etc/systemd/system/shop.service", []row{
		{"user", app, "fail"},
		{"user", app + "User=0", "fail"},
		{"user", app + "User=shop", "pass"},
		{"user", app + "User=shop\nUser=", "fail"},
		{"user", app + "DynamicUser=yes", "pass"},
		{"privileges", app + "DynamicUser=yes", "pass"},
		{"privileges", app + "NoNewPrivileges=no", "fail"},
		{"files", app + "ProtectSystem=yes", "fail"},
		{"files", app + "ProtectSystem=full", "pass"},
		{"secrets", app + "Environment=PORT=1 TOKEN=abc", "fail"},
		{"secrets", app + "Environment=PORT=1 A=b", "pass"},
		{"secrets", app + "ExecStartPre=/bin/x --password geheim", "fail"},
		{"restart", app + "Restart=always", "pass"},
		{"restart", "[Service]\nExecStart=/usr/sbin/nginx", "skip"},
	})
	e := read(t, map[string]string{"etc/systemd/system/shop.service": app + "Environment=TOKEN=geheimgeheimgeheim"})
	if f := outcome(t, host.Unit{}, e, "secrets"); strings.Contains(f.Saw, "geheim") {
		t.Errorf("the secret is told: %s", f.Saw)
	}
}

func TestApache(t *testing.T) {
	const ssl = "LoadModule ssl_module x/mod_ssl.so\n"
	const tls = ssl + "<VirtualHost *:443>\nSSLEngine on\n"
	hold(t, host.Apache{}, "etc/apache2/apache2.conf", []row{
		{"protocols", "", "skip"},
		{"protocols", ssl, "fail"},
		{"protocols", "SSLProtocol TLSv1.2\n" + tls + "</VirtualHost>", "pass"},
		{"protocols", "SSLProtocol all\n" + tls + "sslprotocol -all +TLSv1.3\n</VirtualHost>", "pass"},
		{"protocols", tls + "SSLProtocol all -TLSv1 -TLSv1.1\n</VirtualHost>", "pass"},
		{"protocols", tls + "SSLProtocol -all +TLSv1.1 +TLSv1.2\n</VirtualHost>", "fail"},
		{"ciphers", tls + "SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256\n</VirtualHost>", "pass"},
		{"tokens", "", "fail"},
		{"tokens", "ServerTokens ProductOnly", "pass"},
		{"signature", "", "pass"},
		{"signature", "<VirtualHost *:80>\nServerSignature EMail\n</VirtualHost>", "fail"},
		{"trace", "", "fail"},
		{"indexes", "<Directory />\nOptions Indexes\n</Directory>", "skip"},
		{"indexes", "LoadModule autoindex_module x\n<VirtualHost *>\n<Directory />\nOptions +Indexes\n</Directory>\n</VirtualHost>", "fail"},
		{"indexes", "LoadModule autoindex_module x\nOptions -Indexes", "pass"},
		{"redirect", "<VirtualHost *:80>\n</VirtualHost>", "fail"},
		{"redirect", "<VirtualHost 127.0.0.1:80>\n</VirtualHost>", "skip"},
		{"redirect", "<VirtualHost *:80>\nRewriteEngine on\nRewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,R=permanent]\n</VirtualHost>", "pass"},
		{"redirect", "<VirtualHost *:80>\nRedirect /old https://a.test/\n</VirtualHost>", "fail"},
		{"redirect", "<VirtualHost *:80>\nRedirectMatch 301 ^(.*)$ https://a.test$1\n</VirtualHost>", "pass"},
		{"override", "<Directory /srv>\nAllowOverride all\n</Directory>", "fail"},
	})
}

// TestWithoutAMachineNothingIsSaid: an audit of a project alone has no host.
func TestWithoutAMachineNothingIsSaid(t *testing.T) {
	for _, c := range []pavise.Checker{host.Apache{}, host.Postfix{}, host.SSH{}, host.Unit{}, host.NginxTLS{}} {
		if found := c.Check(&pavise.Evidence{}); found != nil {
			t.Errorf("%+v", found)
		}
	}
}
