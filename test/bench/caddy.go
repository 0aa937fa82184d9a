package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// caddyPackage is pinned in go.mod.
const caddyPackage = "github.com/caddyserver/caddy/v2"

var caddy = front{
	name:    "Caddy",
	http2:   true,
	command: caddyWith(""),
}

var caddyDressed = front{
	name:    "Caddy with headers",
	http2:   true,
	dressed: true,
	command: caddyWith(`
	header -Server
	header -X-Powered-By
{{range .Headers}}	header +{{.Name}} "{{.Value}}"
{{end}}`),
}

func caddyWith(directives string) func(site) (*exec.Cmd, error) {
	return func(s site) (*exec.Cmd, error) {
		config, err := s.fill("Caddyfile", fmt.Sprintf(caddyConfig, directives))
		cmd := exec.Command(filepath.Join(s.Bin, "caddy"), "run", "--adapter", "caddyfile", "--config", config)
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", workers), "HOME="+s.Dir, "XDG_CONFIG_HOME=", "XDG_DATA_HOME=")
		return cmd, err
	}
}

// caddyConfig has no HTTP/3: the others have none.
const caddyConfig = `
{
	admin off
	auto_https off
	persist_config off
	servers {
		protocols h1 h2
	}
}
https://{{.Host}}:{{.Port}} {
	bind 127.0.0.1
	tls {{.Cert}} {{.Key}}
%s
	reverse_proxy {{.Origin}} {
		transport http {
			keepalive_idle_conns_per_host 64
		}
	}
}
`
