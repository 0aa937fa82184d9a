package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/handover"
	"pavise/internal/notify"
	"pavise/proxy"
	"pavise/site"
	"pavise/store"
	"pavise/store/wire"
)

// defaultDrain is how long running requests may take to end when we stop, and all that
// is open when another process has taken over. It is longer than an honest request takes,
// and shorter than the 90 s after which systemd kills.
const defaultDrain = time.Minute

// A passing is how this process got its place, and how it gives it away: from what was
// before, by the service manager, to a successor.
type passing struct {
	program string // what lies there now is the successor
	sockets *handover.Sockets
	before  *handover.Predecessor // nil: there is none
	manager notify.Manager
	say     cli.Say
	stderr  io.Writer
	drain   atomic.Int64 // in nanoseconds
	signals signals
	witness *witness
	until   context.Context // of serve

	serving chan struct{} // closed when this process does
	one     sync.Mutex    // upgrade at a time
	next    *handover.Successor
	over    chan struct{} // closed when next serves
}

// newPassing takes up what the process was started with.
func newPassing(say cli.Say, stderr io.Writer) (*passing, error) {
	p := &passing{say: say, stderr: stderr, manager: notify.FromEnv(), signals: hear(stderr), serving: make(chan struct{}), over: make(chan struct{})}
	var errs [2]error
	p.program, errs[0] = handover.Program()
	p.sockets, p.before, errs[1] = handover.FromEnv()
	return p, errors.Join(errs[:]...)
}

// planned takes over what the plan says of the end of requests, now or by a reload.
func (p *passing) planned(plan *plan) {
	if p == nil {
		return
	}
	if plan.drain == 0 {
		plan.drain = defaultDrain
	}
	p.drain.Store(int64(plan.drain))
	plan.before = p.before
}

func (p *passing) drains() time.Duration { return time.Duration(p.drain.Load()) }

// stopping tells the service manager that we end, and returns how long that may take.
func (p *passing) stopping() time.Duration {
	if p == nil {
		return defaultDrain
	}
	p.manager.Stopping("stopping")
	return p.drains()
}

// lent has the store of the process before be used, as long as it has the file open.
func (p *plan) lent(o *store.Options) {
	if p.before != nil && p.before.Store != "" && p.before.Store == o.File() {
		o.Lent, o.LentPath = wire.NewClient(p.before.Ask), p.before.Store
	}
}

// prepare has the proxy listen by the sockets that we were given, and waits for the
// moment to serve.
func (p *passing) prepare(cfg proxy.Config, w *witness) (*proxy.Server, error) {
	p.witness, cfg.Sockets = w, p.sockets
	server, err := proxy.Prepare(cfg)
	if err != nil {
		return nil, err
	}
	for _, s := range p.sockets.Unused() {
		p.say("the socket %s, which we were given, is none of those that we listen at", s)
	}
	if p.before == nil {
		return server, nil
	}
	if err := p.before.Ready(w.kept.Path()); err != nil {
		return nil, err
	}
	if err := w.kept.Take(); err != nil {
		return nil, err
	}
	go w.kept.Lend(p.before.Answer)
	return server, nil
}

// listen listens for TCP, and has a successor do so by the same socket.
func (p *passing) listen(name, address string) (net.Listener, error) {
	if p == nil {
		return net.Listen("tcp", address)
	}
	return p.sockets.Listen(name, address)
}

// gives reports whether the process before listened under that name.
func (p *passing) gives(name string) bool { return p != nil && p.sockets.Gives(name) }

// serves waits until this process does; false is that the context has ended.
func (p *passing) serves(ctx context.Context) bool {
	if p == nil {
		return true
	}
	select {
	case <-p.serving:
		return true
	case <-ctx.Done():
		return false
	}
}

// serve has the server serve, and tells all whom it concerns.
func (p *passing) serve(ctx context.Context, server *proxy.Server) {
	p.until = ctx
	status := fmt.Sprintf("serving at %s", server.HTTPS())
	if p.before == nil {
		server.Serve(nil)
		p.manager.Ready(status)
		go p.manager.Watchdog(ctx)
	} else {
		server.Serve(p.before.Packets())
		p.before.Serving()
		go func() {
			<-p.before.Known()                            // before, the manager would not believe us
			p.witness.sentry.begin(p.witness.lost == nil) // nor had the other left the log
			p.manager.Ready(status)
			p.manager.Watchdog(ctx)
		}()
	}
	close(p.serving)
	go p.onSignal(ctx)
}

// failed tells the process before why we end, if it still waits for us.
func (p *passing) failed(err error) {
	if err != nil && p.before != nil {
		p.before.Failed(errors.New(cli.OneLine(err)))
	}
}

// left is the error that another process serves.
func (p *passing) left() error {
	if p == nil {
		return nil
	}
	select {
	case <-p.over:
		return cli.Failed("ask it: pavise reload", "process %d serves now", p.next.PID)
	default:
		return nil
	}
}

// reloading tells the service manager that a reload has begun, and then that it is over.
func (p *passing) reloading() (done func()) {
	if p == nil {
		return func() {}
	}
	p.manager.Reloading()
	return func() { p.manager.Ready("serving") }
}

// retire serves on what is open, after another process has taken over. When the command
// ends it stops, as a process does that serves, within the same time.
func (p *passing) retire(command context.Context, server *proxy.Server) error {
	drain := p.drains()
	p.say("process %d serves now; what is open here may take %s to end; a second signal ends at once", p.next.PID, drain)
	p.witness.ground.asksNobody() // the other renews certificates
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	waits, leave := context.WithTimeout(command, drain)
	defer leave()
	hurried := context.AfterFunc(command, func() {
		p.say("stopping: WebSockets end when the running requests have")
		server.Stop(ctx)
	})
	defer hurried()
	err := server.Retire(ctx, func() { p.freed(waits) })
	if p.before != nil { // it may reach the store only through us
		select {
		case <-p.before.Gone():
		case <-waits.Done():
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		p.say("what was still open after %s was cut off", drain)
		return nil
	}
	return err
}

// freed tells the successor that nobody reads from the UDP socket any more: neither we nor
// whoever was before us, who may still do so.
func (p *passing) freed(ctx context.Context) {
	if p.before != nil {
		select {
		case <-p.before.Packets():
		case <-ctx.Done():
			return // it hears that we end
		}
	}
	p.next.Packets()
}

// drainOf is how long, by flag or file; 0 leaves it to us.
func drainOf(f serveFlags, file *site.File) (time.Duration, error) {
	if f.drain < 0 {
		return 0, cli.Usage("--drain 1m", "--drain must be a time such as 30s, not %s", f.drain)
	}
	if f.drain > 0 {
		return f.drain, nil
	}
	return file.Drain, nil
}
