package pavise

import (
	"encoding/json"
	"net/http"
	"time"
)

// A Probe is one thing to ask: exactly one of its fields is set.
type Probe struct {
	Request   *Request   `json:"request,omitempty"`
	Handshake *Handshake `json:"handshake,omitempty"`
	Slow      *Slow      `json:"slow,omitempty"`
	Raw       *Raw       `json:"raw,omitempty"`
	Offer     *Offer     `json:"offer,omitempty"`
	Flaw      *Flaw      `json:"flaw,omitempty"`
	Journey   *Journey   `json:"journey,omitempty"`
	Ports     *Ports     `json:"ports,omitempty"`
	Lookup    *Lookup    `json:"lookup,omitempty"`
	Mail      *Mail      `json:"mail,omitempty"`
	Known     *Known     `json:"known,omitempty"`
}

// kinds is how many fields of the probe are set.
func (p Probe) kinds() (n int) {
	for _, set := range []bool{p.Request != nil, p.Handshake != nil, p.Slow != nil, p.Raw != nil, p.Offer != nil,
		p.Flaw != nil, p.Journey != nil, p.Ports != nil, p.Lookup != nil, p.Mail != nil, p.Known != nil} {
		if set {
			n++
		}
	}
	return n
}

// Ask returns the probe for a request.
func Ask(r Request) Probe { return Probe{Request: &r} }

// Key tells whether two probes ask the same.
func (p Probe) Key() string {
	b, _ := json.Marshal(p) // plain data: cannot fail
	return string(b)
}

// A Request asks for one response; redirects are not followed.
type Request struct {
	Method string      `json:"method,omitempty"` // "" is GET
	URL    string      `json:"url"`              // absolute
	Host   string      `json:"host,omitempty"`   // Host header, where it is not the URL's
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Announce is the Content-Length of a body that is never sent: the answer is the
	// one that comes before it, 100 if the site asks for it (RFC 9110 10.1.1).
	Announce int64 `json:"announce,omitempty"`
	// Keep bounds how much of the response body is kept, in bytes; 0 is 256 KiB.
	// What may be a secret is asked for with little.
	Keep int `json:"keep,omitempty"`
	// Times asks so often, one after the other; 0 is once. In header values and the
	// body {n} then stands for the number of the time.
	Times int `json:"times,omitempty"`
	// As asks with the session of this account, which the scan logs in once; its
	// secrets are not kept.
	As string `json:"as,omitempty"`
	// Leaves is what each asking leaves at the site, in words: "failed login of ada".
	Leaves string `json:"leaves,omitempty"`
	// Proto is the only version of HTTP that is to be spoken; "" is what the scan
	// speaks otherwise.
	Proto string `json:"proto,omitempty"`
}

// The versions of HTTP, as a Request asks for them and a Response names them.
const (
	HTTP1 = "HTTP/1.1"
	HTTP2 = "HTTP/2.0"
	HTTP3 = "HTTP/3.0"
)

// A Handshake tries to agree on TLS with only what it names.
type Handshake struct {
	Address string   `json:"address"` // host:port
	Name    string   `json:"name"`    // server name
	Version uint16   `json:"version"` // the only one offered; 0 is the client's default range
	Suites  []uint16 `json:"suites,omitempty"`
}

// A Slow sends something that is not whole and then nothing, to see how long the
// server waits for the rest.
type Slow struct {
	Address string        `json:"address"`        // host:port
	Name    string        `json:"name,omitempty"` // server name; "" speaks in the clear
	Sent    string        `json:"sent"`
	Wait    time.Duration `json:"wait"` // until we have seen enough
}

// A Raw sends bytes as they are, on a connection of their own. However they are read
// they are one message, or half of one that is given up: nothing is left over that
// could become part of another's request.
type Raw struct {
	Address string `json:"address"`        // host:port
	Name    string `json:"name,omitempty"` // server name; "" speaks in the clear
	Sent    string `json:"sent"`           // at most [MaxRaw] bytes
	// Wait is how long an answer is waited for, until we have seen enough; 0 is as long
	// as for any.
	Wait time.Duration `json:"wait,omitempty"`
}

// MaxRaw bounds what a Raw sends.
const MaxRaw = 4 << 10

// An Offer finds out all that a server offers in TLS, from SSLv2 to TLS 1.3, by
// messages of our own, one connection each.
type Offer struct {
	Address string `json:"address"`       // host:port
	Name    string `json:"name"`          // server name
	Via     string `json:"via,omitempty"` // "smtp" asks for TLS by STARTTLS first
}

// A Flaw tries whether a server has one known fault of TLS.
type Flaw struct {
	Address string `json:"address"`       // host:port
	Name    string `json:"name"`          // server name
	Via     string `json:"via,omitempty"` // as in an Offer
	Which   string `json:"which"`         // one of those below
}

// The flaws that a Flaw may try. What follows from what is offered needs no try.
const (
	Heartbleed          = "heartbleed"           // CVE-2014-0160
	CCSInjection        = "ccs"                  // CVE-2014-0224
	ROBOT               = "robot"                // CVE-2017-13099 and kin
	Ticketbleed         = "ticketbleed"          // CVE-2016-9244
	ClientRenegotiation = "client-renegotiation" // a client may begin one
	PaddingOracle       = "padding-oracle"       // in CBC mode
)

// A Journey is requests one after the other with cookies of their own, as a browser
// keeps them, from the state in which nobody is logged in. In the texts of a step
// {account} and {password} stand for those of the account, and {NAME} for what an
// earlier step has taken under the name. A POST without a body sends the form that an
// earlier step has shown for its address, with what that has of itself. No secret is kept as evidence: in what came
// back each stands as a mark, the same for the same secret in one scan.
type Journey struct {
	Title   string `json:"title"`             // what it is for: two journeys of the same steps differ by it
	As      string `json:"as,omitempty"`      // the account that it is for; "" is none
	Cookies string `json:"cookies,omitempty"` // that it begins with, as "name=value; …"
	Steps   []Step `json:"steps"`             // at most [MaxSteps]
}

// MaxSteps bounds the steps of a journey.
const MaxSteps = 24

// A Step is one request of a journey.
type Step struct {
	Request
	Wait time.Duration `json:"wait,omitempty"` // before it
	// Login has the page at the URL asked for, and sends the login form that it bears.
	Login *Login `json:"login,omitempty"`
	// Take keeps a value of the form or the cookies that came back: name → field, or
	// "cookie:name".
	Take map[string]string `json:"take,omitempty"`
	// Save keeps the cookies and credentials of the client, as they are behind the
	// step, under this name.
	Save string `json:"save,omitempty"`
	// With bears what was saved under the name in place of the client's own, and drops
	// the cookies that come back. [Nobody] bears none.
	With string `json:"with,omitempty"`
}

// Nobody is who bears no cookie and no credentials.
const Nobody = "nobody"

// A Login is what is filled into a login form: "" is what the account has.
type Login struct {
	Account  string `json:"account,omitempty"`
	Password string `json:"password,omitempty"`
}

// Ports tries to connect to ports of a host, and hears what services are there.
type Ports struct {
	Host string `json:"host"`
	List string `json:"list"` // as [ParsePorts] reads it
}

// A Lookup asks the domain name system.
type Lookup struct {
	Name   string `json:"name"`             // without the last dot
	Type   string `json:"type"`             // "A", "CAA", "TLSA", "AXFR", …
	Server string `json:"server,omitempty"` // host of the name server to ask; "" is the resolver
}

// Mail speaks with a mail server, and never sends a message.
type Mail struct {
	Address string `json:"address"`          // host:port
	Name    string `json:"name"`             // server name
	Secure  bool   `json:"secure,omitempty"` // TLS from the first byte, as at port 465
	// Relay asks whether it would take a message from a stranger to a stranger; the
	// dialogue ends before there is one.
	Relay bool `json:"relay,omitempty"`
}

// Known asks the database of advisories and ends of life.
type Known struct {
	Ecosystem string `json:"ecosystem"` // "javascript", "product", [NPM], …
	Name      string `json:"name"`
	Version   string `json:"version,omitempty"`
	// Range is what may be installed, as the ecosystem writes it, where no version is known.
	Range string `json:"range,omitempty"`
}
