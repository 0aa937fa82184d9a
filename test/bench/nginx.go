package main

import "os/exec"

var nginx = front{
	name:    "nginx",
	http2:   true,
	command: nginxWith(nginxHead + nginxFront + "}}\n"),
}

// nginxHardened has what the guides to hardening nginx agree on.
var nginxHardened = front{
	name:    "nginx with hardening",
	http2:   true,
	dressed: true,
	command: nginxWith(nginxHead + nginxZones + nginxFront + nginxSnippets + "}}\n"),
}

func nginxWith(text string) func(site) (*exec.Cmd, error) {
	return func(s site) (*exec.Cmd, error) {
		config, err := s.fill("nginx.conf", text)
		return exec.Command("nginx", "-p", s.Dir, "-e", "stderr", "-c", config), err
	}
}

// nginxHead keeps every file in the folder of the site. An answer is never put on
// disk: with a client on loopback that would only cost nginx.
const nginxHead = `
daemon off;
pid nginx.pid;
error_log stderr;
{{if .Root}}user root;{{end}}
worker_processes {{.Workers}};
events { worker_connections 12000; }
http {
	access_log off;
	types { text/html html; }
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	proxy_max_temp_file_size 0;
	keepalive_timeout 300;
	keepalive_requests 1000000000;
`

const nginxFront = `
	upstream app {
		server {{.Origin}};
		keepalive 64;
		keepalive_requests 1000000000;
	}
	server {
		listen 127.0.0.1:{{.Port}} ssl http2 backlog=4096;
		server_name {{.Host}};
		ssl_certificate {{.Cert}};
		ssl_certificate_key {{.Key}};
		ssl_protocols TLSv1.2 TLSv1.3;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		proxy_set_header Host $host;
		proxy_set_header X-Real-IP $remote_addr;
		proxy_set_header X-Forwarded-For $remote_addr;
		proxy_set_header X-Forwarded-Proto https;
		location / { proxy_pass http://app; }
`

// nginxZones count requests and connections against limits that nobody reaches here.
const nginxZones = `
	limit_req_zone $binary_remote_addr zone=requests:10m rate=1000000r/s;
	limit_conn_zone $binary_remote_addr zone=connections:10m;
`

const nginxSnippets = `
		server_tokens off;
		client_max_body_size 100m;
		limit_req zone=requests burst=100000 nodelay;
		limit_conn connections 60000;
		if ($request_method !~ ^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$) { return 405; }
		proxy_hide_header X-Powered-By;
{{range .Headers}}		add_header {{.Name}} "{{.Value}}" always;
{{end}}`
