// Package dashboard is what an operator sees in a browser: sites and their verdicts,
// refusals and their why, certificates, bans and windows, and the few things to do
// about them. Every page is whole without a script; the one script there is only
// renews the parts that change.
//
// It is a plain handler, and stands behind the catalogue's policy like any other app:
// the caller wraps it. What a [Source] tells may come from strangers, and is shown
// clipped, on one line, and never as a link.
package dashboard

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"pavise"
)

// Options say how the dashboard is reached, and what it shows.
type Options struct {
	Source Source
	Editor Editor
	Guard  Guard            // nil: there are no bans and no windows
	Store  pavise.Store     // keeps sessions
	Now    func() time.Time // nil is time.Now
	// Idle ends a session that nobody uses; 0 is [DefaultIdle].
	Idle time.Duration
	// Users is the file of those who may log in by password and code. "" is nobody:
	// then one enters by a token of [Dashboard.Token].
	Users string
	// TLS says that browsers come by https.
	TLS bool
	// Failed hears of what went wrong here; nil: nobody.
	Failed func(error)
}

// A Dashboard answers browsers.
type Dashboard struct {
	options  Options
	sessions sessions
	gate     *gate
	pages    map[string]*template.Template
	assets   map[string]asset
	mux      *http.ServeMux
}

//go:embed pages assets
var files embed.FS

// policy is stricter than the catalogue's: everything is a file of ours, and no script
// can write markup (CSP Level 3, Trusted Types).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// New returns the handler.
func New(o Options) (*Dashboard, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	d := &Dashboard{options: o, mux: http.NewServeMux()}
	d.sessions = sessions{store: o.Store, now: o.Now, idle: cmp.Or(o.Idle, DefaultIdle), name: "pavise-dashboard", tls: o.TLS}
	if o.TLS {
		d.sessions.name = "__Host-pavise-dashboard"
	}
	if o.Users != "" {
		d.gate = &gate{file: o.Users, store: o.Store, now: o.Now}
	}
	var err error
	if d.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if d.pages, err = d.loadPages(); err != nil {
		return nil, err
	}
	d.route()
	return d, nil
}

// Token makes one that opens a session once, within [TokenLife].
func (d *Dashboard) Token(ctx context.Context) (string, error) { return d.sessions.token(ctx) }

func (d *Dashboard) route() {
	d.mux.HandleFunc("GET /assets/{name}", d.asset)
	d.mux.HandleFunc("GET /login", d.login)
	d.mux.HandleFunc("POST /login", d.logIn)
	if d.gate == nil {
		d.mux.HandleFunc("GET /enter", d.enter)
	}
	d.mux.HandleFunc("POST /logout", d.within(d.logOut))
	d.mux.HandleFunc("GET /{$}", d.within(d.overview))
	d.mux.HandleFunc("GET /refusals", d.within(d.refusals))
	d.mux.HandleFunc("GET /observed", d.within(d.observed))
	d.mux.HandleFunc("GET /request", d.within(d.request))
	d.mux.HandleFunc("GET /certificates", d.within(d.certificates))
	d.mux.HandleFunc("GET /scan", d.within(d.scan))
	d.mux.HandleFunc("GET /exempt", d.within(d.exempt))
	d.mux.HandleFunc("POST /exempt", d.within(d.exemptPreview))
	d.mux.HandleFunc("POST /exempt/write", d.within(d.exemptWrite))
	if d.options.Guard != nil {
		d.mux.HandleFunc("GET /bans", d.within(d.bans))
		d.mux.HandleFunc("POST /bans/add", d.within(d.ban))
		d.mux.HandleFunc("POST /bans/remove", d.within(d.unban))
		d.mux.HandleFunc("GET /windows", d.within(d.windows))
		d.mux.HandleFunc("POST /windows/open", d.within(d.openWindow))
		d.mux.HandleFunc("POST /windows/close", d.within(d.closeWindow))
	}
	d.mux.HandleFunc("GET /", d.nothing)
}

// maxForm bounds what a form may send.
const maxForm = 16 << 10

// ServeHTTP answers one request. Nothing of it may be kept by a cache, shown in a
// frame, or told to another site.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	d.mux.ServeHTTP(w, r)
}

// A visit is one request of somebody who is logged in.
type visit struct {
	http.ResponseWriter
	*http.Request
	own *session
}

// within answers those alone who are logged in.
func (d *Dashboard) within(page func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		own, err := d.sessions.of(r)
		if err == nil && own != nil && d.gate != nil && !d.gate.knows(own) {
			own = nil
		}
		switch {
		case err != nil:
			d.broken(w, r, err)
		case own == nil && r.Method == http.MethodGet && r.Header.Get(liveHeader) == "":
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		case own == nil:
			d.show(w, r, nil, http.StatusUnauthorized, "login", loginView{Token: d.gate == nil, Fault: "Your session has ended. Nothing was done."})
		default:
			v := &visit{w, r, own}
			if err := page(v); err != nil {
				d.trouble(v, err)
			}
		}
	}
}

// trouble shows why something cannot be done.
func (d *Dashboard) trouble(v *visit, err error) {
	var unable *UnableError
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &unable):
		d.sorry(v, http.StatusUnprocessableEntity, "This cannot be done here", unable.Why, unable.Command)
	case errors.Is(err, ErrChanged):
		d.sorry(v, http.StatusConflict, "The file has changed", "Somebody has changed it since the preview. Nothing was written: go back, and look at it again.", "")
	case errors.As(err, &large):
		d.sorry(v, http.StatusRequestEntityTooLarge, "That is too much", "The form holds more than 16 KiB.", "")
	default:
		d.options.Failed(err)
		d.sorry(v, http.StatusInternalServerError, "This did not work", err.Error(), "")
	}
}

// sorryView is what could not be shown or done, why, and what to type instead.
type sorryView struct{ Title, Text, Command string }

func (d *Dashboard) sorry(v *visit, status int, title, text, command string) {
	d.show(v.ResponseWriter, v.Request, v.own, status, "sorry", sorryView{title, text, command})
}

// nothing is at every other address, for strangers too: there is nothing to tell by it.
func (d *Dashboard) nothing(w http.ResponseWriter, r *http.Request) {
	d.show(w, r, nil, http.StatusNotFound, "sorry", sorryView{"There is no such page", "Nothing is at this address.", ""})
}

// broken is for who is not known to be logged in: no word of what is wrong.
func (d *Dashboard) broken(w http.ResponseWriter, r *http.Request, err error) {
	d.options.Failed(err)
	d.show(w, r, nil, http.StatusServiceUnavailable, "login",
		loginView{Token: d.gate == nil, Fault: "Sessions cannot be looked up at the moment. The log says why."})
}

// A view is a page and what is around it.
type view struct {
	Page, Title string
	User        string
	Now         time.Time
	Menu        []menuItem
	Content     any
}

type menuItem struct{ Path, Name, Page string }

var menu = []menuItem{
	{"/", "Overview", "overview"}, {"/refusals", "Refusals", "refusals"}, {"/observed", "Would refuse", "observed"},
	{"/certificates", "Certificates", "certificates"}, {"/bans", "Bans", "bans"}, {"/windows", "Windows", "windows"},
}

// guarded is where the menu begins that is for a [Guard].
const guarded = 4

var titles = map[string]string{"overview": "Overview", "refusals": "Refusals", "observed": "Would be refused", "request": "One request",
	"certificates": "Certificates", "scan": "Last scan", "exempt": "Exempt", "preview": "Look at the change", "written": "Written",
	"bans": "Bans", "windows": "Windows", "confirm": "Are you sure?", "login": "Log in", "sorry": "Sorry"}

// show writes a page whole, or not at all.
func (d *Dashboard) show(w http.ResponseWriter, r *http.Request, own *session, status int, page string, content any) {
	v := view{Page: page, Title: titles[page], Now: d.options.Now(), Menu: menu, Content: content}
	if d.options.Guard == nil {
		v.Menu = menu[:guarded]
	}
	if own != nil {
		v.User = own.User
	}
	var b bytes.Buffer
	if err := d.pages[page].ExecuteTemplate(&b, "layout", v); err != nil {
		d.options.Failed(fmt.Errorf("page %s: %w", page, err))
		http.Error(w, "This page could not be written; the log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(b.Bytes())
	}
}

// page shows one to who is logged in.
func (d *Dashboard) page(v *visit, page string, content any) error {
	d.show(v.ResponseWriter, v.Request, v.own, http.StatusOK, page, content)
	return nil
}
