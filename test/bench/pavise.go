package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

var pavise = front{
	name:    "Pavise",
	http2:   true,
	dressed: true,
	command: paviseWith(paviseConfig),
}

// paviseWith runs Pavise with every control on.
func paviseWith(text string) func(site) (*exec.Cmd, error) {
	return func(s site) (*exec.Cmd, error) {
		config, err := s.fill("pavise.yaml", text)
		cmd := exec.Command(filepath.Join(s.Bin, "pavise"), "serve", "--config", config, "--state", filepath.Join(s.Dir, "state"))
		cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", workers))
		return cmd, err
	}
}

const paviseConfig = paviseHead + "  - hosts: [{{.Host}}]\n" + paviseSite

const paviseHead = `
listen: {https: "127.0.0.1:{{.Port}}", http: "off", http3: "off"}
sites:
`

// paviseSite raises the limits that one client with the load of a town would hit, and
// no other; every control stays on.
const paviseSite = `    to: {{.Origin}}
    certificate: {cert: {{.Cert}}, key: {{.Key}}}
    controls:
      login.rate: {rate: 1000000, burst: 1000000}
      transport.patience: {client-conns: 20000}
`
