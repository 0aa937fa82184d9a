package pavise

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// A Control is one named defence. Its exported fields are its settings and the
// zero value is what we recommend. What else it can do it shows by the
// interfaces below. A Control never probes and never reads files.
type Control interface {
	// Doc describes the control. It does not depend on the settings.
	Doc() Doc
	// Validate reports every mistake in the settings at once, by errors.Join.
	Validate() error
}

// A Doc is what people read about a control: the catalogue page, the command
// line, the report and the mapping to standards all come from here.
type Doc struct {
	ID       string // permanent, family.name: "transport.hsts"
	Title    string // a noun phrase without a full stop
	Why      string // the attack or the requirement, one to three sentences
	Enforces string // what Pavise does to live traffic; empty if it does nothing
	Verifies string // how a scan tells whether it holds
	By       string // id of the control that enforces what this one verifies; empty if none does, or it does itself
	Refuses  bool   // it may refuse a request, so it can be observed first
	// Behaviour is that it refuses for who asks, or for what they did before, and not for
	// what the request is: a protection window lets it observe.
	Behaviour bool
	Rules     []Rule
}

// Rule returns the rule with the id, which must be one of the control's.
func (d Doc) Rule(id string) Rule {
	for _, r := range d.Rules {
		if r.ID == id {
			return r
		}
	}
	panic(fmt.Sprintf("%s has no rule %q", d.ID, id))
}

// All is the same finding for every rule: that it was [Skipped] or [Unlooked].
func (d Doc) All(finding func(rule, where, why string) Finding, where, why string) []Finding {
	list := make([]Finding, len(d.Rules))
	for i, r := range d.Rules {
		list[i] = finding(r.ID, where, why)
	}
	return list
}

// A Rule is one statement about a site that is true, false or not known.
type Rule struct {
	ID       string // permanent, control.word: "transport.hsts.max-age"
	Title    string // what holds when it passes
	Severity Severity
	// CVSS is the base vector, version 3.1, of what can be done where it fails. The
	// severity agrees with its score. "" is a second line of defence, whose want opens
	// nothing by itself: Low, or Info.
	CVSS string
	// Automatic says why a PCI scan fails whatever the score (ASV Program Guide 4.0);
	// "" is that the score decides.
	Automatic string
	// Declare is what the owner must declare to the scan vendor where it fails (a
	// special note); "" is nothing.
	Declare    string
	References []string // "PCI DSS 4.0.1 4.2.1", "CWE-319", "RFC 6797 6.1"
	Owner      bool     // no edge can mend it: it is left to the owner of the app
	Fix        Fix
}

// Score is the base score of the vector; 0 where there is none.
func (r Rule) Score() float64 {
	c, _ := ParseCVSS(r.CVSS) // the catalogue's vectors are all read in a test
	return c.Score()
}

// A Fix is the lines that mend a rule, by the tool one has.
type Fix struct {
	Pavise  string `json:"pavise,omitempty"` // a command, or a line of pavise.yaml
	Nginx   string `json:"nginx,omitempty"`
	Apache  string `json:"apache,omitempty"`
	Express string `json:"express,omitempty"`
	// Other is what mends it where no web server can: a line of a DNS zone, of a mail
	// server or of a firewall.
	Other string `json:"other,omitempty"`
}

// OnByDefault is the Pavise line of what holds behind it without any setting.
const OnByDefault = "pavise serve --to 127.0.0.1:3000  # on by default"

// Severity orders rules by the harm done when they fail.
type Severity int

// The severities. PCI DSS 11.3.2 fails a scan from CVSS 4.0, which is Medium. What
// is only for information changes no verdict and no grade.
const (
	Info Severity = iota + 1
	Low
	Medium
	High
	Critical
)

var severityNames = []string{"", "info", "low", "medium", "high", "critical"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText writes the severity as its lower-case name.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Severity) UnmarshalText(b []byte) error { return unmarshalName(b, severityNames, s) }

// An Enforcer acts on every exchange. Enforce is called once per policy and
// site; the hooks run concurrently.
type Enforcer interface {
	Enforce(Env) (Hooks, error)
}

// Hooks are where a control acts on an exchange. Nil hooks are not called.
type Hooks struct {
	// Admit refuses the request by returning a *Refusal.
	Admit func(*Exchange) error
	// Rewrite changes what the app is allowed to see.
	Rewrite func(*Exchange)
	// Replace may give another page for a response with status 400 and above, or
	// one that [Exchange.Hold] was called for. It sees at most the first [MaxHeld]
	// bytes of the body. Where the control is only observed its page is dropped.
	Replace func(*Exchange, []byte) *Page
	// Amend runs just before the response headers leave, in reverse order.
	Amend func(*Exchange)
	// Settle runs exactly once for a request that Admit has seen, also after
	// a panic or a lost client.
	Settle func(*Exchange)
	// Heed hears the rule of every refusal, whichever control refused, also of what was
	// no request: then the client is the peer, whoever that asks for.
	Heed func(x *Exchange, rule string)
}

// Env is what only the running program knows.
type Env struct {
	Site Site
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Store is what must be remembered from one request to another; nil is a
	// [Memory] of this chain alone.
	Store Store
	// Shared says that other nodes use the Store as well.
	Shared bool
	// Secret is the key to what is signed, hashed or sealed, at least 32 bytes; nil is
	// one made for the occasion, and what it has signed is void after a restart.
	Secret []byte
	// Former are the secrets of before, from the newest to the oldest: what they have
	// signed or sealed still counts, and nothing new is. The oldest may be the Secret
	// itself: see [Env.Secrets].
	Former [][]byte
	// Keep returns what the control of the id has in memory for this site since before a
	// reload, else what fresh makes; nil always makes it. It is for Enforce alone, by
	// [Kept]. Requests of before may still use it: so no settings are in it.
	Keep func(id string, fresh func() any) any
	// Watch knows whom the owner keeps away and lets be; nil is nobody, and what one
	// chain keeps away by itself.
	Watch Watch
	// Proxies hand on the requests of many clients, as the policy says: they are none
	// themselves. [Policy.Wrap] fills them in.
	Proxies []netip.Prefix
	// Locate says where an address is; nil where nobody knows.
	Locate func(netip.Addr) Location
	// Decide hears of every refusal, replacement and conflict; nil drops them.
	Decide func(Decision)
	// Over hears of every exchange once nothing more becomes of it, also where a handler
	// has panicked; nil is nobody. The exchange is lent for the call.
	Over func(*Exchange)
	// Decoders read the content codings that the standard library does not know,
	// by name, such as br. What nobody can read is not asked for.
	Decoders map[string]Decoder
}

// A Decoder returns what reads a coded stream in the clear.
type Decoder = func(io.Reader) (io.Reader, error)

// A Tuner sets what a listener does before there is an exchange.
type Tuner interface {
	Tune(*Listener) error
}

// A Listener is the part of a TLS listener that controls may tune. It is data:
// the proxy translates it, at start, at every reload and when an exception ends.
type Listener struct {
	Site         Site
	MinVersion   uint16
	CipherSuites []uint16
	Groups       []tls.CurveID
	// Strict refuses what RFC 9112 and RFC 9113 do not allow before there is a
	// request, rather than mend it.
	Strict bool
	// MaxHeaderBytes and MaxFields bound the head of a request: its line and its
	// fields, and how many of them. 0 is the listener's own bound.
	MaxHeaderBytes, MaxFields int
	// HeaderTime is how long the head of a request may take, Idle how long a
	// connection may wait for the next, Stall how long a client may neither send
	// nor take a byte within one. 0 is the listener's own.
	HeaderTime, Idle, Stall time.Duration
	// MinRate is how many bytes a second a client must send or take while it is
	// waited for; 0 is any. Grace is how long it may be waited for in all before it
	// has earned more, up to Stall, by bytes. 0 is the listener's own.
	MinRate int
	Grace   time.Duration
	// ClientConns bounds the connections of one client address; 0 is any.
	ClientConns int
	// Proxies hand on the requests of many clients: ClientConns does not bound them.
	Proxies []netip.Prefix
	// CheckCertificate refuses a certificate that no client should be shown.
	CheckCertificate func(leaf *x509.Certificate, now time.Time) error
}

// Accepts reports whether the certificate may be shown, as far as a control has
// said so.
func (l *Listener) Accepts(leaf *x509.Certificate, now time.Time) error {
	if l.CheckCertificate == nil {
		return nil
	}
	return l.CheckCertificate(leaf, now)
}

// A Prober says what to ask next, knowing what is known. It is called again
// until nothing new is wanted, for a few rounds.
type Prober interface {
	Probes(*Evidence) []Probe
}

// A Checker judges evidence. Check is pure: no network, no files, and no clock
// but Evidence.Taken.
type Checker interface {
	Check(*Evidence) []Finding
}
