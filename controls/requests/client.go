package requests

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"pavise"
)

// Client finds the address of the client, and lets nobody claim another. Behind a
// trusted proxy a Go program finds it in Request.RemoteAddr, with the port 0.
type Client struct {
	Trust  pavise.Networks `yaml:"trust" doc:"addresses and networks of proxies in front, whose word on the client is taken; an item that ends in .txt is a file of them" default:"none"`
	Header string          `yaml:"header" doc:"the header in which those proxies name the client" default:"X-Forwarded-For" enum:"X-Forwarded-For,Forwarded,X-Real-IP,CF-Connecting-IP,True-Client-IP,Fastly-Client-IP"`
}

// clientHeaders are those in which a proxy may name the client, by their form.
var clientHeaders = map[string]form{
	"":                 {"X-Forwarded-For", listed, "X-Forwarded-Proto"},
	"X-Forwarded-For":  {"X-Forwarded-For", listed, "X-Forwarded-Proto"},
	"Forwarded":        {"Forwarded", forwarded, ""},
	"X-Real-IP":        {"X-Real-Ip", single, "X-Forwarded-Proto"},
	"CF-Connecting-IP": {"Cf-Connecting-Ip", single, "X-Forwarded-Proto"},
	"True-Client-IP":   {"True-Client-Ip", single, "X-Forwarded-Proto"},
	"Fastly-Client-IP": {"Fastly-Client-Ip", single, "X-Forwarded-Proto"},
}

// Doc describes the control.
func (Client) Doc() pavise.Doc {
	fix := pavise.Fix{
		Pavise: pavise.OnByDefault,
		Nginx: `proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-Host $host;
proxy_set_header Forwarded "";`,
		Apache: "# mod_proxy then writes X-Forwarded-For and -Host anew\nRequestHeader unset X-Forwarded-For\nRequestHeader unset X-Real-IP\nRequestHeader unset X-Forwarded-Host\n" +
			"RequestHeader unset Forwarded",
		Express: `app.set("trust proxy", "loopback");  // never true: that takes the leftmost address, which the client wrote`,
	}
	path := fix
	path.Nginx = "proxy_set_header X-Original-URL \"\";\nproxy_set_header X-Rewrite-URL \"\";"
	path.Apache = "RequestHeader unset X-Original-URL\nRequestHeader unset X-Rewrite-URL"
	return pavise.Doc{
		ID:       "requests.client",
		Title:    "Client address and forwarding headers",
		Why:      "Limits, logs and allow lists go by the address of the client, links by the host, and rights by the path. An app takes these from headers that anybody can write, unless the proxy in front replaces them.",
		Enforces: "Takes every header out by which a client could claim another address, host, scheme or path, and sets X-Forwarded-For, -Proto, -Host, -Port and X-Real-IP anew. Behind a trusted proxy it finds the client from the right of the list, and believes nobody else.",
		Verifies: "Pages are asked for with forged forwarding headers: nothing of them may come back, and no other page.",
		Rules: []pavise.Rule{
			{ID: "requests.client.address", Title: "No client can choose the address that it is known by", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:L/A:N",
				References: []string{"ASVS 5.0 4.1.3", "ASVS 5.0 15.3.4", "RFC 7239 8.1", "CWE-348"}, Fix: fix},
			{ID: "requests.client.host", Title: "No forwarding header of a client names the host", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:L/A:N",
				References: []string{"ASVS 5.0 4.1.3", "RFC 7239 8.1", "CWE-348"}, Fix: fix},
			{ID: "requests.client.path", Title: "No header of a client chooses another page than the address", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
				References: []string{"ASVS 5.0 4.1.3", "CWE-436", "CWE-863"}, Fix: path},
		},
	}
}

// Validate reports what is no network, what is everybody, and an unknown header.
func (c Client) Validate() error {
	var errs []error
	if _, err := c.Trust.Prefixes(); err != nil {
		for mistake := range strings.SplitSeq(err.Error(), "\n") {
			errs = append(errs, errors.New("requests.client: trust: "+mistake))
		}
	}
	if _, ok := clientHeaders[c.Header]; !ok {
		errs = append(errs, fmt.Errorf("requests.client: header must be X-Forwarded-For, Forwarded, X-Real-IP, CF-Connecting-IP, True-Client-IP or Fastly-Client-IP, not %q", c.Header))
	}
	return errors.Join(errs...)
}

// Tune lets trusted proxies open connections for all their clients.
func (c Client) Tune(l *pavise.Listener) error {
	prefixes, err := c.Trust.Prefixes()
	l.Proxies = append(l.Proxies, prefixes...)
	return err
}

// Enforce finds the client before any other control looks, and then replaces what
// the request claims.
func (c Client) Enforce(env pavise.Env) (pavise.Hooks, error) {
	if len(c.Trust) == 0 {
		return pavise.Hooks{Rewrite: (*pavise.Exchange).ReplaceForwarding}, nil
	}
	prefixes, _ := c.Trust.Prefixes() // Validate has read them before
	trusted, header, notes := pavise.NewNetworkSet(prefixes), clientHeaders[c.Header], newNotes(env, "requests.client")
	return pavise.Hooks{Rewrite: func(x *pavise.Exchange) {
		if trusted.Contains(x.Client) {
			said := header.read(x.Request.Header, trusted, x.Client)
			if said.client != x.Client {
				x.Client = said.client
				x.Request.RemoteAddr = net.JoinHostPort(said.client.String(), "0")
			}
			if said.proto != "" {
				x.Secure = said.proto == "https"
			}
			if said.fault != "" {
				notes.once(x, said.fault)
			}
		}
		x.ReplaceForwarding()
	}}, nil
}

// Probes asks for pages with forged headers.
func (Client) Probes(e *pavise.Evidence) []pavise.Probe {
	home, address, host := forgedProbes(e)
	absent, path := pathProbes(e)
	return []pavise.Probe{home, address, host, absent, path}
}

// Check looks for the forgeries in what came back.
func (Client) Check(e *pavise.Evidence) []pavise.Finding {
	home, address, host := forgedProbes(e)
	return []pavise.Finding{
		checkForged(e, "requests.client.address", home, address, slices.Sorted(maps.Values(forged))),
		checkForged(e, "requests.client.host", home, host, []string{forgedHost}),
		checkPath(e),
	}
}
