package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/accesslog"
	"pavise/internal/meter"
	"pavise/internal/traces"
	"pavise/site"
)

// Eyes are the one watch of a proxy: what counts, what writes and what traces, all told
// of the same exchange.
type eyes struct {
	meter  *meter.Recorder
	log    *accesslog.Log // nil writes nothing
	tracer *traces.Tracer // nil traces nothing
	stop   context.CancelFunc
}

// openEyes opens what the file says is to be written and traced. Counting goes on always.
func openEyes(file *site.File, say cli.Say, stderr io.Writer, reopen <-chan os.Signal) (*eyes, error) {
	ctx, stop := context.WithCancel(context.Background())
	e := &eyes{meter: meter.New(time.Now()), stop: stop}
	if l := file.Log; l.Access != "" {
		var err error
		e.log, err = accesslog.Open(accesslog.Options{To: l.Access, Format: l.Format, Query: l.Query, Stderr: stderr, Say: say,
			Rotate: accesslog.Rotate{Size: int64(l.Rotate.Size), Age: l.Rotate.Age, Keep: l.Rotate.Keep, Compress: l.Rotate.Compress}})
		if err != nil {
			stop()
			return nil, cli.Usage("log: {access: FILE}, which the user that Pavise runs as may write", "the access log cannot be opened: %w", err)
		}
	}
	if t := file.Traces; t.To != "" {
		trust, err := t.Trust.Prefixes()
		if err != nil {
			e.close()
			return nil, cli.Usage("traces: {trust: [10.0.0.0/8]}", "traces: trust: %w", err)
		}
		e.tracer = traces.Open(traces.Options{To: t.To, Sample: t.Sample, Trust: trust, Version: cli.Version, Instance: instance(), Say: say})
	}
	go e.meter.Run(ctx)
	go e.reopenAt(ctx, reopen)
	return e, nil
}

// instance tells this process from all others.
func instance() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s:%d", host, os.Getpid())
}

// reopenAt has the file of the log opened anew at each signal, which logrotate sends.
func (e *eyes) reopenAt(ctx context.Context, asked <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-asked:
			if e.log != nil {
				e.log.Reopen()
			}
		}
	}
}

// retire leaves the care for the file of the log to the process that serves now: both write
// into it until this one ends, and one alone puts it away.
func (e *eyes) retire() {
	if e.log != nil {
		e.log.Retire()
	}
}

// close writes and sends what waits.
func (e *eyes) close() {
	e.stop()
	if e.log != nil {
		e.log.Close()
	}
	if e.tracer != nil {
		e.tracer.Close()
	}
}

// Begins is the proxy's word that an exchange has begun.
func (e *eyes) Begins(r *http.Request, x *meter.Exchange) {
	if e.tracer != nil {
		e.tracer.Begins(r, x)
	}
}

// Over is its word that one is over. Each is told, whatever becomes of the others.
func (e *eyes) Over(x *meter.Exchange) {
	if e.tracer != nil {
		defer e.tracer.Over(x)
	}
	if e.log != nil {
		defer e.log.Over(x)
	}
	e.meter.Over(x)
}
