package dashboard

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// A field of a form that is sent on when somebody has confirmed.
type field struct{ Name, Value string }

// confirmView asks before something is done.
type confirmView struct {
	Text, Effect string
	Path, Back   string
	Button       string
	Fields       []field
}

// confirmed reports whether somebody has said yes, and asks where not.
func (d *Dashboard) confirmed(v *visit, ask confirmView, names ...string) bool {
	if v.PostFormValue("confirmed") == "yes" {
		return true
	}
	ask.Path = v.URL.Path
	for _, name := range names {
		ask.Fields = append(ask.Fields, field{name, v.PostFormValue(name)})
	}
	d.page(v, "confirm", ask)
	return false
}

// listView is a list to add to and to take from.
type listView[T any] struct {
	List  []T // as many as a page shows
	All   int
	Fault string // with what was typed last
	Typed map[string]string
	Done  string
}

var dones = map[string]string{"banned": "The network is banned.", "unbanned": "The ban is lifted.",
	"opened": "The window is open.", "closed": "The window is closed."}

func (d *Dashboard) bans(v *visit) error { return d.listBans(v, nil) }

func (d *Dashboard) listBans(v *visit, fault error) error {
	list, err := d.options.Guard.Bans(v.Context())
	if err != nil {
		return err
	}
	showList(d, v, "bans", list, fault, "network", "reason", "for")
	return nil
}

// showList shows a list, with a fault and what was typed where the form was wrong.
func showList[T any](d *Dashboard, v *visit, page string, list []T, fault error, names ...string) {
	content, status := listView[T]{List: list[:min(maxRows, len(list))], All: len(list), Done: dones[v.URL.Query().Get("done")], Typed: map[string]string{}}, http.StatusOK
	if fault != nil {
		content.Fault, status = fault.Error(), http.StatusUnprocessableEntity
		for _, name := range names {
			content.Typed[name] = v.PostFormValue(name)
		}
	}
	d.show(v.ResponseWriter, v.Request, v.own, status, page, content)
}

func (d *Dashboard) ban(v *visit) error {
	network, err := parseNetwork(v.PostFormValue("network"))
	life, err2 := lasting(v.PostFormValue("for"))
	reason, err3 := given(v.PostFormValue("reason"))
	if err := errors.Join(err, err2, err3); err != nil {
		return d.listBans(v, firstOf(err))
	}
	if !d.confirmed(v, confirmView{Text: "Ban " + network + "?", Button: "Ban " + network, Back: "/bans",
		Effect: "Every request from there is refused, at every site. The allow list goes before a ban."}, "network", "reason", "for") {
		return nil
	}
	now := d.options.Now()
	b := Ban{Network: network, Reason: reason, By: v.own.User, Since: now, Until: now.Add(life)}
	if err := d.options.Guard.Ban(v.Context(), b); err != nil {
		return err
	}
	return d.done(v, "/bans?done=banned")
}

func (d *Dashboard) unban(v *visit) error {
	network, err := parseNetwork(v.PostFormValue("network"))
	if err != nil {
		return d.listBans(v, err)
	}
	if !d.confirmed(v, confirmView{Text: "Lift the ban of " + network + "?", Button: "Lift the ban", Back: "/bans",
		Effect: "Requests from there are judged like all others."}, "network") {
		return nil
	}
	if err := d.options.Guard.Unban(v.Context(), network, v.own.User); err != nil {
		return err
	}
	return d.done(v, "/bans?done=unbanned")
}

func (d *Dashboard) windows(v *visit) error { return d.listWindows(v, nil) }

func (d *Dashboard) listWindows(v *visit, fault error) error {
	list, err := d.options.Guard.Windows(v.Context())
	if err != nil {
		return err
	}
	showList(d, v, "windows", list, fault, "networks", "reason", "for")
	return nil
}

func (d *Dashboard) openWindow(v *visit) error {
	networks, err := parseNetworks(v.PostFormValue("networks"))
	life, err2 := lasting(v.PostFormValue("for"))
	reason, err3 := given(v.PostFormValue("reason"))
	if err := errors.Join(err, err2, err3); err != nil {
		return d.listWindows(v, firstOf(err))
	}
	if !d.confirmed(v, confirmView{Text: "Open a window for " + networks + "?", Button: "Open the window", Back: "/windows",
		Effect: "For " + span(life) + " no ban, no rate limit and no other refusal by behaviour meets requests from there. " +
			"What hardens the site stays. The window is written to the log, and ends by itself."}, "networks", "reason", "for") {
		return nil
	}
	now := d.options.Now()
	if err := d.options.Guard.OpenWindow(v.Context(), Window{Networks: networks, Reason: reason, By: v.own.User, Since: now, Until: now.Add(life)}); err != nil {
		return err
	}
	return d.done(v, "/windows?done=opened")
}

func (d *Dashboard) closeWindow(v *visit) error {
	id := v.PostFormValue("id")
	if !d.confirmed(v, confirmView{Text: "Close the window now?", Button: "Close the window", Back: "/windows",
		Effect: "Bans, rate limits and refusals by behaviour meet these addresses again from the next request on."}, "id") {
		return nil
	}
	if err := d.options.Guard.CloseWindow(v.Context(), id, v.own.User); err != nil {
		return err
	}
	return d.done(v, "/windows?done=closed")
}

func (d *Dashboard) done(v *visit, path string) error {
	http.Redirect(v.ResponseWriter, v.Request, path, http.StatusSeeOther)
	return nil
}

// A fault is what is wrong in a form, as its page says it.
type fault string

func (f fault) Error() string { return string(f) }

// firstOf is the first of errors that were joined: a form is mended one field at a time.
func firstOf(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return fault(text)
}

// parseNetwork reads an address or a network into its one form.
func parseNetwork(s string) (string, error) {
	s = strings.TrimSpace(s)
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return addr.Unmap().String(), nil
	}
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked().String(), nil
	}
	return "", fault("Write an address or a network, such as 192.0.2.7 or 2001:db8::/48.")
}

// maxNetworks is how many one window may be for.
const maxNetworks = 64

// parseNetworks reads several, with commas or spaces between.
func parseNetworks(s string) (string, error) {
	words := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) })
	if len(words) == 0 || len(words) > maxNetworks {
		return "", fault("Write up to 64 addresses or networks, with spaces between.")
	}
	for i, word := range words {
		network, err := parseNetwork(word)
		if err != nil {
			return "", err
		}
		words[i] = network
	}
	return strings.Join(words, ", "), nil
}

// longest is how long a ban or a window may be ordered for.
const longest = 366 * 24 * time.Hour

// lasting reads how long something lasts.
func lasting(s string) (time.Duration, error) {
	life, err := time.ParseDuration(s)
	if err != nil || life < time.Minute || life > longest {
		return 0, fault("Choose how long it shall last.")
	}
	return life, nil
}

// given is a reason that says something.
func given(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || len(s) > 200 {
		return "", fault("Give a reason, in at most 200 characters: others will want to know.")
	}
	return visible(s, 200), nil
}
