package leaks

import (
	"net/http"

	"pavise"
)

// Welcome tells of pages that a product shows before anybody has set it up.
type Welcome struct{}

// welcomes are pages that come with a product.
var welcomes = []fingerprint{
	{"nginx", "<title>Welcome to nginx!</title>"},
	{"nginx", "<title>Test Page for the Nginx HTTP Server"},
	{"Apache", "<title>Apache2 Debian Default Page: It works</title>"},
	{"Apache", "<title>Apache2 Ubuntu Default Page: It works</title>"},
	{"Apache", "<html><body><h1>It works!</h1></body></html>"},
	{"Apache", "<title>Test Page for the Apache HTTP Server"},
	{"Apache", "<title>HTTP Server Test Page powered by"},
	{"IIS", "<title>IIS Windows Server</title>"},
	{"IIS", "<title>IIS7</title>"},
	{"Tomcat", "<title>Apache Tomcat/"},
	{"Caddy", "<title>Caddy works!</title>"},
	{"XAMPP", "<title>Welcome to XAMPP</title>"},
	{"Express", "<h1>Express</h1><p>Welcome to Express</p>"},
	{"Django", "<title>The install worked successfully! Congratulations!</title>"},
	{"Jetty", "<title>Powered By Jetty</title>"},
}

// Doc describes the control.
func (Welcome) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "leaks.welcome",
		Title:    "Welcome pages of products",
		Why:      "The page that a server shows before anybody has set it up says which it is, and that nobody looks after it: its other defaults, accounts among them, may stand too.",
		Verifies: "The home page, where one begins, and every other page of the site that the scan meets.",
		Rules: []pavise.Rule{{
			ID: "leaks.welcome.default", Title: "No page is the one that comes with a product", Severity: pavise.Low,
			CVSS:       "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:N/A:N",
			References: []string{"PCI DSS 4.0.1 2.2.4", "ASVS 5.0 13.4.6", "CWE-200"},
			Fix: pavise.Fix{
				Nginx:   "server { listen 80 default_server; return 444; }  # in the place of the default site",
				Apache:  "# a2dissite 000-default, and a first site that answers for no name\n<VirtualHost *:80>\n\tRedirect 404 /\n</VirtualHost>",
				Express: `app.get("/", (req, res) => res.sendFile("index.html", { root: "public" }));`,
			},
		}},
	}
}

// Validate reports nothing: there is nothing to set.
func (Welcome) Validate() error { return nil }

// Check looks at every page.
func (Welcome) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{e.Each("leaks.welcome.default", "a page of the site's own", func(a pavise.Answer) (string, bool) {
		r := a.Response
		if r.Status != http.StatusOK || !r.HTML() {
			return "", false
		}
		if name := bearer(welcomes, r.Body); name != "" {
			return "the welcome page of " + name, true
		}
		return "no page that comes with a product", false
	})}
}
