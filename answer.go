package pavise

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// An Answer is what came of a probe.
type Answer struct {
	Probe  Probe  `json:"probe"`
	Error  string `json:"error,omitempty"`  // why nothing was learnt
	Closed bool   `json:"closed,omitempty"` // the error is that nobody listens there, or that the host has no address
	// Unasked is set where a bound of the scan's own was reached before: nothing
	// follows from it.
	Unasked  bool      `json:"unasked,omitempty"`
	Response *Response `json:"response,omitempty"`
	Session  *Session  `json:"session,omitempty"`
	Held     *Held     `json:"held,omitempty"`
	// Ended is how the connection of a Raw ended behind the response, or without
	// one: closed, reset, open if it did not, or silent where nothing came in its time.
	Ended string `json:"ended,omitempty"`

	Offered *Offered   `json:"offered,omitempty"`
	Trait   *Trait     `json:"trait,omitempty"` // of a Flaw
	Steps   []Response `json:"steps,omitempty"` // of a Journey, one for each step that was answered
	Sweep   *Sweep     `json:"sweep,omitempty"` // of Ports
	Records *Records   `json:"records,omitempty"`
	Mailer  *Mailer    `json:"mailer,omitempty"`
	Notices *Notices   `json:"notices,omitempty"`
}

// tells reports whether the answer has what its probe asked for.
func (a *Answer) tells() bool {
	switch p := a.Probe; {
	case p.Request != nil:
		return a.Response != nil
	case p.Handshake != nil:
		return a.Session != nil
	case p.Slow != nil:
		return a.Held != nil
	case p.Raw != nil:
		return a.Ended != ""
	case p.Offer != nil:
		return a.Offered != nil
	case p.Flaw != nil:
		return a.Trait != nil && a.Trait.Unknown == ""
	case p.Journey != nil:
		return len(a.Steps) == len(p.Journey.Steps)
	case p.Ports != nil:
		return a.Sweep != nil
	case p.Lookup != nil:
		return a.Records != nil
	case p.Mail != nil:
		return a.Mailer != nil
	case p.Known != nil:
		return a.Notices != nil
	}
	return false
}

// A Response is one HTTP response, as far as it was read.
type Response struct {
	Proto  string      `json:"proto"`
	Status int         `json:"status"`           // the last, where it was asked several times
	Before []int       `json:"before,omitempty"` // the statuses before that one
	Header http.Header `json:"header"`
	Body   []byte      `json:"body,omitempty"` // decoded; at most the first 256 KiB
	Cut    bool        `json:"cut,omitempty"`  // there was more of the body than is kept
	Forms  []Form      `json:"forms,omitempty"`
	Links  []string    `json:"links,omitempty"` // same origin, absolute
	// Resources are what the page loads, from anywhere; at most [MaxResources].
	Resources []Resource `json:"resources,omitempty"`
	// Libraries are those that were recognised in the page or script.
	Libraries []Library `json:"libraries,omitempty"`
	Sockets   []string  `json:"sockets,omitempty"` // WebSocket addresses named in page or script, as http URLs
}

// A Form is an HTML form that was found.
type Form struct {
	Action   string `json:"action"` // absolute
	Method   string `json:"method"`
	Password bool   `json:"password,omitempty"` // it has a password field
	// Account and Secret are the names of the fields for the account and the
	// password, as far as they have one.
	Account string `json:"account,omitempty"`
	Secret  string `json:"secret,omitempty"`
	// Fields are those with a name, in order.
	Fields []Field `json:"fields,omitempty"`
}

// A Field is one field of a form.
type Field struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`            // "text", "hidden", "password", "select", …
	Value string `json:"value,omitempty"` // that it has of itself
}

// Token reports whether a field is named as the secrets are that keep others from
// forging requests.
func (f Field) Token() bool {
	name := strings.ToLower(f.Name)
	return slices.ContainsFunc([]string{"csrf", "xsrf", "token", "nonce", "authenticity"}, func(word string) bool { return strings.Contains(name, word) })
}

// A Resource is what a page has the browser load.
type Resource struct {
	Kind        string `json:"kind"` // "script", "style", "frame", "image", "media", "font", "object"
	URL         string `json:"url"`  // absolute
	Integrity   string `json:"integrity,omitempty"`
	CrossOrigin bool   `json:"crossorigin,omitempty"` // it has the attribute
}

// MaxResources bounds the resources of one page: who finds so many has not seen all.
const MaxResources = 500

// A Library is a JavaScript library that was recognised.
type Library struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	By      string `json:"by"` // "name", "content" or "hash"
	At      string `json:"at"` // its address
}

// A Session is the outcome of a handshake.
type Session struct {
	// Refused is the server's or the protocol's reason not to agree; the rest
	// is then empty.
	Refused string   `json:"refused,omitempty"`
	Version uint16   `json:"version,omitempty"`
	Suite   uint16   `json:"suite,omitempty"`
	Group   uint16   `json:"group,omitempty"`
	ALPN    string   `json:"alpn,omitempty"`
	Chain   [][]byte `json:"chain,omitempty"` // DER, leaf first
	// Distrust is why the chain leads to no trusted root; "" if it does.
	Distrust string `json:"distrust,omitempty"`
	// Staple is the OCSP response that came along (RFC 6066 8), and Logged how many
	// signed certificate timestamps did outside the certificate (RFC 6962 3.3).
	Staple []byte `json:"staple,omitempty"`
	Logged int    `json:"logged,omitempty"`
}

// Held is how long a server waited for more.
type Held struct {
	For  time.Duration `json:"for"`
	Open bool          `json:"open,omitempty"` // it still waited when we had seen enough
}

// A Trait is something that a server does, does not do, or of which nobody could tell.
type Trait struct {
	Has      bool   `json:"has"`
	Unknown  string `json:"unknown,omitempty"`  // why nobody could tell; Has is then false
	Saw      string `json:"saw,omitempty"`      // what showed it, in words
	Sent     []byte `json:"sent,omitempty"`     // what showed it, as far as it is short
	Received []byte `json:"received,omitempty"` // likewise
}

// Offered is what a server offers in TLS.
type Offered struct {
	Protocols []Protocol `json:"protocols"` // every version that was tried, oldest first
	// Groups are those it agrees to, each with its own key exchange, in the server's
	// order as far as it has one.
	Groups []uint16 `json:"groups,omitempty"`
	// DH are the primes it showed for ephemeral Diffie-Hellman.
	DH []DHPrime `json:"dh,omitempty"`
	// GroupsUnknown and DHUnknown are why nobody could tell all of them.
	GroupsUnknown string `json:"groups_unknown,omitempty"`
	DHUnknown     string `json:"dh_unknown,omitempty"`
	// ALPN are the application protocols it agrees to.
	ALPN []string `json:"alpn,omitempty"`
	// Traits are by name; see the names below.
	Traits map[string]Trait `json:"traits,omitempty"`
	// TicketLife is the longest life of a session ticket that it announced.
	TicketLife time.Duration `json:"ticket_life,omitempty"`
}

// The names of the traits of an Offered.
const (
	SecureRenegotiation  = "secure-renegotiation"   // RFC 5746 is spoken
	ExtendedMasterSecret = "extended-master-secret" // RFC 7627
	Compression          = "compression"            // TLS compression is agreed to
	FallbackSCSV         = "fallback-scsv"          // RFC 7507: a needless fallback is refused
	EarlyData            = "early-data"             // RFC 8446 2.3 is agreed to
	Tickets              = "tickets"                // sessions resume by ticket
	EncryptThenMAC       = "encrypt-then-mac"       // RFC 7366
	OCSPStapling         = "ocsp-stapling"          // RFC 6066 8
	EncryptedClientHello = "encrypted-client-hello" // RFC 9849
	HeartbeatOffered     = "heartbeat"              // RFC 6520
)

// A Protocol is one version of SSL or TLS at a server.
type Protocol struct {
	Version uint16   `json:"version"`           // on the wire; 2 is SSLv2
	Suites  []uint32 `json:"suites,omitempty"`  // agreed to, in the order in which it picked them; none: it refuses the version
	Ordered bool     `json:"ordered,omitempty"` // the order is the server's own, whatever the client's
	Unknown string   `json:"unknown,omitempty"` // why nobody could tell, or could not tell all
}

// A DHPrime is a prime for Diffie-Hellman that a server uses.
type DHPrime struct {
	Bits  int    `json:"bits"`
	Name  string `json:"name,omitempty"` // where many use the same: "RFC 3526 group 14", "Apache 2.2"
	Suite uint32 `json:"suite"`          // with which it was shown
}

// A Sweep is what came of ports that were tried.
type Sweep struct {
	Address string    `json:"address"`           // where the host was found
	Open    []Service `json:"open,omitempty"`    // by port
	Closed  int       `json:"closed,omitempty"`  // ports that refuse
	Silent  int       `json:"silent,omitempty"`  // ports from which nothing comes back: a filter drops it
	Untried int       `json:"untried,omitempty"` // ports that nobody could look at
	Why     string    `json:"why,omitempty"`     // the reason for that
	// Own is set where the asker sits on that very machine: no firewall stands between.
	Own bool `json:"own,omitempty"`
}

// A Service is what answers at an open port.
type Service struct {
	Port   int    `json:"port"`
	Name   string `json:"name,omitempty"`   // "ssh", "redis", "http"; "" is not known
	Secure bool   `json:"secure,omitempty"` // it speaks TLS
	Banner []byte `json:"banner,omitempty"` // at most 1 KiB of what it said
}

// Records are the answer of the domain name system.
type Records struct {
	Code   string `json:"code"`             // "NOERROR", "NXDOMAIN", …
	Secure bool   `json:"secure,omitempty"` // the resolver says that it is signed, and right
	// Data is that of each record of the type, as zone files write it, but that names
	// have no last dot and texts are bare and in one piece. Of an AXFR it is the first
	// names of the zone.
	Data []string `json:"data,omitempty"`
}

// A Mailer is what a mail server says.
type Mailer struct {
	Banner     string   `json:"banner"`               // its greeting, with the code
	Extensions []string `json:"extensions,omitempty"` // before TLS
	Within     []string `json:"within,omitempty"`     // within TLS
	StartTLS   bool     `json:"starttls,omitempty"`   // it is offered, and works
	Session    *Session `json:"session,omitempty"`    // of TLS, where it was begun
	Relays     *Trait   `json:"relays,omitempty"`     // asked for, and it would take a message of a stranger to a stranger
}

// Notices are what the database knows of a version of something.
type Notices struct {
	Dated time.Time `json:"dated"` // of the data; a judgement of old data says so
	From  string    `json:"from"`  // where the data is from
	// Covers is set where the data know this version: only then does an empty list say
	// that nothing is known against it.
	Covers bool     `json:"covers,omitempty"`
	List   []Notice `json:"list,omitempty"`
	// Same is the newest version that the data know of the same major without any flaw
	// that they know, and Safe that of any major; "" is none.
	Same string `json:"same_major,omitempty"`
	Safe string `json:"safe,omitempty"`
	// Shipped are the distributions that have this version as a package of their own:
	// from outside nobody sees what they have mended in it.
	Shipped []Shipment `json:"shipped,omitempty"`
}

// A Shipment is that a distribution ships a version and puts fixes into it, till its
// own end of life.
type Shipment struct {
	By      string    `json:"by"`      // "Debian 12"
	Version string    `json:"version"` // as far as it is fixed: "1.22.1", "8.2"
	Until   time.Time `json:"until"`
	Source  string    `json:"source"` // address
	Dated   time.Time `json:"dated"`  // when that was read
}

// A Notice is one advisory, or an end of life.
type Notice struct {
	ID    string `json:"id"` // CVE, GHSA, or [EndOfLife]
	Title string `json:"title"`
	CVSS  string `json:"cvss,omitempty"` // vector
	// Severity is as the source rates it, where it gives no vector.
	Severity Severity  `json:"severity,omitzero"`
	CWE      []string  `json:"cwe,omitempty"`   // "CWE-79", …
	Fixed    string    `json:"fixed,omitempty"` // the first version without it
	Ended    time.Time `json:"ended,omitzero"`  // of an end of life
	Source   string    `json:"source"`          // address
	// Aliases are its other names, Published when it was made known, and Released when
	// the first version without it came out; zero is not known.
	Aliases   []string  `json:"aliases,omitempty"`
	Published time.Time `json:"published,omitzero"`
	Released  time.Time `json:"released,omitzero"`
	// Symbols are the functions it is about, "html.Parse" by import path, where the source
	// names them.
	Symbols map[string][]string `json:"symbols,omitempty"`
	// Partly is set for a range of versions of which it is only about some.
	Partly bool `json:"partly,omitempty"`
}

// EndOfLife is the ID of the notice that something gets no more fixes.
const EndOfLife = "end-of-life"
