package requests

import (
	"errors"
	"net/http"
	"strings"

	"pavise"
)

// Origin refuses what the page of another site sends: requests that may change
// something, and WebSockets.
type Origin struct {
	Trust []string `yaml:"trust" doc:"other origins whose pages may send requests here, as a browser writes them" default:"none"`
}

// Doc describes the control.
func (Origin) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "requests.origin",
		Title:    "Cross-origin requests",
		Why:      "A browser sends the visitor's cookies with what any page tells it to send. So a page of an attacker can order, pay and change passwords in the visitor's name (CSRF), and read along on a WebSocket.",
		Enforces: "Refuses with 403 every request but GET, HEAD and OPTIONS, and every upgrade, that Sec-Fetch-Site or Origin does not show to come from the site itself or a trusted origin.",
		Verifies: "The login form is sent empty, and a WebSocket opened, once as the site's own page would and once as another site's page would.",
		Refuses:  true,
		Rules: []pavise.Rule{
			{ID: "requests.origin.form", Title: "Forms that another site sends are refused", Severity: pavise.Medium, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:H/A:N",
				References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 3.5.1", "CWE-352"},
				Fix: pavise.Fix{
					Pavise: pavise.OnByDefault,
					Nginx: `map "$request_method|$http_sec_fetch_site|$http_origin" $forged {
  default 1;
  "~^(GET|HEAD|OPTIONS)\|" 0;
  "~\|(same-origin|none)\|" 0;
  "~\|\|(https://shop\.example\.com)?$" 0;
}
server { if ($forged) { return 403; } }`,
					Apache: `RewriteEngine on
RewriteCond %{REQUEST_METHOD} "!^(GET|HEAD|OPTIONS)$"
RewriteCond %{HTTP:Sec-Fetch-Site} "!^(same-origin|none)$"
RewriteCond "%{HTTP:Sec-Fetch-Site}|%{HTTP:Origin}" "!^\|(https://shop\.example\.com)?$"
RewriteRule ^ - [F]`,
					Express: `app.use((req, res, next) => {
  const site = req.get("Sec-Fetch-Site"), origin = req.get("Origin");
  const own = site ? ["same-origin", "none"].includes(site) : !origin || origin === "https://shop.example.com";
  own || ["GET", "HEAD", "OPTIONS"].includes(req.method) ? next() : res.sendStatus(403);
});`,
				}},
			{ID: "requests.origin.websocket", Title: "WebSockets that another site opens are refused", Severity: pavise.High, CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N",
				References: []string{"RFC 6455 10.2", "ASVS 5.0 4.4.2", "CWE-1385"},
				Fix: pavise.Fix{
					Pavise: pavise.OnByDefault,
					Nginx: `map "$http_upgrade|$http_origin" $hijacked {
  default 1;
  "~^\|" 0;
  "~\|(https://shop\.example\.com)?$" 0;
}
server { if ($hijacked) { return 403; } }`,
					Apache: `RewriteEngine on
RewriteCond %{HTTP:Upgrade} .
RewriteCond %{HTTP:Origin} "!^(https://shop\.example\.com)?$"
RewriteRule ^ - [F]`,
					Express: `new WebSocketServer({ server, verifyClient: ({ origin }) => origin === "https://shop.example.com" });`,
				}},
		},
	}
}

// Validate reports every trusted origin that is none.
func (c Origin) Validate() error { return validateTrust("requests.origin", c.Trust) }

// Enforce judges the sender of every request that may act. The public origin
// is https whatever the exchange came over: a page that came in the clear may
// be anybody's (CVE-2025-47909).
func (c Origin) Enforce(env pavise.Env) (pavise.Hooks, error) {
	if len(env.Site.Hosts) == 0 {
		return pavise.Hooks{}, errors.New("requests.origin: the site has no hosts, so no origin is its own")
	}
	senders := senders{env.Site, c.Trust}
	return pavise.Hooks{Admit: func(x *pavise.Exchange) error {
		rule := ""
		switch {
		case upgrades(x.Request):
			rule = "requests.origin.websocket"
		case !safe(x.Request.Method):
			rule = "requests.origin.form"
		default:
			return nil
		}
		if fault := senders.fault(x); fault != "" {
			return &pavise.Refusal{Status: http.StatusForbidden, Rule: rule, Reason: fault, Saw: claims(x.Request)}
		}
		return nil
	}}, nil
}

// safe reports whether a method promises to change nothing (RFC 9110 9.2.1).
// TRACE does too, but no page can send it.
func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// upgrades reports whether a request asks for another protocol: WebSockets
// begin as GET, or as an extended CONNECT (RFC 8441 4).
func upgrades(r *http.Request) bool {
	return len(r.Header["Upgrade"]) > 0 || r.Method == http.MethodConnect
}

// claims is what a request says of its sender, for the log.
func claims(r *http.Request) string {
	var said []string
	for _, name := range []string{"Sec-Fetch-Site", "Origin"} {
		for _, v := range r.Header[name] {
			said = append(said, name+": "+v)
		}
	}
	if said == nil {
		return "neither Sec-Fetch-Site nor Origin"
	}
	return clip(strings.Join(said, ", "))
}

// Probes sends the login form, and opens a WebSocket, as several senders would.
func (Origin) Probes(e *pavise.Evidence) []pavise.Probe {
	if len(e.Site()) == 0 {
		return nil // where the form is only the site can tell
	}
	form, _ := formTrial(e)
	probes := form.probes()
	if socket, ok := socketTrial(e); ok {
		probes = append(probes, socket.probes()...)
	}
	return probes
}

// Check compares what came of them.
func (Origin) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{checkForm(e), checkSocket(e)}
}
