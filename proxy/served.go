package proxy

import (
	"cmp"
	"context"
	"errors"
	"log"
	"net/http"
	"time"

	"pavise"
	"pavise/internal/http1"
)

// served is a site behind its listeners.
type served struct {
	chain  *pavise.Chain
	limits *pavise.Listener
	http1  *http1.Server
	http2  *handover
}

// tuned is what the policy makes of a listener, with our own limits where it says
// nothing.
func tuned(face pavise.Site, policy pavise.Policy, now time.Time) (*pavise.Listener, error) {
	l := &pavise.Listener{Site: face}
	if err := policy.Tune(l, now); err != nil {
		return nil, err
	}
	l.HeaderTime = cmp.Or(l.HeaderTime, 10*time.Second)
	l.Idle = cmp.Or(l.Idle, 75*time.Second)
	l.Stall = cmp.Or(l.Stall, time.Minute)
	l.Grace = min(cmp.Or(l.Grace, 20*time.Second), l.Stall)
	l.MaxHeaderBytes = cmp.Or(l.MaxHeaderBytes, 64<<10)
	return l, nil
}

// beforeSNI are the limits while it is not known which site is meant: those of the
// most generous.
func beforeSNI(sites []*served) pavise.Listener {
	var l pavise.Listener
	any := false
	for _, s := range sites {
		l.HeaderTime = max(l.HeaderTime, s.limits.HeaderTime)
		l.ClientConns = max(l.ClientConns, s.limits.ClientConns)
		l.Proxies = append(l.Proxies, s.limits.Proxies...)
		any = any || s.limits.ClientConns == 0
	}
	if any {
		l.ClientConns = 0
	}
	return l
}

// start makes the servers of both protocols. Every request goes to s, for a
// connection may ask for any of the sites.
func (site *served) start(s *Server) {
	l, errors := site.limits, log.New(journalWriter{s.cfg.Journal}, "", 0)
	site.http1 = &http1.Server{
		Handler:     s,
		Refuse:      s.refuseFault,
		Strict:      l.Strict,
		ConnContext: markMisplaced,
		ErrorLog:    errors,
		Now:         s.cfg.Now,
		Limits: http1.Limits{MaxHeaderBytes: l.MaxHeaderBytes, MaxFields: l.MaxFields,
			HeaderTime: l.HeaderTime, Idle: l.Idle, Stall: l.Stall, MinRate: l.MinRate, Grace: l.Grace},
	}
	site.http2 = newHandover(s.secure.Addr(), &http.Server{
		Handler:                      s,
		ReadHeaderTimeout:            l.HeaderTime,
		IdleTimeout:                  l.Idle,
		MaxHeaderBytes:               l.MaxHeaderBytes,
		HTTP2:                        http2Limits(l),
		DisableGeneralOptionsHandler: true, // its answer would lack our headers
		ErrorLog:                     errors,
	})
}

// http2Limits bounds what one connection of HTTP/2 can have us keep. The rest is
// net/http's own: it ends connections whose control frames pile up (10,000), that
// open streams faster than we can close them (four times as many as may be open),
// or that send more of a head than MaxHeaderBytes, and keeps 4 KiB of HPACK table.
func http2Limits(l *pavise.Listener) *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          100,       // the least that RFC 9113 6.5.2 advises
		MaxReadFrameSize:              16 << 10,  // the least that RFC 9113 4.2 allows, for a buffer as large is kept
		MaxReceiveBufferPerConnection: 512 << 10, // of bodies that the app does not take yet
		MaxReceiveBufferPerStream:     256 << 10,
		WriteByteTimeout:              l.Stall, // of a client whose windows are open and whose socket is not
	}
}

// stop lets running requests end until the context does, and then cuts them off.
func (site *served) stop(ctx context.Context) error {
	second := make(chan error)
	go func() { second <- site.http2.stop(ctx) }()
	err := site.http1.Shutdown(ctx)
	if err != nil {
		site.http1.Close()
	}
	return errors.Join(err, <-second)
}
