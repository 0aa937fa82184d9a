package host_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pavise"
	"pavise/audit/config"
	"pavise/audit/tree"
	"pavise/controls/host"
)

// read reads a host of these files, as an audit does.
func read(t *testing.T, files map[string]string) *pavise.Evidence {
	t.Helper()
	m := &pavise.Machine{Root: t.TempDir()}
	for name, text := range files {
		at := filepath.Join(m.Root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	h, err := tree.OpenHost(context.Background(), m.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	config.Read(context.Background(), h, m)
	return &pavise.Evidence{Machine: m}
}

// outcome is what a rule comes to, by the words of the rule.
func outcome(t *testing.T, c pavise.Checker, e *pavise.Evidence, rule string) pavise.Finding {
	t.Helper()
	for _, f := range c.Check(e) {
		if strings.HasSuffix(f.Rule, "."+rule) {
			return f
		}
	}
	t.Fatalf("nobody judged %s", rule)
	return pavise.Finding{}
}

type row struct{ rule, text, want string }

// hold judges each text at the place of a file.
func hold(t *testing.T, c pavise.Checker, file string, rows []row) {
	t.Helper()
	for _, r := range rows {
		f := outcome(t, c, read(t, map[string]string{file: r.text}), r.rule)
		if f.Outcome.String() != r.want {
			t.Errorf("%s is %s, not %s, of\n%s\nsaw %s", r.rule, f.Outcome, r.want, r.text, f.Saw)
		}
		if f.Outcome == pavise.Fail && (f.Want == "" || f.Proof.Command == "") {
			t.Errorf("%s says not what is right, or how to see it: %+v", r.rule, f)
		}
	}
}

// inHTTP puts a server into nginx.conf.
func inHTTP(rows []row) []row {
	for i, r := range rows {
		rows[i].text = "http {\n" + r.text + "\n}\n"
	}
	return rows
}

func TestNginxTLS(t *testing.T) {
	const tls = "server { listen 443 ssl; "
	hold(t, host.NginxTLS{}, "etc/nginx/nginx.conf", inHTTP([]row{
		{"protocols", "ssl_protocols TLSv1.1 TLSv1.2; " + tls + "ssl_protocols TLSv1.3; }", "pass"},
		{"protocols", "ssl_protocols TLSv1.3; " + tls + "ssl_protocols TLSv1 TLSv1.3; }", "fail"},
		{"protocols", "ssl_protocols TLSv1; server { listen 80; }", "fail"},
		{"protocols", "server { listen 80; }", "skip"},
		{"protocols", tls + "}", "unknown"},
		{"ciphers", tls + "}", "pass"},
		{"ciphers", tls + "ssl_ciphers HIGH:!aNULL:!MD5; }", "pass"},
		{"ciphers", tls + "ssl_ciphers 'ECDHE-RSA-AES128-GCM-SHA256:DES-CBC3-SHA:!RC4'; }", "fail"},
		{"ciphers", tls + "ssl_ciphers ALL:!aNULL:!EXPORT:!RC4:!LOW; }", "pass"},
		{"ciphers", tls + "ssl_ciphers ECDHE+3DES:-RC4; }", "fail"},
		{"tickets", tls + "}", "fail"},
		{"tickets", "ssl_session_tickets off; " + tls + "}", "pass"},
	}))
	hold(t, host.NginxTLS{}, "etc/nginx/nginx.conf", []row{
		{"protocols", "stream { ssl_protocols TLSv1; server { listen 993 ssl; } }", "fail"},
		{"protocols", "mail { server { listen 993 ssl; ssl_protocols TLSv1.3; } }", "pass"},
	})
	e := read(t, map[string]string{"etc/nginx/nginx.conf": "http { server { listen 443 ssl; } }"})
	for version, want := range map[string]pavise.Outcome{"1.22.1": pavise.Fail, "1.27.2": pavise.Fail, "1.27.3": pavise.Pass, "1.28.0": pavise.Pass} {
		e.Machine.Configs[0].Version = version
		if f := outcome(t, host.NginxTLS{}, e, "protocols"); f.Outcome != want {
			t.Errorf("nginx %s: %s", version, f.Outcome)
		}
	}
}

func TestNginxRedirect(t *testing.T) {
	hold(t, host.NginxRedirect{}, "etc/nginx/nginx.conf", inHTTP([]row{
		{"https", "server { }", "fail"},
		{"https", "server { listen 127.0.0.1:80; listen unix:/run/x; listen [::1]:80; }", "skip"},
		{"https", "server { listen 80; return 301 https://$host$request_uri; }", "pass"},
		{"https", "server { listen 80; return https://a.test; }", "pass"},
		{"permanent", "server { listen 80; return https://a.test; }", "fail"},
		{"https", "server { listen 80; return 301 http://www.a.test; }", "fail"},
		{"https", "server { listen 80; return 444; }", "pass"},
		{"https", "server { listen 80; rewrite ^(.*)$ https://a.test$1 permanent; }", "pass"},
		{"https", "server { listen 80; rewrite ^/old https://a.test permanent; }", "fail"},
		{"https", "server { listen 80; location /a { return 301 https://a.test; } }", "fail"},
		{"https", "server { listen 80; listen 443 ssl; if ($scheme = http) { return 301 https://$host$request_uri; } }", "pass"},
		{"https", "server { listen 80; return 200 hello; }", "fail"},
	}))
}

func TestNginxHeaders(t *testing.T) {
	const hsts = `add_header Strict-Transport-Security "max-age=31536000" always; `
	hold(t, host.NginxHeaders{}, "etc/nginx/nginx.conf", inHTTP([]row{
		{"inherited", "server { " + hsts + "location / { add_header A b; } }", "fail"},
		{"inherited", "server { " + hsts + "location / { location /a { add_header A b; } } }", "fail"},
		{"inherited", "server { " + hsts + "location / { add_header A b; " + hsts + "} }", "pass"},
		{"inherited", hsts + "server { add_header A b; location / { } }", "fail"},
		{"inherited", "server { add_header A b; location / { add_header A b; } }", "pass"},
		{"hsts", "server { listen 443 ssl; }", "fail"},
		{"hsts", hsts + "server { listen 443 ssl; }", "pass"},
		{"hsts", "server { listen 443 ssl; add_header strict-transport-security max-age=3; }", "fail"},
		{"hsts", "server { listen 443 ssl; location / { proxy_pass http://app; } }", "skip"},
		{"hsts", "server { listen 443 ssl; return 301 https://a.test; }", "skip"},
	}))
}

func TestNginxProxy(t *testing.T) {
	hold(t, host.NginxProxy{}, "etc/nginx/nginx.conf", inHTTP([]row{
		{"host", "server { location / { proxy_pass http://app; } }", "fail"},
		{"host", "proxy_set_header Host $host; server { location / { proxy_pass http://app; } }", "pass"},
		{"host", "server { location / { proxy_pass https://bucket.example.com; } }", "skip"},
		{"host", "proxy_set_header Host $host; server { location / { proxy_pass http://app; proxy_set_header A b; } }", "fail"},
		{"inherited", "proxy_set_header Host $host; server { location / { proxy_pass http://app; proxy_set_header A b; } }", "fail"},
		{"client", "server { location / { proxy_pass http://app; proxy_set_header X-Forwarded-For $http_x_forwarded_for; } }", "fail"},
		{"client", "server { location / { proxy_pass http://app; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }", "pass"},
		{"appended", "server { location / { proxy_pass http://app; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } }", "fail"},
		{"scheme", "server { location / { if ($a) { proxy_pass http://app; } proxy_set_header X-Forwarded-Proto $scheme; } }", "pass"},
		{"upstream", "server { location / { proxy_pass http://10.0.0.7:80; } }", "pass"},
		{"upstream", "server { location / { proxy_pass http://[2001:db8::1]:80/x; } }", "fail"},
		{"upstream", "server { location / { proxy_pass https://203.0.113.7; } }", "skip"},
		{"upstream", "upstream app { server 203.0.113.7; } server { location / { proxy_pass http://app; } }", "fail"},
	}))
}

func TestNginxFiles(t *testing.T) {
	hold(t, host.NginxFiles{}, "etc/nginx/nginx.conf", inHTTP([]row{
		{"alias", "server { location /a { alias /srv/a/; } }", "fail"},
		{"alias", "server { location ^~ /a { alias /srv/a/; } }", "fail"},
		{"alias", "server { location /a/ { alias /srv/a/; } }", "pass"},
		{"alias", "server { location /a { alias /srv/a; } }", "pass"},
		{"alias", "server { location = /a { alias /srv/a/; } }", "pass"},
		{"alias", "server { location ~ ^/a/(.*)$ { alias /srv/a/$1; } }", "pass"},
		{"autoindex", "server { location /a { autoindex on; } }", "fail"},
		{"autoindex", "autoindex on;", "fail"},
		{"autoindex", "server { }", "pass"},
		{"dotfiles", "server { root /srv; }", "fail"},
		{"dotfiles", "server { root /srv; location ~ /\\.ht { deny all; } }", "fail"},
		{"dotfiles", "server { root /srv; location ~ /\\. { deny all; } }", "pass"},
		{"dotfiles", "server { root /srv; location ~ /\\.(?!well-known).* { deny all; } }", "pass"},
		{"dotfiles", "server { root /srv; location ~* (^|/)\\. { return 403; } }", "pass"},
		{"dotfiles", "server { root /srv; return 301 https://a.test; }", "skip"},
		{"dotfiles", "server { location / { proxy_pass http://app; } }", "skip"},
		{"php", "server { location ~ \\.php$ { fastcgi_pass a; } }", "fail"},
		{"php", "server { location ~ [^/]\\.php(/|$) { try_files $fastcgi_script_name =404; fastcgi_pass a; } }", "pass"},
		{"php", "server { location = /index.php { fastcgi_pass a; } }", "skip"},
	}))
}

func TestNginxRequests(t *testing.T) {
	hold(t, host.NginxRequests{}, "etc/nginx/nginx.conf", inHTTP([]row{
		{"splitting", "server { return 301 https://a.test$uri; }", "fail"},
		{"splitting", "server { return https://a.test${document_uri}; }", "fail"},
		{"splitting", "server { return 200 $uri; }", "skip"},
		{"splitting", "server { location / { proxy_pass http://app$uri; } }", "fail"},
		{"splitting", "server { location / { proxy_set_header X-Path $uri; proxy_pass http://app; } }", "fail"},
		{"splitting", "server { rewrite ^/a /b$uri last; }", "skip"},
		{"splitting", "server { return 301 https://a.test$request_uri; }", "pass"},
		{"body", "server { location /up { client_max_body_size 0; } }", "fail"},
		{"body", "server { client_max_body_size 20m; }", "pass"},
		{"slashes", "server { merge_slashes off; }", "fail"},
		{"default", "server { listen 80; server_name a.test; }", "fail"},
		{"default", "server { listen 80; server_name a.test; } server { listen 80 default_server; return 444; }", "pass"},
		{"default", "server { listen 443 ssl; return 301 https://a.test; }", "pass"},
		{"default", "server { listen 443 ssl; return 301 https://$host/a; }", "fail"},
		{"default", "server { listen 127.0.0.1:80; }", "skip"},
	}))
}

// TestUnreadIsNoPass: what holds in the files that were read may be undone in one that
// was not.
func TestUnreadIsNoPass(t *testing.T) {
	e := read(t, map[string]string{"etc/nginx/nginx.conf": "http { server_tokens off; include none.conf; }"})
	if f := outcome(t, host.NginxTokens{}, e, "version"); f.Outcome != pavise.Unknown || !strings.Contains(f.Saw, "none.conf: no such file") {
		t.Errorf("%+v", f)
	}
	e = read(t, map[string]string{"etc/nginx/nginx.conf": "http { server_tokens on; include none.conf; server { root /srv; location / { proxy_pass http://app; } } }"})
	for rule, c := range map[string]pavise.Checker{"host": host.NginxProxy{}, "https": host.NginxRedirect{}, "dotfiles": host.NginxFiles{}, "default": host.NginxRequests{}} {
		if f := outcome(t, c, e, rule); f.Outcome != pavise.Unknown {
			t.Errorf("what is not there may be in none.conf: %+v", f)
		}
	}
	if f := outcome(t, host.NginxTokens{}, e, "version"); f.Outcome != pavise.Fail {
		t.Errorf("what is there fails, whatever else there is: %+v", f)
	}
	if f := outcome(t, host.NginxTokens{}, read(t, nil), "version"); f.Outcome != pavise.Skip {
		t.Errorf("%+v", f)
	}
	if f := (host.NginxTokens{}).Check(&pavise.Evidence{}); f != nil {
		t.Errorf("%+v", f)
	}
	e = read(t, map[string]string{"etc/nginx/nginx.conf/folder": ""})
	if f := outcome(t, host.NginxTokens{}, e, "version"); f.Outcome != pavise.Unknown {
		t.Errorf("%+v", f)
	}
}

// TestManyBlocks judges blocks that inherit from one with as many lines, and tells of
// each and names few.
func TestManyBlocks(t *testing.T) {
	const most = 2000
	server := "server { listen 80;\n" + strings.Repeat("add_header A b; ", most) + strings.Repeat("location / { proxy_pass http://app; }\n", most) + "}"
	e := read(t, map[string]string{"etc/nginx/nginx.conf": "http {\n" + strings.Repeat("upstream a { }\n", most) + server + "}"})
	f := outcome(t, host.NginxProxy{}, e, "host")
	if all := 1 + len(f.Also) + f.More; all != most || f.Of != most || len(f.Also) > pavise.MaxAlso {
		t.Errorf("%d of %d are told, %d named", all, f.Of, len(f.Also))
	}
}
