package clients

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"pavise"
)

// What a window may be. A scan of a vendor takes hours, and days where a site is large;
// what shall be let be for longer is an exception in pavise.yaml, which says so.
const (
	MaxWindow = 7 * 24 * time.Hour
	// MaxAnybody is for a window that lets be whoever comes.
	MaxAnybody   = 8 * time.Hour
	maxWindows   = 16
	maxWindowNet = 64
)

const windowsKey = "clients:windows"

// ErrNoWindow is that none of this id is open.
var ErrNoWindow = errors.New("no such window is open")

// A WindowEvent is what becomes of a window.
type WindowEvent struct {
	What   string // Opened, Closed or Ended
	Time   time.Time
	Window pavise.Window
	By     string // who closed it, where that is known
}

// What a [WindowEvent] may be.
const (
	Opened = "opened"
	Closed = "closed"
	Ended  = "ended"
)

// An openWindow is a window as it is looked into.
type openWindow struct {
	pavise.Window
	from pavise.NetworkSet
}

// Spared implements [pavise.Watch].
func (w *Watch) Spared(client netip.Addr) bool {
	open := *w.windows.Load()
	if len(open) == 0 {
		return false
	}
	now := w.o.Now()
	for i := range open {
		if now.Before(open[i].Ends) && open[i].from.Contains(client) {
			return true
		}
	}
	return false
}

// Windows returns those that are open, from the one that ends first.
func (w *Watch) Windows() []pavise.Window {
	list, now := []pavise.Window{}, w.o.Now()
	for _, o := range *w.windows.Load() {
		if now.Before(o.Ends) {
			list = append(list, o.Window)
		}
	}
	slices.SortFunc(list, func(a, b pavise.Window) int { return a.Ends.Compare(b.Ends) })
	return list
}

// Anybody are the networks of a window for whoever comes.
func Anybody() []netip.Prefix {
	return []netip.Prefix{netip.PrefixFrom(netip.IPv4Unspecified(), 0), netip.PrefixFrom(netip.IPv6Unspecified(), 0)}
}

// CheckWindow reports what keeps a window from being opened.
func CheckWindow(v pavise.Window, now time.Time) error {
	most := MaxWindow
	if slices.ContainsFunc(v.From, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
		most = MaxAnybody
	}
	switch life := v.Ends.Sub(now); {
	case v.ID == "" || len(v.ID) > 64:
		return errors.New("a window needs an id")
	case len(v.From) == 0:
		return errors.New("a window needs the addresses or networks that it is for")
	case len(v.From) > maxWindowNet:
		return fmt.Errorf("%d networks are more than the %d of one window", len(v.From), maxWindowNet)
	case v.Reason == "":
		return errors.New("a window needs a reason")
	case len(v.Reason) > maxReason || len(v.By) > maxReason:
		return fmt.Errorf("a reason has at most %d bytes", maxReason)
	case life <= 0:
		return errors.New("a window must end later than now")
	case life > most && most == MaxAnybody:
		return fmt.Errorf("a window for anybody lasts at most %s: meanwhile nobody who guesses passwords is stopped", most)
	case life > most:
		return fmt.Errorf("a window lasts at most %s, longer than any scan: what shall hold on is an exception in pavise.yaml", most)
	}
	return nil
}

// OpenWindow opens one on every node. The same a second time changes nothing.
func (w *Watch) OpenWindow(ctx context.Context, v pavise.Window) error {
	if err := CheckWindow(v, w.o.Now()); err != nil {
		return err
	}
	return w.changeWindows(ctx, "", func(list []pavise.Window) ([]pavise.Window, error) {
		if slices.ContainsFunc(list, func(o pavise.Window) bool { return o.ID == v.ID }) {
			return list, nil
		}
		if len(list) >= maxWindows {
			return nil, fmt.Errorf("%d windows are open, and more cannot be: close one", len(list))
		}
		return append(list, v), nil
	})
}

// CloseWindow ends one on every node; by is who says so.
func (w *Watch) CloseWindow(ctx context.Context, id, by string) error {
	return w.changeWindows(ctx, by, func(list []pavise.Window) ([]pavise.Window, error) {
		i := slices.IndexFunc(list, func(o pavise.Window) bool { return o.ID == id })
		if i < 0 {
			return nil, fmt.Errorf("%w: %s", ErrNoWindow, id)
		}
		return slices.Delete(list, i, i+1), nil
	})
}

// maxTries is how often a value of the store that others change is tried to be changed.
const maxTries = 32

// errBusy is that others wrote each time before us.
var errBusy = errors.New("other nodes change it all the time: try again")

// changeWindows writes what the change makes of the list, and has it hold here at once.
func (w *Watch) changeWindows(ctx context.Context, by string, how func([]pavise.Window) ([]pavise.Window, error)) error {
	w.opening.Lock()
	defer w.opening.Unlock()
	for range maxTries {
		list, version, err := w.readWindows(ctx)
		if err != nil {
			return err
		}
		if list, err = how(list); err != nil {
			return err
		}
		value, err := json.Marshal(list)
		if err != nil {
			return err
		}
		if len(value) > pavise.MaxValue {
			return errors.New("the open windows have too many networks: close one")
		}
		written, err := w.o.Store.Swap(ctx, windowsKey, value, version, MaxWindow)
		if err != nil {
			return err
		}
		if written {
			w.take(list, by)
			return nil
		}
	}
	return errBusy
}

// readWindows returns what the store knows to be open.
func (w *Watch) readWindows(ctx context.Context) (list []pavise.Window, version uint64, err error) {
	value, version, err := w.o.Store.Get(ctx, windowsKey)
	if err != nil || version == 0 {
		return nil, version, err
	}
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, version, fmt.Errorf("the windows in the store cannot be read: %w", err)
	}
	now := w.o.Now()
	return slices.DeleteFunc(list, func(o pavise.Window) bool { return !now.Before(o.Ends) || w.over[o.ID] }), version, nil
}

func (w *Watch) syncWindows(ctx context.Context) error {
	w.opening.Lock()
	defer w.opening.Unlock()
	list, _, err := w.readWindows(ctx)
	if err == nil {
		w.take(list, "")
	}
	return err
}

// endWindows tells of those that have ended, for each does by itself.
func (w *Watch) endWindows() {
	w.opening.Lock()
	defer w.opening.Unlock()
	if open := w.Windows(); len(open) < len(*w.windows.Load()) {
		w.take(open, "")
	}
}

// take has a list hold from now on, and tells what has changed.
func (w *Watch) take(list []pavise.Window, by string) {
	now, before, next := w.o.Now(), *w.windows.Load(), make([]openWindow, len(list))
	for i, v := range list {
		at := slices.IndexFunc(before, func(o openWindow) bool { return o.ID == v.ID })
		if at >= 0 {
			v.Ends = before[at].Ends
		} else {
			v.Ends = ending(v.Opened, v.Ends, now)
		}
		next[i] = openWindow{v, pavise.NewNetworkSet(v.From)}
	}
	w.windows.Store(&next)
	has := func(in []openWindow, id string) bool {
		return slices.ContainsFunc(in, func(o openWindow) bool { return o.ID == id })
	}
	for _, o := range before {
		switch {
		case has(next, o.ID):
		case now.Before(o.Ends):
			w.o.Heard(WindowEvent{Closed, now, o.Window, by})
		default:
			w.over[o.ID] = true
			w.o.Heard(WindowEvent{Ended, now, o.Window, ""})
		}
	}
	for _, o := range next {
		if !has(before, o.ID) {
			w.o.Heard(WindowEvent{Opened, now, o.Window, o.By})
		}
	}
}
