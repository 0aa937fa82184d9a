package main

import (
	"os"
	"os/exec"
	"path/filepath"
)

var haproxy = front{
	name:    "HAProxy with hardening",
	http2:   true,
	dressed: true,
	command: func(s site) (*exec.Cmd, error) {
		if err := joinPEM(filepath.Join(s.Dir, "both.pem"), s.Cert, s.Key); err != nil {
			return nil, err
		}
		config, err := s.fill("haproxy.cfg", haproxyConfig)
		return exec.Command("haproxy", "-db", "-f", config), err
	},
}

// joinPEM writes certificate and key into one file, as HAProxy wants them.
func joinPEM(to, cert, key string) error {
	c, err := os.ReadFile(cert)
	if err != nil {
		return err
	}
	k, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(c, k...), 0o600)
}

// haproxyConfig allows more connections than are made, and no more than files allow.
const haproxyConfig = `
global
	nbthread {{.Workers}}
	maxconn 8000
	ssl-default-bind-options ssl-min-ver TLSv1.2

defaults
	mode http
	timeout connect 5s
	timeout client 300s
	timeout server 60s
	timeout http-keep-alive 300s
	http-reuse always

frontend shop
	bind 127.0.0.1:{{.Port}} ssl crt {{.Dir}}/both.pem alpn h2,http/1.1 backlog 4096
	option forwardfor
	stick-table type ip size 100k expire 60s store http_req_rate(10s)
	http-request track-sc0 src
	http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000000 }
	http-request deny deny_status 405 unless { method GET HEAD POST PUT PATCH DELETE OPTIONS }
	http-request set-header X-Forwarded-Proto https
	http-response del-header Server
	http-response del-header X-Powered-By
{{range .Headers}}	http-response add-header {{.Name}} "{{.Value}}"
{{end}}	default_backend app

backend app
	server app {{.Origin}}
`
