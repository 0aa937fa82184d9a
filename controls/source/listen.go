package source

import (
	"net"
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// Listen judges on which addresses the program can be reached.
type Listen struct{}

const ruleHost = "source.listen.host"

// Doc describes the control.
func (Listen) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "source.listen",
		Title:    "Addresses that the program listens on",
		Why:      "An app that listens on every interface can be reached beside whatever stands in front of it: without TLS, without its checks, without its log.",
		Verifies: "The address of every listener in Express, Node's http, Apostrophe and Go. What is made for a container is left to its network.",
		Rules: []pavise.Rule{{
			ID: ruleHost, Title: "What speaks without TLS listens on loopback alone", Severity: pavise.Low, Owner: true,
			References: []string{"PCI DSS 4.0.1 1.4.2", "PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.2.4", "CWE-1327", "CWE-420"},
			Fix: pavise.Fix{
				Express: `app.listen(3000, "127.0.0.1");`,
				Other:   "Go: &http.Server{Addr: \"127.0.0.1:8080\"}\nApostrophe: modules: { \"@apostrophecms/express\": { options: { address: \"127.0.0.1\" } } }; Apostrophe 2: echo 127.0.0.1 > data/address",
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Listen) Validate() error { return nil }

// A listener is one place where the program listens, and on which host: the zero Value
// is every interface.
type listener struct {
	at   place
	host pavise.Value
	tls  bool
}

// Check judges every listener.
func (c Listen) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{ruleHost: "127.0.0.1, ::1, localhost or a socket"}, func(p program, v *verdicts) {
		container := p.container()
		for _, l := range p.listeners() {
			host := l.host
			if other, found := fallback(host); found {
				host = other
			}
			switch told := host.Kind == pavise.StringValue || host.Kind == "" || host.Kind == pavise.NullValue; {
			case l.tls:
				v.pass(ruleHost, l.at, "it speaks TLS itself")
			case isLoopback(host.Text) && told:
				v.pass(ruleHost, l.at, "it listens on %s", shown(host))
			case container != "":
				v.skip(ruleHost, l.at, "%s makes a container of it, whose network decides who reaches it", container)
			case !told && host.Kind != pavise.EnvValue:
				v.unknown(ruleHost, l.at, "the address is known only when it runs: %s", shown(host))
			case host.Kind == pavise.EnvValue:
				v.unknown(ruleHost, l.at, "it listens on %s, and on every interface without that", shown(host))
			case host.Text == "":
				v.fail(ruleHost, l.at, "no host is given: it listens on every interface")
			default:
				v.fail(ruleHost, l.at, "it listens on %s", shown(host))
			}
		}
	})
}

// container is the file that makes a container of the project; "" is none.
func (p program) container() string {
	for _, r := range p.project.Runtimes {
		if name := strings.ToLower(path.Base(r.File)); strings.Contains(name, "dockerfile") || strings.Contains(name, "containerfile") {
			return r.File
		}
	}
	return ""
}

// isLoopback reports whether nobody else reaches what listens there: also a socket that
// is a file.
func isLoopback(host string) bool {
	host = strings.Trim(host, "[]")
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback() || host == "localhost" || strings.HasPrefix(host, "/") || strings.HasSuffix(host, ".sock")
}

// loopbackOnly reports whether every listener of the program is known to be on loopback.
func (p program) loopbackOnly() bool {
	list := p.listeners()
	return len(list) > 0 && !slices.ContainsFunc(list, func(l listener) bool {
		return l.host.Kind != pavise.StringValue || !isLoopback(l.host.Text)
	})
}

// listeners returns where the program listens.
func (p program) listeners() []listener {
	list := append(p.goListeners(), p.apostropheListeners()...)
	for _, u := range p.uses {
		on, method := called(u)
		if method != "listen" {
			continue
		}
		plain := isApp(on) || on == "http.createServer" || on == "new http.Server" || on == "http.Server" || on == "http2.createServer"
		secure := on == "https.createServer" || on == "http2.createSecureServer" || on == "new https.Server" || on == "spdy.createServer"
		if plain || secure || named(on, likeApp) && p.imported("express") {
			host := hostOf(u.Args)
			if c := conditional(u, socket); c != "" && host.Kind == "" && !strings.HasPrefix(c, "!") {
				host = pavise.Value{Kind: pavise.OtherValue, Text: c}
			}
			list = append(list, listener{at(u, pavise.Value{}), host, secure})
		}
	}
	return list
}

// hostOf is the host among the arguments of listen (net.Server: port, host, backlog,
// callback; a path; or options).
func hostOf(args []pavise.Value) pavise.Value {
	if len(args) == 0 {
		return pavise.Value{}
	}
	first := args[0]
	switch first.Kind {
	case pavise.ObjectValue:
		for _, name := range []string{"host", "path", "fd"} {
			if v, told := option(first, name); told != unset {
				return orOther(v, first)
			}
		}
		return pavise.Value{}
	case pavise.StringValue:
		if strings.HasPrefix(first.Text, "/") || strings.HasSuffix(first.Text, ".sock") {
			return first
		}
	}
	if first.Kind != pavise.NumberValue && socket.MatchString(sourceOf(first, 3)) {
		return first
	}
	if len(args) == 1 {
		return pavise.Value{}
	}
	switch host := args[1]; {
	case host.Kind == pavise.FunctionValue || host.Kind == pavise.NumberValue || host.Kind == pavise.NullValue:
		return pavise.Value{}
	case len(args) == 2 && (host.Kind == pavise.NameValue || host.Kind == pavise.CallValue) && !likeHost(host.Text):
		return pavise.Value{} // a callback that stands elsewhere
	default:
		return host
	}
}

// socket is a word for a path on which one listens.
var socket = regexp.MustCompile(`(?i)socket|sock_?path|unix|pipe`)

func orOther(v, options pavise.Value) pavise.Value {
	if v.Kind == "" {
		return pavise.Value{Kind: pavise.OtherValue, Text: options.Text}
	}
	return v
}

// likeHost reports whether a name is one of a host.
func likeHost(name string) bool {
	name = fold(name)
	return slices.ContainsFunc([]string{"host", "addr", "ip", "bind", "iface", "interface"}, func(word string) bool { return strings.Contains(name, word) })
}
