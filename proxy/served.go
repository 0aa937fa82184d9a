package proxy

import (
	"cmp"
	"time"

	"pavise"
)

// served is a site behind its listeners.
type served struct {
	chain  *pavise.Chain
	limits *pavise.Listener
	*pair  // what serves connections that are opened for it
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
