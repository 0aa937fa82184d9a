package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"pavise"
	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/dashboard"
	"pavise/internal/http1"
	"pavise/proxy"
	"pavise/site"
)

// deskAddress is where the dashboard listens if nobody says otherwise, and maxDeskConns
// how many browsers may be connected there.
const (
	deskAddress  = "127.0.0.1:9910"
	maxDeskConns = 64
)

// A desk is the dashboard of a running Pavise. On loopback it listens from when the
// owner asks for it, or from the start on where the file says so.
type desk struct {
	witness *witness
	state   string
	config  string // the file that says what is served; "" is none
	said    site.Dashboard

	store pavise.Store // what the sites remember in; sessions have names of their own there

	mu       sync.Mutex
	open     *dashboard.Dashboard // on loopback, once somebody has asked
	listener net.Listener
	server   *http1.Server
}

// exposed is the dashboard as a site of its own. It is there before what it shows.
type exposed struct {
	dashboard atomic.Pointer[dashboard.Dashboard]
}

func (e *exposed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d := e.dashboard.Load(); d != nil {
		d.ServeHTTP(w, r)
		return
	}
	http.Error(w, "The dashboard is not there yet.", http.StatusServiceUnavailable)
}

// openDesk opens what the plan says of the dashboard. What fails there does not keep the
// sites from being served.
func (w *witness) openDesk(say cli.Say, p *plan, config string) (closed func()) {
	d := &desk{witness: w, state: p.file.State, config: config, said: p.file.Dashboard}
	if w.kept != nil {
		d.store = w.kept.Store
	} else {
		d.store = pavise.NewMemory(nil)
	}
	w.desk = d
	if d.said.Expose {
		if err := d.expose(say); err != nil {
			say("warning: the dashboard is not shown at %s: %v", d.said.Host, err)
		}
	}
	if d.said.Listen != "" || w.passing.gives("dashboard") { // or it was open before an upgrade
		if err := d.listen(); err != nil {
			say("warning: the dashboard does not listen: %v", err)
		}
	}
	return d.close
}

// expose shows it to the world, at a site of its own.
func (d *desk) expose(say cli.Say) error {
	dir, err := cli.StateDir(d.state)
	if err != nil {
		return err
	}
	users := dashboard.UsersFile(dir)
	if list, err := dashboard.LoadUsers(users); err != nil {
		return err
	} else if len(list) == 0 {
		say("warning: nobody can log in to the dashboard at %s yet: pavise dashboard user add NAME", d.said.Host)
	}
	o := d.options()
	o.TLS, o.Users = true, users
	shown, err := dashboard.New(o)
	if err == nil {
		d.witness.exposed.dashboard.Store(shown)
	}
	return err
}

func (d *desk) options() dashboard.Options {
	o := dashboard.Options{Source: &deskSource{witness: d.witness, state: d.state}, Editor: &deskEditor{d.witness, d.config}, Store: d.store, Idle: d.said.Idle,
		Failed: func(err error) { d.witness.journal.DashboardFailed(err) }}
	if d.witness.sentry != nil {
		o.Guard = &deskGuard{d.witness}
	}
	return o
}

// listen opens it on loopback, once.
func (d *desk) listen() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.open != nil {
		return nil
	}
	l, err := d.witness.passing.listen("dashboard", cmp.Or(d.said.Listen, deskAddress))
	if d.said.Listen == "" && errors.Is(err, syscall.EADDRINUSE) { // by another Pavise: any port will do
		l, err = d.witness.passing.listen("dashboard", "127.0.0.1:0")
	}
	if err != nil {
		return err
	}
	open, err := dashboard.New(d.options())
	var chain *pavise.Chain
	if err == nil {
		chain, err = deskPolicy().Wrap(d.env(l.Addr()), open)
	}
	if err != nil {
		return errors.Join(err, l.Close())
	}
	d.open, d.listener = open, l
	d.server = &http1.Server{Handler: chain, Strict: true, ErrorLog: log.New(d.witness.journal.Writer(), "", 0)}
	go d.serve(l, d.server)
	return nil
}

// deskPolicy is the catalogue's, but for what leads to https: a browser on this machine
// needs none (W3C Secure Contexts 3.1).
func deskPolicy() pavise.Policy {
	clear := []string{"transport.redirect", "transport.hsts"}
	return pavise.Recommend(slices.DeleteFunc(catalog.Controls(), func(c pavise.Control) bool { return slices.Contains(clear, c.Doc().ID) }))
}

// env names the hosts of this machine alone, so that no name of a stranger's leads here
// (DNS rebinding).
func (d *desk) env(at net.Addr) pavise.Env {
	return pavise.Env{Site: pavise.Site{Hosts: []string{"127.0.0.1", "localhost", "::1"}, HTTP: at.(*net.TCPAddr).Port},
		Decide: d.witness.journal.Decide, Store: pavise.NewMemory(nil), Secret: d.witness.secret, Former: d.witness.former}
}

// serve takes connections until the listener closes.
func (d *desk) serve(l net.Listener, server *http1.Server) {
	room := make(chan struct{}, maxDeskConns)
	for {
		conn, err := l.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // no descriptor is left, say
			time.Sleep(100 * time.Millisecond)
			continue
		}
		select {
		case room <- struct{}{}:
			go func() {
				defer func() { <-room }()
				server.ServeConn(conn, nil)
			}()
		default:
			conn.Close()
		}
	}
}

// enter opens the dashboard on loopback and lets one browser in.
func (d *desk) enter(ctx context.Context) (entrance, error) {
	if err := d.listen(); err != nil {
		return entrance{}, fmt.Errorf("the dashboard cannot listen: %w", err)
	}
	token, err := d.open.Token(ctx)
	if err != nil {
		return entrance{}, err
	}
	at := d.listener.Addr().(*net.TCPAddr)
	return entrance{URL: "http://" + at.String() + "/enter?token=" + token, Ends: time.Now().Add(dashboard.TokenLife).UTC()}, nil
}

// answer is what the owner's socket says.
func (d *desk) answer(w http.ResponseWriter, r *http.Request) {
	one, err := d.enter(r.Context())
	if err != nil {
		http.Error(w, cli.OneLine(err), http.StatusUnprocessableEntity)
		return
	}
	json.NewEncoder(w).Encode(one)
}

func (d *desk) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.listener != nil {
		d.listener.Close()
		d.server.Close()
	}
}

// exposeDashboard adds its site to those of the plan.
func (p *plan) exposeDashboard() {
	if s := p.file.Dashboard; s.Expose {
		p.cfg.Sites = append(p.cfg.Sites, proxy.Site{Hosts: []string{s.Host}, Policy: s.Controls.Over(catalog.Controls())})
		p.own = append(p.own, s.Certificate)
	}
}

// showDashboard puts it behind its site.
func (g *ground) showDashboard(p *plan, sites []proxy.Site) {
	if p.file.Dashboard.Expose {
		sites[len(sites)-1].Handler = &g.exposed
	}
}
