// Package shown is a [dashboard.Source] of a busy day, with what strangers like to
// send, for tests and pictures. What is done to it is remembered.
package shown

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/dashboard"
)

// A Desk is a Source, an Editor and a Guard.
type Desk struct {
	Now     time.Time
	Empty   bool // nothing has happened yet
	Flags   bool // there is no file to write to
	Banned  []dashboard.Ban
	Opened  []dashboard.Window
	Written []dashboard.Exemption
	Changed bool // somebody else has changed the file
}

// Hostile is what a stranger may ask for.
const Hostile = `/<script>alert(1)</script>"'><img src=x onerror=alert(1)>` + "\u202etxt.exe\x1b[31m" + `{{.}}`

func (d *Desk) at(ago time.Duration) time.Time { return d.Now.Add(-ago) }

func (d *Desk) events() []dashboard.Event {
	if d.Empty {
		return nil
	}
	const why = "A browser sends the visitor's cookies with what any page tells it to send. So a page of an attacker can order, pay and change passwords in the visitor's name (CSRF)."
	list := []dashboard.Event{
		{ID: "5f0c3b1e9a7d2468", Action: pavise.Refused, Control: "requests.origin", Title: "Cross-origin requests", Rule: "requests.origin.form", Meaning: "Forms that another site sends are refused",
			Status: 403, Reason: "The request comes from another site.", Saw: "Origin: https://pay.example.net", Method: "POST", Path: "/webhooks/pay", Client: "198.51.100.23", Why: why, Pattern: "POST /webhooks/pay"},
		{ID: "aa0c3b1e9a7d2469", Action: pavise.Refused, Control: "leaks.files", Title: "Exposed files", Rule: "leaks.files.exposed", Status: 404, Reason: "There is nothing at this address.", Method: "GET", Path: Hostile, Client: "2001:db8:85a3:1111:2222:8a2e:370:7334"},
		{ID: "bb0c3b1e9a7d2460", Action: pavise.Refused, Control: "login.guard", Title: "Login guard", Rule: "login.guard.account", Status: 429, Reason: "Too many logins have failed.", Method: "POST", Path: "/login", Client: "203.0.113.9", Pattern: "POST /login"},
		{ID: "cc0c3b1e9a7d2461", Action: pavise.Refused, Control: "requests.host", Rule: "requests.host.unknown", Status: 421, Reason: "This server does not answer for that host name and port.", Saw: "Host: evil.example", Method: "GET", Path: "/" + strings.Repeat("very-long-segment/", 30), Client: "203.0.113.9", Mend: "if the name is yours, add evil.example to hosts"},
		{ID: "dd0c3b1e9a7d2462", Action: pavise.Observed, Control: "requests.parameters", Title: "Parameters", Rule: "requests.parameters.twice", Meaning: "A parameter is given once", Status: 400, Reason: "A parameter is given twice.", Saw: "filter, twice", Method: "GET", Path: "/search", Client: "192.0.2.44", Pattern: "GET /search", Why: "Two readers of one request may each take another value."},
		{ID: "ee0c3b1e9a7d2463", Action: pavise.Replaced, Control: "leaks.traces", Status: 500, Reason: "The page told where it broke.", Method: "GET", Path: "/cart", Client: "192.0.2.44"},
		{ID: "ff0c3b1e9a7d2464", Action: pavise.Noted, Control: "headers.csp", Reason: "the app's own policy is kept", Method: "GET", Path: "/", Client: "192.0.2.44"},
	}
	for i := range list {
		list[i].Host, list[i].Site, list[i].Times = "shop.example.com", "shop", 1+i*i*37
		list[i].Time, list[i].First = d.at(time.Duration(i*i)*17*time.Second), d.at(5*time.Hour)
	}
	return list
}

// Overview is that of two sites, one of them in trouble.
func (d *Desk) Overview(context.Context) dashboard.Overview {
	o := dashboard.Overview{Version: "1.0.0", Started: d.at(76 * time.Hour), Running: 3,
		Store:        dashboard.Store{What: "file /var/lib/pavise/store.db", OK: true},
		Certificates: []dashboard.Certificate{{Hosts: []string{"shop.example.com", "www.shop.example.com"}, Issuer: "Let's Encrypt, R11", Ends: d.Now.Add(61 * 24 * time.Hour)}},
		Sites: []dashboard.Site{{Name: "shop", Hosts: []string{"shop.example.com", "www.shop.example.com"}, Apps: []dashboard.App{{At: "127.0.0.1:3000", Answers: true}},
			Proof: &dashboard.Verdict{Outcome: pavise.Pass, At: d.at(2 * time.Hour), Text: "61 rules hold"}}}}
	if d.Empty {
		return o
	}
	o.Sites[0].Scan = &dashboard.Verdict{Outcome: pavise.Pass, At: d.at(30 * time.Hour), Text: "94 rules hold"}
	o.Sites[0].Observed = []string{"requests.parameters"}
	o.Sites[0].Exceptions = []string{"requests.origin is off at POST /webhooks/stripe until 2027-01-31: signed by Stripe"}
	o.Sites = append(o.Sites, dashboard.Site{Name: "blog", Hosts: []string{"blog.example.com"},
		Apps:  []dashboard.App{{At: "unix:/run/blog.sock", Answers: true, Note: "weight 3"}, {At: "127.0.0.1:4001", Note: "since 4 minutes"}},
		Proof: &dashboard.Verdict{Outcome: pavise.Pass, At: d.at(2 * time.Hour), Text: "61 rules hold"},
		Scan:  &dashboard.Verdict{Outcome: pavise.Fail, At: d.at(50 * time.Hour), Text: "2 rules fail"}})
	o.Certificates = append(o.Certificates, dashboard.Certificate{Hosts: []string{"blog.example.com"}, Issuer: "Let's Encrypt, R11", Ends: d.Now.Add(6 * 24 * time.Hour),
		Problem: "the authority cannot reach port 80"}, dashboard.Certificate{Hosts: []string{"localhost"}, Issuer: pavise.LocalAuthority, Ends: d.Now.Add(50 * time.Hour), Local: true})
	o.Traffic = &dashboard.Traffic{PerSecond: 148.3}
	for i := range 60 {
		o.Traffic.History = append(o.Traffic.History, float64(90+(i*37)%41+i))
	}
	o.Reload = &dashboard.Reload{At: d.at(2 * time.Hour)}
	return o
}

// Certificates are those of the overview.
func (d *Desk) Certificates() []dashboard.Certificate {
	return d.Overview(context.Background()).Certificates
}

// Deeds are some of each kind.
func (d *Desk) Deeds() []dashboard.Deed {
	if d.Empty {
		return nil
	}
	return []dashboard.Deed{{Control: "leaks.files", Action: pavise.Refused, Times: 18342}, {Control: "login.guard", Action: pavise.Refused, Times: 612}, {Control: "requests.origin", Action: pavise.Refused, Times: 41},
		{Control: "requests.parameters", Action: pavise.Observed, Times: 593}, {Control: "leaks.traces", Action: pavise.Replaced, Times: 4}, {Control: "headers.csp", Action: pavise.Noted, Times: 1}}
}

// File is where the exemptions go.
func (d *Desk) File() string {
	if d.Flags {
		return ""
	}
	return "/etc/pavise/pavise.yaml"
}

// Latest are those of the events.
func (d *Desk) Latest(n int, actions ...pavise.Action) []dashboard.Event {
	var list []dashboard.Event
	for _, e := range d.events() {
		if slices.Contains(actions, e.Action) && len(list) < n {
			list = append(list, e)
		}
	}
	return list
}

// Observed are those of the events.
func (d *Desk) Observed() []dashboard.Event { return d.Latest(100, pavise.Observed) }

// Why is one of the events.
func (d *Desk) Why(id string) []dashboard.Event {
	return slices.DeleteFunc(d.events(), func(e dashboard.Event) bool { return e.ID != id })
}

// Bans are those that were added.
func (d *Desk) Bans(context.Context) ([]dashboard.Ban, error) { return d.Banned, nil }

// Windows are those that were opened.
func (d *Desk) Windows(context.Context) ([]dashboard.Window, error) { return d.Opened, nil }

// Scan is one of the blog.
func (d *Desk) Scan(site string) (*dashboard.Report, error) {
	if site != "blog" || d.Empty {
		return nil, nil
	}
	return &dashboard.Report{Site: site, Target: "https://blog.example.com", Verdict: dashboard.Verdict{Outcome: pavise.Fail, At: d.at(50 * time.Hour), Text: "2 rules fail"},
		Counts: []dashboard.Count{{Name: "High", Times: 1}, {Name: "Medium", Times: 1}, {Name: "Unknown", Times: 1}, {Name: "Hold", Times: 91}},
		Findings: []dashboard.Finding{
			{Rule: "scripts.libraries.known", Title: "No library has a known flaw", Severity: "high", Outcome: pavise.Fail, Where: "https://blog.example.com/js/jquery.js", Saw: "jQuery 1.12.4: CVE-2020-11022", Want: "3.5.0 or later"},
			{Rule: "leaks.versions.software", Title: "No page tells a version", Severity: "medium", Outcome: pavise.Fail, Where: "https://blog.example.com" + Hostile, Saw: Hostile},
			{Rule: "dns.caa.issue", Title: "DNS says who may issue", Severity: "low", Outcome: pavise.Unknown, Saw: "the resolver did not answer"},
		}}, nil
}

// Preview shows the lines at the end of a small file.
func (d *Desk) Preview(_ context.Context, x dashboard.Exemption) (dashboard.Change, error) {
	lines := fmt.Sprintf("- control: %s\n  paths: [%q]\n  mode: %s\n  reason: %q\n  until: %s\n", x.Control, x.Path, x.Mode, x.Reason, x.Until.Format(time.DateOnly))
	if d.Flags {
		return dashboard.Change{Lines: lines}, nil
	}
	diff := "--- /etc/pavise/pavise.yaml\n+++ /etc/pavise/pavise.yaml\n@@ -9,3 +9,8 @@\n     to: 127.0.0.1:3000\n     except:\n"
	for line := range strings.Lines(lines) {
		diff += "+      " + line
	}
	return dashboard.Change{File: "/etc/pavise/pavise.yaml", Lines: lines, Diff: diff, Version: "1"}, nil
}

// Write remembers the exemption.
func (d *Desk) Write(_ context.Context, x dashboard.Exemption, version string) error {
	if d.Changed || version != "1" {
		return dashboard.ErrChanged
	}
	d.Written = append(d.Written, x)
	return nil
}

// Ban adds one.
func (d *Desk) Ban(_ context.Context, b dashboard.Ban) error {
	d.Banned = append(d.Banned, b)
	return nil
}

// Unban takes one away.
func (d *Desk) Unban(_ context.Context, network, _ string) error {
	d.Banned = slices.DeleteFunc(d.Banned, func(b dashboard.Ban) bool { return b.Network == network })
	return nil
}

// OpenWindow adds one.
func (d *Desk) OpenWindow(_ context.Context, w dashboard.Window) error {
	w.ID = fmt.Sprint(len(d.Opened) + 1)
	d.Opened = append(d.Opened, w)
	return nil
}

// CloseWindow takes one away.
func (d *Desk) CloseWindow(_ context.Context, id, _ string) error {
	d.Opened = slices.DeleteFunc(d.Opened, func(w dashboard.Window) bool { return w.ID == id })
	return nil
}

// Busy is a Desk of a busy day.
func Busy(now time.Time) *Desk {
	return &Desk{Now: now,
		Banned: []dashboard.Ban{{Network: "203.0.113.0/24", Reason: "guesses passwords", By: "login.guard", Since: now.Add(-time.Hour), Until: now.Add(23 * time.Hour)},
			{Network: "2001:db8:bad::/48", Reason: Hostile, By: "ada", Since: now.Add(-9 * 24 * time.Hour), Until: now.Add(21 * 24 * time.Hour)}},
		Opened: []dashboard.Window{{ID: "1", Networks: "192.0.2.0/24, 2001:db8:5ca::/48", Reason: "quarterly ASV scan", By: "ada", Since: now.Add(-time.Hour), Until: now.Add(3 * time.Hour)}}}
}
