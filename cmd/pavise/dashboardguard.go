package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pavise"
	"pavise/controls/clients"
	"pavise/dashboard"
)

// A deskGuard is the bans and windows of all sites, as the dashboard shows them.
type deskGuard struct{ witness *witness }

// Bans are those that have not ended, the owner's first.
func (g *deskGuard) Bans(context.Context) ([]dashboard.Ban, error) {
	var list []dashboard.Ban
	bans := g.witness.sentry.Bans()
	slices.SortStableFunc(bans, func(a, b pavise.Ban) int {
		switch {
		case a.Automatic == b.Automatic:
			return 0
		case b.Automatic:
			return -1
		}
		return 1
	})
	for _, b := range bans {
		by := "the owner"
		if b.Automatic {
			by = "clients.bans"
		}
		list = append(list, dashboard.Ban{Network: plainNetwork(b.Network), Reason: b.Reason, By: by, Since: b.Since, Until: b.Ends})
	}
	return list, nil
}

// plainNetwork is an address without its length, where it is but one.
func plainNetwork(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// Ban keeps a network away on every node.
func (g *deskGuard) Ban(ctx context.Context, b dashboard.Ban) error {
	network, err := networkOf(b.Network)
	if err == nil {
		err = g.witness.sentry.AddBan(ctx, pavise.Ban{Network: network, Since: b.Since.UTC(), Ends: b.Until.UTC(), Reason: b.Reason})
	}
	return g.did(err, b.By, "ban "+b.Network+": "+b.Reason, "pavise ban add "+b.Network)
}

// Unban lets it in again.
func (g *deskGuard) Unban(ctx context.Context, network, by string) error {
	p, err := networkOf(network)
	if err == nil {
		_, err = g.witness.sentry.RemoveBan(ctx, p)
	}
	return g.did(err, by, "lift the ban of "+network, "pavise ban list")
}

// Windows are those that are open.
func (g *deskGuard) Windows(context.Context) ([]dashboard.Window, error) {
	var list []dashboard.Window
	for _, w := range g.witness.sentry.Windows() {
		list = append(list, dashboard.Window{ID: w.ID, Networks: networks(w.From), Reason: w.Reason, By: w.By, Since: w.Opened, Until: w.Ends})
	}
	return list, nil
}

// OpenWindow opens one on every node.
func (g *deskGuard) OpenWindow(ctx context.Context, w dashboard.Window) error {
	from, err := pavise.Networks(strings.Split(w.Networks, ", ")).Prefixes()
	if err == nil {
		err = g.witness.sentry.OpenWindow(ctx, pavise.Window{ID: newWindowID(), From: from, Opened: w.Since.UTC(), Ends: w.Until.UTC(), Reason: w.Reason, By: w.By})
	}
	return g.did(err, w.By, "open a window for "+w.Networks, "pavise window open")
}

// CloseWindow closes it; that somebody else has is as well.
func (g *deskGuard) CloseWindow(ctx context.Context, id, by string) error {
	err := g.witness.sentry.CloseWindow(ctx, id, by)
	if errors.Is(err, clients.ErrNoWindow) {
		err = nil
	}
	return g.did(err, by, "close the window "+id, "pavise window list")
}

// did takes down what was done, or says why it was not.
func (g *deskGuard) did(err error, who, what, command string) error {
	switch {
	case errors.Is(err, pavise.ErrAway):
		return &dashboard.UnableError{Why: "The store is away, so no other node and no restart would know.", Command: "pavise status"}
	case err != nil:
		return &dashboard.UnableError{Why: fmt.Sprint(err), Command: command}
	}
	g.witness.journal.DashboardDid(who, what)
	return nil
}
