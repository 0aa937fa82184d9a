package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/controls/clients"
	"pavise/internal/chainlog"
	"pavise/internal/geoip"
	"pavise/proxy"
	"pavise/site"
)

// A sentry knows who is kept away and who is let be while we serve, and writes the log
// of the windows of this machine; without a secret there is none.
type sentry struct {
	*clients.Watch
	log     *chainlog.Log
	journal *proxy.Journal
	mu      sync.Mutex
	writes  bool            // else another process does
	retired bool            // and will for good
	open    map[string]bool // windows that the log has opened and not ended
}

// windowsLog is the file in the state directory that windows are written into.
const windowsLog = "windows.log"

// keepWatch learns who is kept away and let be. What cannot be kept is warned about, and
// the sites are served.
func (g *ground) keepWatch(ctx context.Context, p *plan) {
	s := &sentry{journal: g.journal}
	if err := s.openLog(p, g.secret, g.former); err != nil {
		g.warn("the log of protection windows: %v; pavise window log --verify says more", err)
	}
	s.Watch = clients.NewWatch(clients.WatchOptions{Store: g.kept.Store, Shared: g.kept.Shared(), Heard: s.heard,
		Failed: func(err error) { g.journal.StoreSays(err.Error()) }})
	s.Sync(ctx)
	if p.before == nil { // else it writes until we serve
		s.begin(g.lost == nil)
	}
	s.Start(ctx)
	for _, v := range s.Windows() {
		g.warn("%s", windowInWords(v, time.Now()))
	}
	g.sentry = s
}

// guard has the sites of a configuration know of bans and windows, and where addresses
// are if the plan names databases that do.
func (g *ground) guard(p *plan, cfg *proxy.Config) error {
	if g.sentry == nil {
		return nil
	}
	cfg.Watch = g.sentry.Watch
	finder, err := locate(p.file.GeoIP, g.journal)
	if err != nil {
		return err
	}
	for i := range cfg.Sites {
		if finder != nil {
			cfg.Sites[i].Locate = finder.Locate
		}
	}
	return nil
}

// locate opens databases, if any are named.
func locate(named site.GeoIP, j *proxy.Journal) (*geoip.Finder, error) {
	if named.Country == "" && named.ASN == "" {
		return nil, nil
	}
	finder, err := geoip.Open(geoip.Options{Country: named.Country, AS: named.ASN, Changed: func(file string, err error) {
		if err != nil {
			j.Owner("database of addresses cannot be used, that of before stays", slog.String("file", file), slog.String("error", err.Error()))
			return
		}
		j.Owner("database of addresses was read again", slog.String("file", file))
	}})
	if err != nil {
		return nil, cli.Usage("name a file that you have got from a publisher, such as GeoLite2-Country.mmdb", "geoip: %s", cli.OneLine(err))
	}
	return finder, nil
}

// openLog opens the log of windows.
func (s *sentry) openLog(p *plan, secret []byte, former [][]byte) error {
	dir, err := cli.StateDir(p.file.State)
	if err != nil {
		return err
	}
	if secret == nil {
		return errors.New("there is no secret to sign it by, so there is none")
	}
	s.log, err = chainlog.Open(filepath.Join(dir, windowsLog), append([][]byte{secret}, former...)...)
	return err
}

// begin has this process write the log, and first what it lacks: also what has ended while
// nobody served, unless another process has the store, and knows which windows are open.
func (s *sentry) begin(known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.retired {
		return
	}
	s.writes, s.open = true, s.opened()
	still := map[string]bool{}
	for _, v := range s.Windows() {
		still[v.ID] = true
		s.write(clients.WindowEvent{What: clients.Opened, Time: time.Now(), Window: v, By: v.By})
	}
	for id := range s.open {
		if known && !still[id] {
			s.write(clients.WindowEvent{What: clients.Ended, Time: time.Now(), Window: pavise.Window{ID: id}})
		}
	}
}

// retire leaves the log to the process that serves now.
func (s *sentry) retire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writes, s.retired = false, true
}

// opened reads which windows the log has opened and not ended.
func (s *sentry) opened() map[string]bool {
	open := map[string]bool{}
	if s.log == nil {
		return open
	}
	lines, _ := s.log.Lines() // what is wrong with it was said when it was opened
	for _, e := range windowEntries(lines) {
		open[e.Window.ID] = true
		if e.What != clients.Opened {
			delete(open, e.Window.ID)
		}
	}
	return open
}

// heard writes down what becomes of a window, if that is ours to do.
func (s *sentry) heard(e clients.WindowEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writes {
		s.write(e)
	}
}

// write does so once for each that is opened, and once when that is over.
func (s *sentry) write(e clients.WindowEvent) {
	attrs := []slog.Attr{slog.String("window", e.Window.ID), slog.String("from", networks(e.Window.From)),
		slog.Time("ends", e.Window.Ends), slog.String("reason", e.Window.Reason), slog.String("by", e.By)}
	switch opens := e.What == clients.Opened; {
	case opens && s.open[e.Window.ID]:
		s.journal.Owner("protection window is still open", attrs...)
		return
	case opens:
		s.open[e.Window.ID] = true
	case !s.open[e.Window.ID]:
		return
	default:
		delete(s.open, e.Window.ID)
	}
	if s.log != nil {
		line, err := s.log.Append(e.Time, windowEntry{e.What, e.By, e.Window})
		if err != nil {
			attrs = append(attrs, slog.String("not_in_the_log", err.Error()))
		} else {
			attrs = append(attrs, slog.Int("line", line.Number), slog.String("code", line.Code))
		}
	}
	s.journal.Owner("protection window "+e.What, attrs...)
}

// guards answers the owner's questions about bans and windows, and what he wants done.
func (w *witness) guards(mux *http.ServeMux) {
	if w.sentry == nil {
		return
	}
	g, sites := w.sentry, func() []proxy.Site { return *w.sites.Load() }
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
