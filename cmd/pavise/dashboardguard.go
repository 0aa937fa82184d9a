package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"pavise"
	"pavise/controls/clients"
	"pavise/dashboard"
)

// A deskGuard is what the dashboard knows of bans and windows, and has done about them.
type deskGuard struct{ *sentry }

// Bans lists those that have not ended.
func (g deskGuard) Bans(context.Context) ([]dashboard.Ban, error) {
	list := []dashboard.Ban{}
	for _, b := range g.sentry.Bans() {
		by := "the owner"
		if b.Automatic {
			by = fmt.Sprintf("Pavise, %d in a row", b.Times)
		}
		list = append(list, dashboard.Ban{Network: b.Network.String(), Reason: b.Reason, By: by, Since: b.Since, Until: b.Ends})
	}
	return list, nil
}

// Ban keeps a network away; one for good for as long as a ban may last.
func (g deskGuard) Ban(ctx context.Context, b dashboard.Ban) error {
	network, err := networkOf(b.Network)
	if err != nil {
		return &dashboard.UnableError{Why: err.Error()}
	}
	if b.Until.IsZero() {
		b.Until = b.Since.Add(clients.MaxBan - time.Minute)
	}
	return unable(g.AddBan(ctx, pavise.Ban{Network: network, Since: b.Since, Ends: b.Until, Reason: b.Reason}))
}

// Unban lets a network in again.
func (g deskGuard) Unban(ctx context.Context, network string) error {
	p, err := networkOf(network)
	if err == nil {
		_, err = g.RemoveBan(ctx, p)
	}
	return unable(err)
}

// Windows lists those that are open.
func (g deskGuard) Windows(context.Context) ([]dashboard.Window, error) {
	list := []dashboard.Window{}
	for _, v := range g.sentry.Windows() {
		list = append(list, dashboard.Window{ID: v.ID, Networks: networks(v.From), Reason: v.Reason, By: v.By, Since: v.Opened, Until: v.Ends})
	}
	return list, nil
}

// OpenWindow opens one for the networks, which commas or spaces part.
func (g deskGuard) OpenWindow(ctx context.Context, w dashboard.Window) error {
	v := pavise.Window{ID: newWindowID(), Opened: w.Since.UTC(), Ends: w.Until.UTC(), Reason: w.Reason, By: strings.TrimSpace(w.By + " (dashboard)")}
	for text := range strings.FieldsFuncSeq(w.Networks, func(r rune) bool { return r == ',' || r == ' ' }) {
		p, err := pavise.ParseNetwork(text)
		if err != nil {
			return &dashboard.UnableError{Why: err.Error()}
		}
		v.From = append(v.From, p)
	}
	return unable(g.sentry.OpenWindow(ctx, v))
}

// CloseWindow ends one.
func (g deskGuard) CloseWindow(ctx context.Context, id string) error {
	return unable(g.sentry.CloseWindow(ctx, id, "dashboard"))
}

// unable is why something was not done, for who asked for it.
func unable(err error) error {
	if err == nil {
		return nil
	}
	return &dashboard.UnableError{Why: err.Error()}
}

// newWindowID is short enough to type.
func newWindowID() string {
	var id [4]byte
	rand.Read(id[:])
	return hex.EncodeToString(id[:])
}
