package clients

import (
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// A machine knows which addresses are its own. It looks again when a minute is over, for
// it may get others.
type machine struct {
	read  func() ([]net.Addr, error)
	known atomic.Pointer[interfaces]
}

// interfaces are the addresses of a machine as they were at a time.
type interfaces struct {
	read time.Time
	own  map[netip.Addr]bool
}

// this is the machine that we run on.
var this = &machine{read: net.InterfaceAddrs}

// lookEvery is how long what was read is believed.
const lookEvery = time.Minute

// has reports whether who asks from the address is the machine itself, as one is who scans
// a site from its server. Of the networks around it none is its own.
func (m *machine) has(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsLoopback() || m.interfaces().own[a]
}

func (m *machine) interfaces() *interfaces {
	if known := m.known.Load(); known != nil && time.Since(known.read) < lookEvery {
		return known
	}
	now := &interfaces{time.Now(), map[netip.Addr]bool{}}
	list, _ := m.read() // of what cannot be read none is spared
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			now.own[p.Addr().Unmap()] = true
		}
	}
	m.known.Store(now)
	return now
}
