package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/files"
	"pavise/proxy"
	"pavise/site"
)

// served is a site as the proxy serves it, without its policy.
func (p *plan) served(s *site.Site, f serveFlags) (proxy.Site, error) {
	out := proxy.Site{Name: s.Name, Hosts: s.Hosts, Canonical: s.Canonical, Default: s.Default}
	app, err := appOf(&s.App, false)
	if err != nil {
		return out, err
	}
	out.App = *app
	for i := range s.Paths {
		path := &s.Paths[i]
		app, err := appOf(&path.App, s.WebSockets == "off")
		if err != nil {
			return out, err
		}
		out.Paths = append(out.Paths, proxy.Path{Path: path.Path, Strip: path.Strip, App: *app})
	}
	for _, up := range out.Upstreams() {
		if err := cli.Guardable(up, f.allowRemote || s.AllowRemoteUpstream, p.cfg.HTTPS, p.cfg.HTTP); err != nil {
			return out, err
		}
	}
	return out, nil
}

// balances are those of the proxy, by what the file calls them.
var balances = map[string]proxy.Balance{"": proxy.LeastConnections, "least-connections": proxy.LeastConnections,
	"round-robin": proxy.RoundRobin, "address": proxy.ByAddress}

// appOf is an app as the proxy knows it; noSockets is what holds where it does not say.
func appOf(a *site.App, noSockets bool) (*proxy.App, error) {
	out := &proxy.App{Balance: balances[a.Balance], Sticky: a.Sticky, Health: proxy.Health(a.Health),
		NoSockets: a.WebSockets == "off" || noSockets && a.WebSockets == ""}
	for _, b := range a.To {
		up, err := parseUpstream(b.At)
		if err != nil {
			return nil, err
		}
		out.Backends = append(out.Backends, proxy.Backend{Upstream: up, Weight: b.Weight})
	}
	if s := a.Static; s.Folder != "" {
		out.Static = &proxy.Static{Folder: s.Folder, Index: s.Index, Listing: s.Listing, Fallback: s.Fallback}
	}
	if a.Redirect.To != "" {
		redirect := proxy.Redirect(a.Redirect)
		out.Redirect = &redirect
	}
	var err error
	out.Maintenance, err = maintenanceOf(&a.Maintenance)
	return out, err
}

func parseUpstream(s string) (proxy.Upstream, error) {
	up, err := proxy.ParseUpstream(s)
	var everywhere *proxy.EverywhereError
	if errors.As(err, &everywhere) {
		return up, cli.Usage("--to "+everywhere.Hint(), "%w", err)
	}
	if err != nil {
		return up, cli.Usage("pavise serve --to 127.0.0.1:3000", "%w", err)
	}
	return up, nil
}

func maintenanceOf(m *site.Maintenance) (*proxy.Maintenance, error) {
	if !m.On {
		return nil, nil
	}
	out := &proxy.Maintenance{RetryAfter: m.RetryAfter}
	var err error
	if out.Except, err = m.Except.Prefixes(); err != nil {
		return nil, err
	}
	out.Page, err = m.ReadPage()
	return out, err
}

// ownServed reports folders that are served with what is ours in them: the file that says
// what is served, keys, secrets, mail. Whoever asks would get it, for we may read it
// (CWE-552).
func ownServed(file *site.File, config, state string) error {
	if dir, err := cli.StateDir(state); err == nil {
		state = dir
	}
	own := append(storeOptions(file.Store, state, nil, nil).Secrets(), config, state, file.SecretFile, file.ACME.KeyFile, file.Dashboard.Key,
		file.Mail.Queue, file.Mail.Postmark.TokenFile, file.Mail.SmartHost.PasswordFile)
	if file.Log.File() {
		own = append(own, file.Log.Access)
	}
	for i := range file.Sites {
		own = append(own, file.Sites[i].Key)
	}
	for i := range file.Sites {
		for _, a := range file.Sites[i].Apps() {
			for _, path := range own {
				if a.Static.Folder != "" && path != "" && reachedIn(a.Static.Folder, path) {
					return cli.Usage("keep what is for the public in a folder of its own: static: public",
						"the files in %s are for everybody, and %s is among them", a.Static.Folder, path)
				}
			}
		}
	}
	return nil
}

// reachedIn reports whether a file lies in a folder where it can be asked for.
func reachedIn(folder, path string) bool {
	rest, err := filepath.Rel(real(folder), real(path))
	return err == nil && filepath.IsLocal(rest) && (rest == "." || !files.Hidden(filepath.ToSlash(rest)))
}

// real is a path without links, as far as it is there already.
func real(path string) string {
	path, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if there, err := filepath.EvalSymlinks(path); err == nil || path == "/" {
		return cmp.Or(there, path)
	}
	return filepath.Join(real(filepath.Dir(path)), filepath.Base(path))
}

// checkListings names what weakens a site: everybody can see what lies in a folder.
func checkListings(c *cobra.Command, name string, s *site.Site) {
	for _, a := range s.Apps() {
		if a.Static.Listing {
			fmt.Fprintf(c.OutOrStdout(), "%s:%d: static: listing shows everybody what lies in %s; pavise scan reports it as leaks.listing\n", name, a.Static.Line, a.Static.Folder)
		}
	}
}

// leadsTo says in a few words what answers for a site of the file.
func leadsTo(s *site.Site) string {
	var parts []string
	if s.Disabled {
		parts = append(parts, "nobody, for it is disabled")
	} else if s.Maintenance.On {
		parts = append(parts, "a page of maintenance")
	}
	switch {
	case s.Redirect.To != "":
		parts = append(parts, s.Redirect.To)
	case s.Static.Folder != "":
		parts = append(parts, "the files in "+s.Static.Folder)
	}
	if parts = append(parts, s.To.Strings()...); len(s.Paths) > 0 {
		parts = append(parts, pavise.Plural(len(s.Paths), "path"))
	}
	return strings.Join(parts, ", ")
}

// inFront says in a few words what a site stands in front of.
func inFront(s proxy.Site) string {
	var parts []string
	switch {
	case s.App.Redirect != nil:
		parts = append(parts, "a redirect to "+s.App.Redirect.To)
	case s.App.Static != nil:
		parts = append(parts, "the files in "+s.App.Static.Folder)
	}
	for _, up := range s.Upstreams() {
		parts = append(parts, up.String())
	}
	if s.App.Maintenance != nil {
		parts = append(parts, "closed for maintenance")
	}
	if parts == nil {
		return "nothing of its own"
	}
	return strings.Join(parts, ", ")
}

// announceApps warns of what nobody answers at, or everybody can reach. To ask who is deaf
// takes a second each, so nobody may wait for it.
func announceApps(ctx context.Context, say cli.Say, sites []proxy.Site) {
	for _, s := range sites {
		for _, u := range s.Upstreams() {
			exposed, answers := u.Exposed(), takesConnections(u)
			if ctx.Err() != nil {
				return
			}
			for _, at := range exposed {
				say("warning: the app's port is open at %s too, around the shield; have the app listen on 127.0.0.1", at)
			}
			if !answers {
				say("warning: nothing answers at %s yet", u)
			}
		}
	}
}

// takesConnections reports whether somebody listens there.
func takesConnections(u proxy.Upstream) bool {
	conn, err := net.DialTimeout(u.Network, u.Address, time.Second)
	if err != nil {
		return false
	}
	conn.Close()
	return true
}
