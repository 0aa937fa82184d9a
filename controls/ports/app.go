package ports

import (
	"bytes"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// App keeps the app's own port from strangers, who would go around what shields it.
type App struct{}

// Doc describes the control.
func (App) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "ports.app",
		Title:    "The app's own port",
		Why:      "Whatever stands in front of an app protects nobody while the app itself answers strangers at its own port: they simply go around.",
		Verifies: "Every open port that speaks HTTP is asked for its home page, and that is compared with the site's: by body, title, redirect and the names of cookies.",
		Rules: []pavise.Rule{{
			ID: "ports.app.direct", Title: "The app can be reached through its site alone", Severity: pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N",
			References: []string{"PCI DSS 4.0.1 1.4.2", "PCI DSS 4.0.1 2.2.4", "CWE-420"}, Owner: true,
			Fix: pavise.Fix{
				Nginx:   "listen 127.0.0.1:8080;  # of the server that is proxied to",
				Apache:  "Listen 127.0.0.1:8080",
				Express: `app.listen(3000, "127.0.0.1")`,
				Other:   `Docker publishes past the firewall of the host: ports: ["127.0.0.1:3000:3000"]`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (App) Validate() error { return nil }

// maxPages bounds the home pages that are asked for.
const maxPages = 12

// Probes asks for the sweep, and then for the home page at each port that speaks HTTP.
func (App) Probes(e *pavise.Evidence) []pavise.Probe {
	list := probes(e)
	if s, _ := swept(e, App{}.Doc()); s != nil {
		for _, service := range pages(e.Target, s) {
			list = append(list, page(e.Target, s, service))
		}
	}
	return list
}

func pages(t pavise.Target, s *pavise.Sweep) []pavise.Service {
	var list []pavise.Service
	for _, service := range s.Open {
		if service.Name == "http" && !own(t, service.Port) && len(list) < maxPages {
			list = append(list, service)
		}
	}
	return list
}

// page asks for the home page at a port, where the sweep found it.
func page(t pavise.Target, s *pavise.Sweep, service pavise.Service) pavise.Probe {
	scheme, port := "http", strconv.Itoa(service.Port)
	if service.Secure {
		scheme = "https"
	}
	return pavise.Ask(pavise.Request{URL: scheme + "://" + net.JoinHostPort(s.Address, port) + "/", Host: net.JoinHostPort(t.Host(), port)})
}

// Check compares.
func (App) Check(e *pavise.Evidence) []pavise.Finding {
	doc := App{}.Doc()
	s, none := swept(e, doc)
	if s == nil {
		return none
	}
	home, why := e.Heard(e.Target.Home())
	if home == nil {
		return doc.All(pavise.Unlooked, e.Target.Host(), "the home page: "+why)
	}
	found := each(e, s, "ports.app.direct", "no other port that answers with the site", func(service pavise.Service) string {
		if !slices.ContainsFunc(pages(e.Target, s), func(p pavise.Service) bool { return p.Port == service.Port }) {
			return ""
		}
		a, _ := e.Heard(page(e.Target, s, service))
		if a == nil || edge(a.Response) {
			return ""
		}
		if alike := same(e.Target, home.Response, a.Response); alike != "" {
			return "the site answers there, too: it has " + alike
		}
		return ""
	})
	for i, f := range found {
		for _, service := range s.Open {
			if a, _ := e.Heard(page(e.Target, s, service)); a != nil && f.Where == place(e.Target, service) {
				found[i].Proof = a.Proof()
			}
		}
	}
	return found
}

// edge reports whether a network of others answers, which does so at many ports: what
// comes from there has passed it.
func edge(r *pavise.Response) bool {
	server := strings.ToLower(r.Header.Get("Server"))
	return server == "cloudflare" || server == "cloudfront" || strings.HasPrefix(server, "akamai")
}

// same says by what two home pages are the same site's; "" if by nothing.
func same(t pavise.Target, site, other *pavise.Response) string {
	switch {
	case upgrades(t, other):
		return "" // it only leads to the site
	case site.Status == other.Status && len(site.Body) >= minBody && bytes.Equal(site.Body, other.Body):
		return "the same page"
	case site.Status == http.StatusOK && other.Status == http.StatusOK && title(site) != "" && title(site) == title(other):
		return "the same title, " + strconv.Quote(pavise.Clip(title(site), 80))
	}
	for _, name := range cookies(other) {
		if slices.Contains(cookies(site), name) {
			return "the cookie " + strconv.Quote(pavise.Clip(name, 80))
		}
	}
	return ""
}

// minBody is the least that is no page which many servers have alike.
const minBody = 256

// upgrades reports whether the answer leads to the site itself.
func upgrades(t pavise.Target, r *pavise.Response) bool {
	to, err := url.Parse(r.Header.Get("Location"))
	return err == nil && r.Status >= 300 && r.Status < 400 && strings.EqualFold(to.Hostname(), t.Host()) && own(t, pavise.PortOf(to))
}

var titles = regexp.MustCompile(`(?is)<title[^>]*>\s*([^<]{4,200}?)\s*</title>`)

// stock are the titles that servers have before anybody gave them a site.
var stock = regexp.MustCompile(`(?i)welcome to nginx|apache2|it works|index of|error|not found|forbidden|bad gateway|moved|test page`)

func title(r *pavise.Response) string {
	m := titles.FindSubmatch(r.Body)
	if m == nil || stock.Match(m[1]) {
		return ""
	}
	return string(m[1])
}

// cookies are the names that are set and that not every app of a framework sets,
// without the prefixes of RFC 6265bis, which a proxy may have added.
func cookies(r *pavise.Response) []string {
	var names []string
	for _, c := range (&http.Response{Header: r.Header}).Cookies() {
		name := strings.TrimPrefix(strings.TrimPrefix(c.Name, "__Host-"), "__Secure-")
		if pavise.DefaultSessionName(name) == "" && !usual.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

// usual are cookies that tell no site from another.
var usual = regexp.MustCompile(`(?i)csrf|xsrf|^(sid|lang|locale|id|token)$`)
