package sites

import (
	"errors"
	"os"
	"strings"
	"testing"

	"pavise/cmd/pavise/internal/cli"
)

// TestGuardsOfNginx holds that nothing that nginx shows to some alone is open after an
// import, and that what is closed beyond that is told of.
func TestGuardsOfNginx(t *testing.T) {
	const app = "proxy_pass http://127.0.0.1:5;"
	for name, c := range map[string]struct {
		conf, file string // file is what becomes of the site, from its hosts on
		told       []string
	}{
		"internal": {"location / { " + app + " } location /private/ { internal; alias /srv/private/; }",
			"to: 127.0.0.1:5; paths:; - path: /private; maintenance: true", []string{"X-Accel-Redirect"}},
		"return 403": {"root /srv/a; location / { try_files $uri =404; } location /data/ { return 403; }",
			"static: /srv/a; paths:; - path: /data; maintenance: true", []string{"carried: return 403: as maintenance"}},
		"return 404 at /":          {"root /srv/a; location / { return 404; } location /api/ { " + app + " }", "paths:; - path: /api; to: 127.0.0.1:5", nil},
		"return 401 at the server": {"root /srv/a; return 401; location /api/ { " + app + " }", "", []string{"no site is made"}},
		"client certificate":       {"ssl_verify_client on; location / { " + app + " }", "to: 127.0.0.1:5; maintenance: true", []string{"no certificate of a client"}},
		"client certificate, optional": {"ssl_verify_client optional; if ($ssl_client_verify != SUCCESS) { return 403; } location / { " + app + " }",
			"to: 127.0.0.1:5; maintenance: true", []string{"left: ssl_verify_client optional", "the whole site is closed"}},
		"limit_except": {"location / { limit_except GET { deny all; } " + app + " }", "to: 127.0.0.1:5; maintenance: true", []string{"left: limit_except GET"}},
		"a condition of looks": {"if ($http_user_agent ~ bot) { return 403; } if (!-f $request_filename) { return 404; } location / { " + app + " }",
			"to: 127.0.0.1:5", []string{"left: if ($http_user_agent"}},
		"a condition that leads away": {"location / { if ($cookie_preview != x) { return 302 https://b.example.com/; } " + app + " } location /a/ { if ($remote_addr != 192.0.2.1) { rewrite ^ /b redirect; } " + app + " } location = /c { if ($cookie_c) { proxy_pass http://127.0.0.1:6; } }",
			"to: 127.0.0.1:5; maintenance: true; paths:; - path: /a; to: 127.0.0.1:5; maintenance: true; - path: /c; maintenance: true", nil},
		"a condition that leads nowhere": {"location / { if ($cookie_a) { set $b 1; } if ($http_accept_language ~ de) { rewrite ^ /de; } " + app + " }", "to: 127.0.0.1:5", nil},
		"nested": {"root /srv/a; location /admin/ { auth_basic x; root /srv/b; location /admin/api/ { " + app + " } location /admin/files/ { } }",
			"static: /srv/a; paths:; - path: /admin; static: /srv/b; maintenance: true; - path: /admin/api; to: 127.0.0.1:5; maintenance: true; " +
				"- path: /admin/files; static: /srv/b; maintenance: true", nil},
		"begin of a name": {"location / { " + app + " } location /admin { deny all; }", "to: 127.0.0.1:5; paths:; - path: /admin; maintenance: true",
			[]string{"nginx closes all that begins with /admin"}},
		"password and address": {"location / { " + app + " } location /a/ { allow 10.0.0.0/8; deny all; auth_basic x; " + app + " }",
			"to: 127.0.0.1:5; paths:; - path: /a; to: 127.0.0.1:5; maintenance: true", []string{"left: allow 10.0.0.0/8: something else closes"}},
		"password or address": {"satisfy any; allow 10.0.0.0/8; deny all; auth_basic x; location / { " + app + " }",
			"to: 127.0.0.1:5; maintenance: {on: true, except: [10.0.0.0/8]}", nil},
		"rules in order": {"deny 10.1.0.0/16; allow 10.0.0.0/8; allow 192.0.2.1; deny all; allow 192.0.2.2; location / { " + app + " }",
			"to: 127.0.0.1:5; maintenance: {on: true, except: [192.0.2.1]}", []string{"left: allow 10.0.0.0/8", "left: allow 192.0.2.2", "left: deny 10.1.0.0/16"}},
		"all, as a network":        {"allow 192.0.2.0/24; deny 0.0.0.0/0; deny ::/0; location / { " + app + " }", "to: 127.0.0.1:5; maintenance: {on: true, except: [192.0.2.0/24]}", []string{"carried: deny 0.0.0.0/0: as maintenance", "carried: deny ::/0: as maintenance"}},
		"half of the world":        {"allow 192.0.2.0/24; deny 0.0.0.0/1; deny 128.0.0.0/1; location / { " + app + " }", "to: 127.0.0.1:5; maintenance: true", []string{"left: deny 0.0.0.0/1: it is no network that Pavise takes: this is closed"}},
		"a network at one address": {"location / { " + app + " } location = /a { deny 0.0.0.0/0; } location = /b { deny 10.0.0.1/8; } location = /c { deny unix:; }", "to: 127.0.0.1:5; paths:; - path: /a; maintenance: true; - path: /b; maintenance: true", nil},
		"behind a balancer":        {"set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For; allow 10.0.0.0/8; deny all; location / { " + app + " }", "to: 127.0.0.1:5; maintenance: true", []string{"left: allow 10.0.0.0/8: clients come by way of another"}},
		"behind a balancer, in part": {"location / { allow 10.0.0.0/8; deny all; " + app + " } location /a/ { set_real_ip_from 10.0.0.0/8; allow 10.0.0.0/8; deny all; " + app + " }",
			"to: 127.0.0.1:5; maintenance: {on: true, except: [10.0.0.0/8]}; paths:; - path: /a; to: 127.0.0.1:5; maintenance: true", nil},
		"by the PROXY protocol": {"allow 10.0.0.0/8; deny all; location / { " + app + " } listen 443 ssl proxy_protocol;", "to: 127.0.0.1:5; maintenance: true", []string{"left: allow 10.0.0.0/8: clients come by way of another"}},
		"open in what is closed": {"deny all; location / { allow all; " + app + " } location /a/ { " + app + " }",
			"to: 127.0.0.1:5; paths:; - path: /a; to: 127.0.0.1:5; maintenance: true", []string{"implied: allow all: it is open"}},
		"closed beside what is open": {"location / { allow 10.0.0.0/8; deny all; " + app + " } location /hooks/ { allow all; " + app + " }",
			"to: 127.0.0.1:5; maintenance: {on: true, except: [10.0.0.0/8]}; paths:; - path: /hooks; to: 127.0.0.1:5", []string{"left: location /: where the site itself is closed its parts are, too: /hooks"}},
		"the same within itself":        {"location /a { auth_basic x; location /a/ { " + app + " location /a { } } }", "paths:; - path: /a; to: 127.0.0.1:5; maintenance: true", nil},
		"one address":                   {"location / { " + app + " } location = /admin { auth_basic x; }", "to: 127.0.0.1:5; paths:; - path: /admin; maintenance: true", []string{"/admin and all below is closed"}},
		"expression of paths":           {"location / { " + app + " } location ~ ^/(a|b)/ { deny all; }", "to: 127.0.0.1:5; paths:; - path: /a; maintenance: true; - path: /b; maintenance: true", nil},
		"expression":                    {"root /srv/a; location ~ \\.sql$ { deny all; }", "static: /srv/a; maintenance: true", []string{"the whole site is closed"}},
		"expression for dots":           {"root /srv/a; location ~ /\\.(?!well-known) { deny all; } location ~ /(\\.git|\\.env) { return 404; }", "static: /srv/a", []string{"begin with a dot"}},
		"expression for dots and more":  {"root /srv/a; location ~ /\\.ht|\\.sql$ { deny all; }", "static: /srv/a; maintenance: true", nil},
		"expression without a space":    {"root /srv/a; location ~^/a/ { deny all; } location =/b { deny all; }", "static: /srv/a; paths:; - path: /a; maintenance: true; - path: /b; maintenance: true", nil},
		"expression for dots of an app": {"root /srv/a; location ~ /\\. { deny all; } location /a/ { " + app + " }", "static: /srv/a; paths:; - path: /a; to: 127.0.0.1:5", []string{"left: location ~ /\\.: Pavise never serves files that begin with a dot, but asks the app"}},
		"expression for dots of files":  {"location / { " + app + " } location /a/ { root /srv/a; location ~ /\\. { deny all; } }", "to: 127.0.0.1:5; paths:; - path: /a; static: /srv/a", []string{"implied: location ~ /\\.: Pavise never serves"}},
		"untellable path":               {"root /srv/a; location '/a b/' { deny all; }", "static: /srv/a; maintenance: true", nil},
		"programs":                      {"root /srv/a; location / { try_files $uri $uri/ /index.php?$args; } location ~ \\.php$ { fastcgi_pass unix:/a; }", "", []string{"left: root /srv/a: nginx has programs"}},
		"programs by http":              {"location ~ \\.php$ { " + app + " } location /files/ { alias /srv/b/; } root /srv/a; location ^~ /c/ { }", "paths:; - path: /files; strip: true; static: /srv/b; - path: /c; static: /srv/a", nil},
		"an app that cannot be asked":   {"root /srv/a; location / { uwsgi_pass unix:/a; } location /b/ { " + app + " } location /c/ { proxy_pass http://$c; }", "paths:; - path: /b; to: 127.0.0.1:5; - path: /c; maintenance: true", []string{"left: location /c/: what answers there"}},
		"loopback":                      {"listen 127.0.0.1:80; location / { " + app + " }", "to: 127.0.0.1:5; maintenance: true", []string{"left: listen 127.0.0.1:80: 127.0.0.1 is for some alone"}},
		"private address":               {"listen 10.0.0.5; listen [fd00::1]:443 ssl; location / { " + app + " }", "to: 127.0.0.1:5; maintenance: true", []string{"left: listen 10.0.0.5: 10.0.0.5 is for some alone", `"[fd00::1]:443"`}},
		"public address":                {"listen 203.0.113.5:443 ssl; location / { " + app + " }", "to: 127.0.0.1:5", []string{"not at 203.0.113.5 alone", `"203.0.113.5:443"`}},
		"leads from / alone": {"location / { return 301 https://new.example.com$request_uri; } location /a/ { " + app + " }",
			"redirect: {to: https://new.example.com, keep-path: true, permanent: true}; paths:; - path: /a; to: 127.0.0.1:5", nil},
		"leads below": {"location / { " + app + " } location /a { return 301 /a/; } location /a/ { proxy_pass http://127.0.0.1:6; } location /b { return 302 /a/x; }",
			"to: 127.0.0.1:5; paths:; - path: /a; to: 127.0.0.1:6; - path: /b; redirect: /a/x", []string{"left: return 301 /a/"}},
		"try_files": {"root /srv/a; location / { try_files $uri $uri.html $uri/ =404; } location /b/ { try_files $uri @app; } location /c/ { try_files $uri @app; } location @app { try_files $uri @app; " + app + " }",
			"static: /srv/a; paths:; - path: /b; to: 127.0.0.1:5; static: /srv/a; - path: /c; to: 127.0.0.1:5; static: /srv/a", []string{"$uri.html is not carried over"}},
		"try_files of a page":  {"root /srv/a; location / { try_files /index.html =404; } location /b/ { " + app + " }", "paths:; - path: /b; to: 127.0.0.1:5", []string{"left: try_files /index.html =404: without $uri", "implied: root /srv/a: none"}},
		"try_files of no file": {"root /srv/a; location / { try_files /nonexistent @app; } location /b/ { try_files $uri.html =404; } location @app { " + app + " }", "to: 127.0.0.1:5; paths:; - path: /b; maintenance: true", []string{"left: try_files $uri.html =404: without $uri"}},
		"a folder of a named location": {"location / { root /srv/a/public; try_files $uri @app; } location @app { root /srv/a; autoindex on; " + app + " }",
			"to: 127.0.0.1:5; static: /srv/a/public", []string{"implied: root /srv/a: the app answers"}},
		"files of a named location": {"location / { root /srv/a; try_files $uri @b; } location @b { root /srv/b; try_files /x @c; } location @c { rewrite ^ /index.html last; " + app + " }",
			"to: 127.0.0.1:5; static: /srv/a", []string{"left: root /srv/b: the files of a named location", "left: try_files /x @c"}},
		"rewrites": {"root /srv/a; location / { rewrite ^/old/(.*)$ /new/$1 permanent; } location /b { rewrite ^ /login.html last; } location /c/ { rewrite ^/c/ /x last; } location /d { rewrite ^/d/e$ /x last; try_files $uri @app; } location @app { " + app + " }",
			"static: /srv/a; paths:; - path: /b; maintenance: true; - path: /c; maintenance: true; - path: /d; to: 127.0.0.1:5; static: /srv/a; - path: /old; maintenance: true; - path: /d/e; maintenance: true", []string{"left: rewrite ^ /login.html last"}},
		"a rewrite of the server": {"root /srv/a; rewrite ^ /login.html last; location /b/ { } location /c/ { " + app + " }", "paths:; - path: /b; maintenance: true; - path: /c; to: 127.0.0.1:5", nil},
		"pages of errors":         {"error_page 404 = @app; error_page 500 /500.html; location / { " + app + " }", "to: 127.0.0.1:5", []string{"left: error_page 404 = @app", "implied: error_page 500"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			file, told := importOf(t, "server { server_name a.example.com; "+c.conf+" }")
			if want := "sites:; - hosts: [a.example.com]; " + c.file; c.file != "" && file != want || c.file == "" && file != "" {
				t.Errorf("got  %s\nwant %s\ntold %s", file, want, told)
			}
			for _, want := range c.told {
				if !strings.Contains(told, want) {
					t.Errorf("not told %q:\n%s", want, told)
				}
			}
		})
	}
}

// TestServersOfNginx is about what several servers are to one another.
func TestServersOfNginx(t *testing.T) {
	const app = "location / { proxy_pass http://127.0.0.1:5; } "
	for name, c := range map[string]struct{ conf, file, told string }{
		"guarded in http": {"http { auth_basic x; allow 10.0.0.0/8; deny all; server { server_name a.example.com; " + app + "} server { server_name b.example.com; auth_basic off; allow all; " + app + "} }",
			"- hosts: [a.example.com]; to: 127.0.0.1:5; maintenance: true; - hosts: [b.example.com]; to: 127.0.0.1:5", "left: auth_basic x"},
		"behind a balancer": {"http { server { server_name a.example.com; allow 10.0.0.0/8; deny all; " + app + "} set_real_ip_from 10.0.0.0/8; set_real_ip_from fd00::/8; }",
			"- hosts: [a.example.com]; to: 127.0.0.1:5; maintenance: true", "left: set_real_ip_from 10.0.0.0/8"},
		"guarded in http by a module": {"http { auth_jwt x; access_by_lua_file a; server { server_name a.example.com; " + app + "} server { server_name b.example.com; auth_jwt off; " + app + "} }",
			"- hosts: [a.example.com]; to: 127.0.0.1:5; maintenance: true; - hosts: [b.example.com]; to: 127.0.0.1:5; maintenance: true", "left: access_by_lua_file a"},
		"a map of looks": {"http { map $request_method $a { default 0; PUT 1; } server { server_name a.example.com; if ($a) { return 403; } " + app + "} }", "- hosts: [a.example.com]; to: 127.0.0.1:5", "left: if ($a)"},
		"a map of more": {"http { geo $out { default 1; 10.0.0.0/8 0; } map $request_method $a { default $out; } map $a $b { 1 1; } server { server_name a.example.com; if ($b) { return 403; } " + app + "} }",
			"- hosts: [a.example.com]; to: 127.0.0.1:5; maintenance: true", "the whole site is closed"},
		"not all lead": {"server { server_name www.a.com shop.a.com; " + app + "} server { server_name a.com; return 301 https://www.a.com$request_uri; }",
			"- hosts: [www.a.com, shop.a.com]; to: 127.0.0.1:5; - hosts: [a.com]; redirect: {to: https://www.a.com, keep-path: true, permanent: true}", ""},
		"all lead": {"server { server_name www.a.com a.com; " + app + "} server { server_name b.com; return 301 https://www.a.com$request_uri; } server { listen 80; server_name a.com; return 301 https://www.a.com$request_uri; }",
			"- hosts: [www.a.com, a.com, b.com]; canonical: true; to: 127.0.0.1:5", ""},
		"one is private": {"server { listen 127.0.0.1:80; server_name a.com; location /secret/ { proxy_pass http://127.0.0.1:6; } } server { listen 443 ssl; server_name a.com; " + app + "}",
			"- hosts: [a.com]; to: 127.0.0.1:5", "nothing in it is carried over"},
		"one at another port": {"server { listen 443 ssl; server_name a.com; " + app + "} server { listen 8080; server_name a.com; location / { proxy_pass http://127.0.0.1:6; } location /metrics { proxy_pass http://127.0.0.1:7; } }",
			"- hosts: [a.com]; to: 127.0.0.1:5", "left: server: it listens at another port"},
		"all at another port": {"server { listen 80; server_name a.com; return 301 https://a.com:8443$request_uri; } server { listen 8443 ssl; server_name a.com; " + app + "}", "- hosts: [a.com]; to: 127.0.0.1:5", "left: listen 8443 ssl"},
		"one answers otherwise": {"server { listen 443 ssl; server_name a.com; root /srv/a; location / { try_files $uri @a; } location @a { proxy_pass http://127.0.0.1:5; } location /b { return 302 https://b.com/; } } " +
			"server { server_name a.com; root /srv/b; location / { try_files $uri @a; } location @a { proxy_pass http://127.0.0.1:6; } location /b { return 302 https://c.com/; } location /c { proxy_pass http://127.0.0.1:7; } }",
			"- hosts: [a.com]; to: 127.0.0.1:5; static: /srv/a; paths:; - path: /b; redirect: https://b.com/; - path: /c; to: 127.0.0.1:7", "left: proxy_pass http://127.0.0.1:6: another server"},
		"one is not valid":    {"server { server_name a.com; location / { proxy_pass 0; } } server { server_name b.com; " + app + "}", "- hosts: [b.com]; to: 127.0.0.1:5", "left: site a.com: it would not be valid: "},
		"one answers nothing": {"server { server_name a.com; location / { fastcgi_pass unix:/a; } } server { server_name b.com; " + app + "}", "- hosts: [b.com]; to: 127.0.0.1:5", "no site is made"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			file, told := importOf(t, c.conf)
			if file != "sites:; "+c.file || !strings.Contains(told, c.told) {
				t.Errorf("got  %s\nwant sites:; %s\ntold %s", file, c.file, told)
			}
		})
	}
}

// TestBind holds that where to listen is told of as carried over only where it is written.
func TestBind(t *testing.T) {
	const data = `{"settings": {"bind": "192.0.2.7", "bind": "192.0.2.7"}, "sites": [{"shortname": "a", "host": "a.com", "backends": ["5"]}]}`
	for listen, want := range map[string]string{
		"": "carried: settings: bind",
		"listen: {https: 192.0.2.7:443, http: 192.0.2.7:80}\n": "carried: settings: bind",
		"listen: {https: 192.0.2.8:443}\n":                     "left: settings: bind: the file says listen already",
	} {
		t.Chdir(t.TempDir())
		if err := errors.Join(os.WriteFile("mechanic.json", []byte(data), 0o600), os.WriteFile(cli.ConfigFile, []byte(listen+"sites: []\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if _, out, fault := typed("pavise site import mechanic.json -v"); !strings.Contains(out, want) {
			t.Errorf("%q: not told %q: %s%s", listen, want, out, fault)
		}
	}
	t.Chdir(t.TempDir())
	if err := os.WriteFile("mechanic.json", []byte(strings.ReplaceAll(data, "192.0.2.7", "2001:db8::7")), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, fault := typed("pavise site import mechanic.json")
	if file, _ := os.ReadFile(cli.ConfigFile); !strings.Contains(string(file), "[2001:db8::7]:443") {
		t.Errorf("%s%s%s", file, out, fault)
	}
}

// importOf is the file that comes of a configuration, its lines joined, and what is told.
func importOf(t *testing.T, conf string) (file, told string) {
	t.Helper()
	if err := os.WriteFile("nginx.conf", []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	_, out, fault := typed("pavise site import nginx.conf -v")
	written, _ := os.ReadFile(cli.ConfigFile)
	var lines []string
	for line := range strings.Lines(string(written)) {
		lines = append(lines, strings.TrimSpace(line))
	}
	return strings.Join(lines, "; "), out + fault
}

// FuzzImports holds that what comes of any nginx.conf is a file that Pavise serves by, or
// none.
func FuzzImports(f *testing.F) {
	for _, in := range []string{
		"root /a; location / { try_files $uri /x; return 301 https://a.example.com/y; } location /A { deny all; } location /a { proxy_pass https://b.example/; try_files $uri /a/b; }",
		"location /a { alias /b/; location /a/ { return 302 /a/c/d; location /a { } } location ~ ^/(d|e)/ { internal; } } allow unix:; allow 10.0.0.1/8; client_max_body_size 1m;",
		"proxy_pass 0;",
		"location /x { proxy_pass http://u/y; proxy_pass http://unix:/a:/b; } location = / { auth_basic x; } location /z { rewrite ^ https://a.example.com/z permanent; }",
	} {
		f.Add(in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if strings.Contains(in, "include") {
			return // what lies on this machine is not meant
		}
		t.Chdir(t.TempDir())
		conf := "upstream u { server 127.0.0.1:1 weight=2; server 127.0.0.1:2; } server { server_name a.example.com b.example.com; " + in + " }"
		if err := os.WriteFile("nginx.conf", []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, told := typed("pavise site import nginx.conf")
		if code == cli.ExitUsage && !strings.Contains(told, "there is no site in") && !strings.Contains(told, "nginx -t tells") {
			t.Errorf("%s came to a file that is not valid: %s", conf, told)
		}
	})
}
