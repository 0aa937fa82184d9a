package pavise

import (
	"net/netip"
	"time"
)

// A Watch knows, for all sites together, who is kept away and who is let be. What it is
// asked at every request it answers without asking anybody else.
type Watch interface {
	// Spared reports whether a protection window is open for the client: then what
	// refuses by behaviour is only observed.
	Spared(client netip.Addr) bool
	// Banned returns the ban that keeps the client away; nil is none. It is shared, and
	// nobody changes it.
	Banned(client netip.Addr) *Ban
	// Ban keeps a client away for what it did, longer each time within the bounds. It
	// returns the ban, or nil where the client is banned already, or never is.
	Ban(client netip.Addr, first, most time.Duration, reason string) *Ban
}

// A Ban keeps clients away until it ends.
type Ban struct {
	Network   netip.Prefix `json:"network"`
	Since     time.Time    `json:"since"`
	Ends      time.Time    `json:"ends"`
	Automatic bool         `json:"automatic"`       // for what the client did; else the owner's word
	Times     int          `json:"times,omitempty"` // the automatic bans of this client in a row, this one included
	Reason    string       `json:"reason,omitempty"`
}

// Runs reports whether the ban has not ended.
func (b *Ban) Runs(now time.Time) bool { return now.Before(b.Ends) }

// A Window is a time in which clients of some networks, such as those of a scan vendor,
// are let be: what refuses by behaviour observes them, and all else stays.
type Window struct {
	ID     string         `json:"id"`
	From   []netip.Prefix `json:"from"`
	Opened time.Time      `json:"opened"`
	Ends   time.Time      `json:"ends"`
	Reason string         `json:"reason"`
	By     string         `json:"by,omitempty"` // who opened it, as the machine calls them
}

// A Location is where an address is, as a database of the owner's says: what is not
// known is empty.
type Location struct {
	Country string `json:"country,omitempty"` // ISO 3166-1, two capital letters
	AS      uint32 `json:"as,omitempty"`      // number of the autonomous system (RFC 1930)
	Name    string `json:"name,omitempty"`    // of whoever runs that
}
