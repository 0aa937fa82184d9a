package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"pavise"
	"pavise/controls/clients"
	"pavise/internal/chainlog"
	"pavise/internal/geoip"
	"pavise/proxy"
)

// A sentry knows who is kept away and who is let be while we serve, and the log of the
// windows of this machine; without a secret there is none.
type sentry struct {
	*clients.Watch
	log     *chainlog.Log
	journal *proxy.Journal
	open    map[string]bool // windows that the log has opened and not ended
	finder  *geoip.Finder   // nil: nobody knows where an address is
}

// windowsLog is the file in the state directory that windows are written into.
const windowsLog = "windows.log"

// keepWatch has the sites know of bans and windows, and where addresses are. What cannot be
// kept is warned about, and the sites are served.
func (p *plan) keepWatch(ctx context.Context, j *proxy.Journal) (*sentry, error) {
	g := &sentry{journal: j, open: map[string]bool{}}
	var err error
	if g.finder, err = p.locate(j); err != nil {
		return nil, err
	}
	if err := g.openLog(p); err != nil {
		p.warn("the log of protection windows: %v; pavise window log --verify says more", err)
	}
	g.Watch = clients.NewWatch(clients.WatchOptions{Store: p.cfg.Store, Shared: p.cfg.Shared, Heard: g.heard,
		Failed: func(err error) { j.StoreSays(err.Error()) }})
	g.Start(ctx)
	g.catchUp()
	for _, v := range g.Windows() {
		p.warn("%s", windowInWords(v, time.Now()))
	}
	p.cfg.Watch = g.Watch
	return g, nil
}

// locate opens the databases of the plan, if it names any, for all sites.
func (p *plan) locate(j *proxy.Journal) (*geoip.Finder, error) {
	if p.geoip.Country == "" && p.geoip.ASN == "" {
		return nil, nil
	}
	finder, err := geoip.Open(geoip.Options{Country: p.geoip.Country, AS: p.geoip.ASN, Changed: func(file string, err error) {
		if err != nil {
			j.Owner("database of addresses cannot be used, that of before stays", slog.String("file", file), slog.String("error", err.Error()))
			return
		}
		j.Owner("database of addresses was read again", slog.String("file", file))
	}})
	if err != nil {
		return nil, usage("see geoip in the configuration: a file that you have got from a publisher, such as GeoLite2-Country.mmdb", "geoip: %s", oneLine(err))
	}
	for i := range p.cfg.Sites {
		p.cfg.Sites[i].Locate = finder.Locate
	}
	return finder, nil
}

// openLog opens the log of windows, and reads which it has not ended.
func (g *sentry) openLog(p *plan) error {
	dir, err := stateDir(p.state)
	if err != nil {
		return err
	}
	if p.cfg.Secret == nil {
		return errors.New("there is no secret to sign it by, so there is none")
	}
	path, secrets := filepath.Join(dir, windowsLog), append([][]byte{p.cfg.Secret}, p.cfg.Former...)
	lines, _ := chainlog.Read(path, secrets...)
	for _, e := range windowEntries(lines) {
		g.open[e.Window.ID] = e.What == clients.Opened
	}
	g.log, err = chainlog.Open(path, secrets...)
	return err
}

// catchUp ends in the log what has ended while nobody served.
func (g *sentry) catchUp() {
	still := map[string]bool{}
	for _, v := range g.Windows() {
		still[v.ID] = true
	}
	for id, open := range g.open {
		if open && !still[id] {
			g.heard(clients.WindowEvent{What: clients.Ended, Time: time.Now(), Window: pavise.Window{ID: id}})
		}
	}
}

// heard writes down what becomes of a window.
func (g *sentry) heard(e clients.WindowEvent) {
	attrs := []slog.Attr{slog.String("window", e.Window.ID), slog.String("from", networks(e.Window.From)),
		slog.Time("ends", e.Window.Ends), slog.String("reason", e.Window.Reason), slog.String("by", e.By)}
	if e.What == clients.Opened && g.open[e.Window.ID] {
		g.journal.Owner("protection window is still open", attrs...)
		return
	}
	g.open[e.Window.ID] = e.What == clients.Opened
	if g.log != nil {
		line, err := g.log.Append(e.Time, windowEntry{e.What, e.By, e.Window})
		if err != nil {
			attrs = append(attrs, slog.String("not_in_the_log", err.Error()))
		} else {
			attrs = append(attrs, slog.Int("line", line.Number), slog.String("code", line.Code))
		}
	}
	g.journal.Owner("protection window "+e.What, attrs...)
}

// answers are the owner's questions about bans and windows, and what he wants done.
func (g *sentry) answers(mux *http.ServeMux, sites func() []proxy.Site) {
	mux.HandleFunc("GET /windows", func(w http.ResponseWriter, _ *http.Request) { answerList(w, g.Windows()) })
	mux.HandleFunc("GET /windows/head", func(w http.ResponseWriter, _ *http.Request) {
		heads := []chainlog.Line{}
		if g.log != nil {
			heads = append(heads, g.log.Head())
		}
		answerList(w, heads)
	})
	mux.HandleFunc("POST /windows", done(func(ctx context.Context, v pavise.Window) ([]pavise.Window, error) {
		return []pavise.Window{v}, g.OpenWindow(ctx, v)
	}))
	mux.HandleFunc("POST /windows/close", done(func(ctx context.Context, v pavise.Window) ([]pavise.Window, error) {
		err := g.CloseWindow(ctx, v.ID, v.By)
		if errors.Is(err, clients.ErrNoWindow) { // one of several processes may have closed it for all
			return []pavise.Window{}, nil
		}
		return []pavise.Window{v}, err
	}))
	mux.HandleFunc("GET /bans", func(w http.ResponseWriter, _ *http.Request) {
		list := []banStatus{}
		for _, b := range g.Bans() {
			list = append(list, g.told(b, sites()))
		}
		answerList(w, list)
	})
	mux.HandleFunc("POST /bans", done(func(ctx context.Context, b pavise.Ban) ([]banStatus, error) {
		return []banStatus{g.told(b, sites())}, g.AddBan(ctx, b)
	}))
	mux.HandleFunc("POST /bans/remove", done(func(ctx context.Context, b pavise.Ban) ([]bool, error) {
		was, err := g.RemoveBan(ctx, b.Network)
		return []bool{was}, err
	}))
}
