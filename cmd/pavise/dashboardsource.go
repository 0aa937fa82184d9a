package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/dashboard"
	"pavise/internal/backends"
	"pavise/internal/meter"
	"pavise/proxy"
)

// A deskSource is what the dashboard knows of the running Pavise.
type deskSource struct {
	witness *witness
	state   string

	mu       sync.Mutex
	verdicts map[string]keptVerdict // of the last scans, by site
}

// Overview tells what pavise status does, and what stands in the policies.
func (s *deskSource) Overview(context.Context) dashboard.Overview {
	now, sites := time.Now(), *s.witness.sites.Load() // once: a reload may come between
	told := s.witness.tell(now, sites)
	o := dashboard.Overview{Version: told.Version, Started: told.Started, Running: told.Running,
		Store: dashboard.Store{What: told.Store.Where, OK: told.Store.OK, Problem: told.Store.Away}}
	if last := told.Reload; last != nil {
		o.Reload = &dashboard.Reload{At: last.At, Error: last.Refused}
	}
	if told.Traffic != nil {
		o.Traffic = trafficOf(told.Traffic)
	}
	o.Certificates = shownCertificates(told.Certificates)
	for i, site := range sites {
		one := s.site(site, told.Sites[i], now)
		one.Proof = proofOf(told.Proofs, one.Name)
		o.Sites = append(o.Sites, one)
	}
	return o
}

// Certificates are those that browsers are shown.
func (s *deskSource) Certificates() []dashboard.Certificate {
	server := s.witness.server.Load()
	if server == nil {
		return nil
	}
	return shownCertificates(s.witness.certificates(server))
}

func shownCertificates(told []certificateStatus) []dashboard.Certificate {
	var list []dashboard.Certificate
	for _, c := range told {
		list = append(list, dashboard.Certificate{Hosts: c.Hosts, Issuer: c.Issuer, Ends: c.Ends, Problem: c.Problem,
			Local: strings.Contains(c.Issuer, pavise.LocalAuthority)})
	}
	return list
}

func (s *deskSource) site(site proxy.Site, told siteStatus, now time.Time) dashboard.Site {
	one := dashboard.Site{Name: site.Hosts[0], Hosts: site.Hosts, Apps: appsOf(told), Off: closedParts(site)}
	for _, c := range site.Policy.Controls() {
		if id := c.Doc().ID; site.Policy.Observed(id, now) {
			one.Observed = append(one.Observed, id)
		}
	}
	for _, x := range site.Policy {
		if x.Mode != pavise.Enforce && (x.Until.IsZero() || now.Before(x.Until)) && !(x.Paths == nil && x.Mode == pavise.Observe) {
			one.Exceptions = append(one.Exceptions, weakening(x))
		}
	}
	one.Scan = s.verdict(one.Name)
	return one
}

// appsOf are the backends of a site, each with how it is doing, or what answers in place
// of one.
func appsOf(told siteStatus) []dashboard.App {
	if len(told.Backends) == 0 {
		return []dashboard.App{{At: told.Upstream, Answers: told.Answers, Here: told.Answers}}
	}
	list := make([]dashboard.App, len(told.Backends))
	for i, b := range told.Backends {
		note := fmt.Sprintf("%s, %d running, %d answered, %d failed", b.State, b.Running, b.Answered, b.Failed)
		if b.Path != "" {
			note = "for " + b.Path + "; " + note
		}
		list[i] = dashboard.App{At: strings.TrimPrefix(b.Name, "http://"), Answers: b.Answers && b.State != backends.Failing, Note: note}
	}
	return list
}

// closedParts says what of a site is closed for maintenance; "" is nothing.
func closedParts(s proxy.Site) string {
	if s.App.Maintenance != nil {
		return "closed for maintenance"
	}
	var parts []string
	for _, p := range s.Paths {
		if p.Maintenance != nil {
			parts = append(parts, p.Path)
		}
	}
	if parts == nil {
		return ""
	}
	return strings.Join(parts, ", ") + " closed for maintenance"
}

// trafficOf is what goes through all sites together.
func trafficOf(s *meter.Snapshot) *dashboard.Traffic {
	all := new(dashboard.Traffic)
	for _, site := range s.Sites {
		all.PerSecond += site.Recent.PerSecond
		for len(all.History) < len(site.Seconds) {
			all.History = append([]float64{0}, all.History...)
		}
		for i, second := range site.Seconds { // the newest last, however many there are
			all.History[len(all.History)-len(site.Seconds)+i] += float64(second.Requests)
		}
	}
	return all
}

// weakening says in a sentence what a setting gives up.
func weakening(x pavise.Setting) string {
	where := "everywhere"
	if x.Paths != nil {
		where = "at " + strings.Join(x.Paths, ", ")
	}
	end := ""
	if !x.Until.IsZero() {
		end = " until " + x.Until.AddDate(0, 0, -1).Format(time.DateOnly)
	}
	return fmt.Sprintf("%s: %s %s%s: %s", x.Control.Doc().ID, x.Mode, where, end, x.Reason)
}

// Deeds are the counts of the journal.
func (s *deskSource) Deeds() []dashboard.Deed {
	var list []dashboard.Deed
	for _, n := range s.witness.journal.Counts() {
		list = append(list, dashboard.Deed{Control: n.Control, Action: n.Action, Times: n.Times})
	}
	return list
}

// Latest are events of the journal.
func (s *deskSource) Latest(n int, actions ...pavise.Action) []dashboard.Event {
	var list []dashboard.Event
	for _, e := range s.witness.journal.Latest(n, actions...) {
		list = append(list, s.event(proxy.Group{Event: e, First: e.Time, Times: 1}))
	}
	return list
}

// Observed are groups of the journal.
func (s *deskSource) Observed() []dashboard.Event {
	return s.events(s.witness.journal.Groups(pavise.Observed))
}

// Why is what the journal knows of one request.
func (s *deskSource) Why(id string) []dashboard.Event { return s.events(s.witness.journal.Why(id)) }

func (s *deskSource) events(groups []proxy.Group) []dashboard.Event {
	var list []dashboard.Event
	for _, g := range groups {
		list = append(list, s.event(g))
	}
	return list
}

// event adds to what the journal remembers what the catalogue says of it.
func (s *deskSource) event(g proxy.Group) dashboard.Event {
	e := dashboard.Event{Time: g.Time, First: g.First, Times: g.Times, ID: g.ID, Action: g.Action, Control: g.Control, Rule: g.Rule,
		Status: g.Status, Reason: g.Reason, Saw: g.Saw, Client: g.Client, Method: g.Method, Host: g.Host, Path: g.Path, Mend: g.Mend}
	if c := catalog.Find(g.Control); c != nil {
		doc := c.Doc()
		e.Title, e.Why = doc.Title, doc.Why
		if i := slices.IndexFunc(doc.Rules, func(r pavise.Rule) bool { return r.ID == g.Rule }); i >= 0 {
			e.Meaning = doc.Rules[i].Title
		}
	}
	for _, site := range *s.witness.sites.Load() {
		if slices.Contains(site.Hosts, g.Host) {
			e.Site = site.Hosts[0]
		}
	}
	if g.Except != "" && e.Site != "" {
		e.Pattern = g.Method + " " + g.Path
	}
	return e
}
