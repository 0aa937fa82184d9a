package config

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/tree"
)

// machine reads a host of these files. A text that begins with "-> " is a link.
func machine(t testing.TB, files map[string]string) *pavise.Machine {
	t.Helper()
	m := &pavise.Machine{Root: root(t, files)}
	h, err := tree.OpenHost(context.Background(), m.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	Read(context.Background(), h, m)
	return m
}

func root(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(at), 0o755)
		if to, link := strings.CutPrefix(text, "-> "); link && err == nil {
			err = os.Symlink(to, at)
		} else if err == nil {
			err = os.WriteFile(at, []byte(text), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// told writes directives as lines: where, name, arguments, and what is in a block behind
// a bar for each one it is in.
func told(list []pavise.Directive, bar string) string {
	var b strings.Builder
	for _, d := range list {
		where := at(filepath.Base(d.File), d.Line)
		if d.Usual {
			where = "usual"
		}
		fmt.Fprintf(&b, "%s%s %s %q\n%s", bar, where, d.Name, d.Args, told(d.Block, bar+"| "))
	}
	return b.String()
}

func equal(t *testing.T, got, want string) {
	t.Helper()
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		t.Errorf("read:\n%s\nwant:\n%s", got, want)
	}
}

func unread(m *pavise.Machine) string {
	var list []string
	for _, c := range m.Configs {
		for _, u := range c.Unread {
			list = append(list, u.What+": "+u.Why)
		}
	}
	for _, u := range m.Unread {
		list = append(list, u.What+": "+u.Why)
	}
	return strings.Join(list, "\n")
}

func TestNginx(t *testing.T) {
	m := machine(t, map[string]string{
		"etc/nginx/nginx.conf": `
user www-data; # a comment; with { and "
include modules-enabled/*.conf;
http {
	include /etc/nginx/sites-enabled/*;
	log_format main '$remote_addr "$request"'
		"a\"b\\c\td";
	map $http_upgrade $connection { default upgrade; '' close; }
}
`,
		"etc/nginx/sites-enabled/shop":   "-> /etc/nginx/sites-available/shop",
		"etc/nginx/sites-enabled/.old":   "listen 1;",
		"etc/nginx/sites-available/shop": "server{listen 443 ssl;location ~ \\.php$ {return 200 a#b;}\n content_by_lua_block { local s = \"}\" -- }\n local l = [==[ } ]] ]==] if x then y={} end }\n return 301 https://${host}/$uri;include snippets/x;}",
		"etc/nginx/snippets/x":           "proxy_set_header Authorization \"Basic c2VjcmV0c2VjcmV0\";\nproxy_pass http://u:geheim@10.0.0.1;",
	})
	equal(t, told(m.Configs[0].Directives, ""), `
nginx.conf:2 user ["www-data"]
nginx.conf:4 http []
| shop:1 server []
| | shop:1 listen ["443" "ssl"]
| | shop:1 location ["~" "\\.php$"]
| | | shop:1 return ["200" "a#b"]
| | shop:2 content_by_lua_block []
| | shop:4 return ["301" "https://${host}/$uri"]
| | x:1 proxy_set_header ["Authorization" "Basi*** (22 characters)"]
| | x:2 proxy_pass ["http://u:***@10.0.0.1"]
| nginx.conf:6 log_format ["main" "$remote_addr \"$request\"" "a\"b\\c\td"]
| nginx.conf:8 map ["$http_upgrade" "$connection"]
| | nginx.conf:8 default ["upgrade"]
| | nginx.conf:8  ["close"]
`)
	equal(t, unread(m), "")
	want := []string{"/etc/nginx/nginx.conf", "/etc/nginx/sites-enabled/shop", "/etc/nginx/snippets/x"}
	if !slices.Equal(m.Configs[0].Files, want) {
		t.Errorf("%q", m.Configs[0].Files)
	}
}

func TestNginxThatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"a b":                                 `/etc/nginx/nginx.conf:1: it ends before a ";" or a "}"`,
		"a;\nhttp {\n a;":                     `/etc/nginx/nginx.conf:3: it ends before a ";" or a "}"`,
		"a; }":                                `/etc/nginx/nginx.conf:1: there is a '}' too many`,
		"a \"b;\n":                            `/etc/nginx/nginx.conf:2: a quote is not closed`,
		"a 'b'c;":                             `/etc/nginx/nginx.conf:1: there is no space after the word in quotes that began in line 1`,
		"x_by_lua_block { '}' ":               `/etc/nginx/nginx.conf:1: a block of Lua is not closed`,
		"include nginx.conf;":                 `/etc/nginx/nginx.conf: it includes itself`,
		"include none;":                       `/etc/nginx/none: no such file or directory`,
		"include none/*;":                     ``,
		"include /etc;":                       `/etc: it is no file`,
		"include a[;":                         `/etc/nginx/a[: "a[" is no pattern`,
		strings.Repeat("a {", 5000):           `/etc/nginx/nginx.conf:1: more than 32 blocks stand in one another`,
		strings.Repeat("a;", MaxDirectives+1): `/etc/nginx/nginx.conf: there are more than 200000 directives`,
	} {
		equal(t, unread(machine(t, map[string]string{"etc/nginx/nginx.conf": text})), want)
	}
}

// TestIncludesAreBounded reads files that include the next one twice, and a chain that is
// too long.
func TestIncludesAreBounded(t *testing.T) {
	twice, chain := map[string]string{}, map[string]string{}
	for i := range 40 {
		name := "nginx.conf"
		if i > 0 {
			name = fmt.Sprint(i)
		}
		chain["etc/nginx/"+name] = fmt.Sprintf("include %d;", i+1)
		if i < 20 {
			twice["etc/nginx/"+name] = fmt.Sprintf("include %d; include %[1]d;", i+1)
		}
	}
	twice["etc/nginx/20"] = "a;"
	if got := unread(machine(t, twice)); !strings.Contains(got, "more than 5000 files are included") {
		t.Error(got)
	}
	if got := unread(machine(t, chain)); !strings.Contains(got, "more than 32 files include one another") {
		t.Error(got)
	}
	long := map[string]string{"etc/nginx/nginx.conf": "a '" + strings.Repeat("x", MaxBytes) + "';"}
	if got := unread(machine(t, long)); !strings.Contains(got, "longer than 16384 kB") {
		t.Error(got)
	}
}

func TestSSHD(t *testing.T) {
	m := machine(t, map[string]string{
		"etc/ssh/sshd_config": `
Include /etc/ssh/sshd_config.d/*.conf
PasswordAuthentication=yes  # a comment
X11Forwarding "no"
Match User git,backup
	AllowTcpForwarding no
	Include more
Match All
PermitRootLogin yes
`,
		"etc/ssh/sshd_config.d/10.conf": "PASSWORDAUTHENTICATION no\nMatch Address 10.0.0.0/8\nMaxAuthTries 3\n",
		"etc/ssh/more":                  "Banner none\n",
	})
	got := told(m.Configs[0].Directives, "")
	got, _, _ = strings.Cut(got, "usual")
	equal(t, got, `
10.conf:1 passwordauthentication ["no"]
10.conf:2 match ["Address" "10.0.0.0/8"]
| 10.conf:3 maxauthtries ["3"]
sshd_config:3 passwordauthentication ["yes"]
sshd_config:4 x11forwarding ["no"]
sshd_config:5 match ["User" "git,backup"]
| sshd_config:6 allowtcpforwarding ["no"]
| more:1 banner ["none"]
sshd_config:8 match ["All"]
| sshd_config:9 permitrootlogin ["yes"]
`)
	equal(t, unread(m), "")
}

func TestPostfix(t *testing.T) {
	m := machine(t, map[string]string{
		"etc/postfix/main.cf": `
# a comment
myhostname = mail.example.com
 relayhost=[smtp.example.com]:587
mynetworks = 127.0.0.0/8
# within
   [::1]/128

	10.0.0.0/8
smtpd_banner = ${myhostname} ESMTP $none ${relayhost?there}${mail_owner?x}$$
a = $b
b = $a$a
inet_interfaces = all
inet_interfaces = ${relayhost:loopback-only}$(mydomain)
smtpd_relay_restrictions = ${mail_name?{permit}:{deny}}
`,
		"etc/postfix/master.cf": `
smtp      inet  n       -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/$service_name
#  -o a=b
  -o { smtpd_tls_security_level = encrypt }
short line
`,
	})
	got := told(m.Configs[0].Directives, "")
	for _, want := range []string{
		`main.cf:3 myhostname ["mail.example.com relayhost=[smtp.example.com]:587"]`,
		`main.cf:5 mynetworks ["127.0.0.0/8 [::1]/128 10.0.0.0/8"]`,
		`main.cf:10 smtpd_banner ["mail.example.com relayhost=[smtp.example.com]:587 ESMTP $none $"]`,
		`main.cf:14 inet_interfaces ["loopback-only$(mydomain)"]`,
		`main.cf:15 smtpd_relay_restrictions ["permit"]`,
		`usual disable_vrfy_command ["no"]`,
		"master.cf:3 master:submission/inet [\"n\" \"-\" \"y\" \"-\" \"-\" \"smtpd\"]\n| master.cf:3 syslog_name [\"postfix/$service_name\"]\n| master.cf:3 smtpd_tls_security_level [\"encrypt\"]",
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	equal(t, unread(m), "/etc/postfix/master.cf:7: it has less than the eight words of a service")
}

func TestApache(t *testing.T) {
	m := machine(t, map[string]string{
		"etc/apache2/apache2.conf": `
Define ROOT /srv/${NONE}
IncludeOptional mods-enabled/*.load
IncludeOptional none.conf
<IfModule mod_ssl.c>
	SSLProtocol all \
		-SSLv3
</IfModule>
<IfModule !ssl_module>
	Include missing
</IfModule>
<IfDefine ROOT>
<IfVersion >= 2.4>
<Directory "${ROOT}/a b">
	Options Indexes
	<IfModule mod_none.c>
		<Files x>
		</Files>
	</IfModule>
</Directory>
</IfVersion>
</IfDefine>
<IfFile /etc/apache2/none>
	A
</IfFile>
ErrorLog ${APACHE_LOG_DIR}/error.log
Include sites-enabled/
`,
		"etc/apache2/envvars":               "export APACHE_LOG_DIR=/var/log/apache2$SUFFIX\n",
		"etc/apache2/mods-available/s.load": "LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\n",
		"etc/apache2/mods-enabled/s.load":   "-> ../mods-available/s.load",
		"etc/apache2/sites-enabled/shop":    "<VirtualHost *:80>\nServerName shop\n</VirtualHost>\n<Directory />\n</VirtualHost>\n",
	})
	equal(t, told(m.Configs[0].Directives, ""), `
s.load:1 LoadModule ["ssl_module" "/usr/lib/apache2/modules/mod_ssl.so"]
apache2.conf:6 SSLProtocol ["all" "-SSLv3"]
apache2.conf:14 Directory ["/srv/${NONE}/a b"]
| apache2.conf:15 Options ["Indexes"]
apache2.conf:26 ErrorLog ["/var/log/apache2/error.log"]
shop:1 VirtualHost ["*:80"]
| shop:2 ServerName ["shop"]
shop:4 Directory ["/"]
`)
	equal(t, unread(m), "/etc/apache2/sites-enabled/shop:5: </VirtualHost> closes nothing that is open\n/etc/apache2/sites-enabled/shop:4: the block is not closed")
}

func TestApacheVersions(t *testing.T) {
	for asked, want := range map[string]bool{"2.4": false, ">= 2.4": true, "< 2.4": false, ">= 2.5": false, "<= 2.4.60": true, "!< 2.4": true, "> 2.4.60": false, "= 2.4.60": true} {
		if atLeast24(strings.Fields(asked)) != want {
			t.Errorf("%s is not %v", asked, want)
		}
	}
}

// TestDefinesAreBounded defines what doubles with each line.
func TestDefinesAreBounded(t *testing.T) {
	text := "Define A0 aaaaaaaaaaaaaaaa\n"
	for i := range 300 {
		text += fmt.Sprintf("Define A%d ${A%d}${A%[2]d}\n", i+1, i)
	}
	if got := unread(machine(t, map[string]string{"etc/apache2/apache2.conf": text})); !strings.Contains(got, "becomes too long") {
		t.Error(got)
	}
	text = "a0 = aaaaaaaaaaaa\n"
	for i := range 300 {
		text += fmt.Sprintf("a%d = $a%d$a%[2]d\n", i+1, i)
	}
	machine(t, map[string]string{"etc/postfix/main.cf": text + strings.Repeat("x = "+strings.Repeat("${", 8000)+"\n", 10)})
}

func TestUnits(t *testing.T) {
	files := map[string]string{
		"etc/systemd/system/shop.service": "[Unit]\nDescription=User=no\n[Service]\n# a comment\nUser=root\nEnvironment=\"DB_PASSWORD=geheim geheim\" PORT=3000\nEnvironment=URL=redis://u:geheim@db/0\n" +
			"ExecStart=/usr/bin/env node \\\n  server.js --token geheim\nCapabilityBoundingSet=CAP_CHOWN\n[Install]\nWantedBy=multi-user.target\n",
		"etc/systemd/system/shop.service.d/20.conf":                 "[Service]\nUser=\nUser=shop\n",
		"usr/lib/systemd/system/shop.service.d/10.conf":             "[Service]\nUser=ten\nCapabilityBoundingSet=\n",
		"usr/lib/systemd/system/shop.service.d/20.conf":             "[Service]\nUser=shadowed\n",
		"etc/systemd/system/multi-user.target.wants/shop.service":   "-> /etc/systemd/system/shop.service",
		"etc/systemd/system/multi-user.target.wants/work@1.service": "-> /opt/units/work@.service",
		"etc/systemd/system/work@.service":                          "-> /opt/units/work@.service",
		"opt/units/work@.service":                                   "[Service]\nExecStart=/opt/work/run\n",
		"etc/systemd/system/masked.service":                         "-> /dev/null",
		"dev/null":                                                  "",
		"etc/systemd/system/sshd.service":                           "-> /lib/systemd/system/ssh.service",
		"lib":                                                       "-> usr/lib",
		"usr/lib/systemd/system/ssh.service":                        "[Service]\nExecStart=/usr/sbin/sshd -D\n",
		"usr/lib/systemd/system/idle.service":                       "[Service]\nExecStart=/usr/bin/python3 idle\n",
		"usr/lib/systemd/system/cron.service":                       "[Service]\nExecStart=/usr/bin/python3 cron\n",
		"etc/systemd/system/multi-user.target.wants/cron.service":   "-> /lib/systemd/system/cron.service",
		"etc/systemd/system/old.service":                            "[Service]\nExecStart=/bin/sh -c 'cd /srv/old && exec java -jar old.jar'\n",
	}
	m := machine(t, files)
	var got strings.Builder
	for _, u := range m.Units {
		fmt.Fprintf(&got, "%s %s %d enabled %v app %v\n%s", u.Name, u.File, len(u.Files), u.Enabled, u.App, told(u.Settings, "  "))
	}
	equal(t, got.String(), `
cron.service /usr/lib/systemd/system/cron.service 0 enabled true app false
  cron.service:2 ExecStart ["/usr/bin/python3" "cron"]
old.service /etc/systemd/system/old.service 0 enabled false app true
  old.service:2 ExecStart ["/bin/sh" "-c" "cd /srv/old && exec java -jar old.jar"]
shop.service /etc/systemd/system/shop.service 2 enabled true app true
  shop.service:6 Environment ["DB_PASSWORD=geh*** (13 characters)" "PORT=3000"]
  shop.service:7 Environment ["URL=redis://u:***@db/0"]
  shop.service:8 ExecStart ["/usr/bin/env" "node" "server.js" "--token" "*** (6 characters)"]
  10.conf:3 CapabilityBoundingSet []
  20.conf:3 User ["shop"]
work@1.service /etc/systemd/system/work@.service 0 enabled true app true
  work@.service:2 ExecStart ["/opt/work/run"]
`)
	equal(t, unread(m), "")
}

// TestUnitsThatListen: what a distribution brought is an app where it runs one for others.
func TestUnitsThatListen(t *testing.T) {
	dir := root(t, map[string]string{
		"lib/systemd/system/app.service":                           "[Service]\nExecStart=/usr/bin/node /usr/share/app/main.js\n",
		"lib/systemd/system/quiet.service":                         "[Service]\nExecStart=/usr/bin/python3 /usr/share/quiet\n",
		"etc/systemd/system/multi-user.target.wants/app.service":   "-> /lib/systemd/system/app.service",
		"etc/systemd/system/multi-user.target.wants/quiet.service": "-> /lib/systemd/system/quiet.service",
	})
	h, err := tree.OpenHost(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	m := &pavise.Machine{Sockets: []pavise.Socket{{Unit: "app.service"}}}
	Read(t.Context(), h, m)
	if len(m.Units) != 2 || !m.Units[0].App || m.Units[1].App {
		t.Errorf("%+v", m.Units)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	m := machine(t, map[string]string{
		"etc/nginx/nginx.conf":         "http { set $api_key geheim-geheim; proxy_set_header X-Api-Key geheim-geheim; secure_link_md5 \"$uri geheim-geheim\"; proxy_pass http://u:geheim-geheim@a; }",
		"etc/postfix/main.cf":          "smtp_sasl_password_maps = static:user:geheim-geheim\n",
		"etc/apache2/apache2.conf":     "SetEnv DB_PASSWORD geheim-geheim\nAuthLDAPBindPassword geheim-geheim\nRequestHeader set Authorization \"Basic geheim-geheim\"\n",
		"etc/systemd/system/a.service": "[Service]\nExecStart=/usr/bin/node a --password geheim-geheim --token=geheim-geheim\nEnvironment=A_TOKEN=geheim-geheim\n",
	})
	if all, err := json.Marshal(m); err != nil || strings.Contains(string(all), "geheim-") {
		t.Errorf("%s, %v", all, err)
	}
}

// fuzz reads any text as the file of a service, which may include itself.
func fuzz(f *testing.F, place string, seeds ...string) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	dir := f.TempDir()
	at := filepath.Join(dir, place)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		f.Fatal(err)
	}
	h, err := tree.OpenHost(context.Background(), dir)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = h.Close() })
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m := &pavise.Machine{Root: dir}
		Read(context.Background(), h, m)
		for _, c := range m.Configs {
			inLines(t, c.Directives, strings.Count(text, "\n")+1)
		}
	})
}

// inLines holds every directive to a line that the text has.
func inLines(t *testing.T, list []pavise.Directive, lines int) {
	t.Helper()
	for _, d := range list {
		if !d.Usual && (d.Line < 1 || d.Line > lines) {
			t.Fatalf("%s stands in line %d of %d", d.Name, d.Line, lines)
		}
		inLines(t, d.Block, lines)
	}
}

func FuzzNginx(f *testing.F) {
	fuzz(f, "etc/nginx/nginx.conf", "server { listen 443 ssl; include *; a '\\' \"\"; }", "x_by_lua_block { [==[ } ]==] -- }\n }", "a ${b}{ c # d\n;}")
}

func FuzzApache(f *testing.F) {
	fuzz(f, "etc/apache2/apache2.conf", "<IfModule !a>\n\\\n</IfModule>\n<A \"b\">\nDefine A ${B}\nInclude *\n</A>", "<IfVersion > 2.4>\nA b\\\n</IfVersion>")
}

func FuzzPostfix(f *testing.F) {
	fuzz(f, "etc/postfix/main.cf", "a = ${b?{c}:{$d}}$(e)\n f\n#\nb=$a$$", "${a = ${ $(")
}

func FuzzPostfixServices(f *testing.F) {
	fuzz(f, "etc/postfix/master.cf", "smtp inet n - n - - smtpd\n -o { a = b } -o c=d -o", "# a\n b c")
}

func FuzzSSHD(f *testing.F) {
	fuzz(f, "etc/ssh/sshd_config", "Match all\nInclude *\nPort=22\n\"A\" 'b c' # d")
}

func TestOpenSSL(t *testing.T) {
	m := machine(t, map[string]string{
		"etc/ssl/openssl.cnf":   "# CipherString = a\n.include /etc/ssl/more.d\n.include=own.cnf\n[x]\nCipherString = DEFAULT:@SECLEVEL\\\n=2 # and why\ny.CipherString=b\n.include missing.cnf\n",
		"etc/ssl/more.d/a.conf": "CipherString=c\n", "etc/ssl/more.d/b.txt": "CipherString=d\n", "etc/ssl/own.cnf": "CipherString=e\n.include own.cnf\n",
	})
	var got []string
	for _, d := range m.OpenSSL.Directives {
		got = append(got, fmt.Sprintf("%s:%d %s", d.File, d.Line, d.Args[0]))
	}
	want := []string{"/etc/ssl/more.d/a.conf:1 c", "/etc/ssl/own.cnf:1 e", "/etc/ssl/openssl.cnf:5 DEFAULT:@SECLEVEL=2", "/etc/ssl/openssl.cnf:7 b"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if len(m.OpenSSL.Unread) != 2 { // what is missing, and what includes itself
		t.Errorf("%+v", m.OpenSSL.Unread)
	}
}

func FuzzOpenSSL(f *testing.F) {
	fuzz(f, "etc/ssl/openssl.cnf", ".include /etc/ssl\n[a]\nCipherString = x\\\ny # z", ".include = openssl.cnf\na.b.CipherString")
}

func FuzzUnit(f *testing.F) {
	fuzz(f, "etc/systemd/system/a.service", "[Service]\nExecStart=-/bin/sh -c 'node'\nEnvironment=\"A=b\\\" c\"\nUser=\n\\\n;x", "[Service]\nExecStart=env -i A=b node --password x")
}
