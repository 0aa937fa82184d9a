package pavise

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Evidence is everything that was learnt about a site. It can be saved, and
// judged again later with the same result.
type Evidence struct {
	Schema  string    `json:"schema"` // EvidenceSchema
	Taken   time.Time `json:"taken"`
	Target  Target    `json:"target"`
	Answers []Answer  `json:"answers"`
	// Connections is how many were opened.
	Connections int `json:"connections"`

	index map[string]int // of Answers, by the key of the probe
}

// EvidenceSchema names the form in which evidence is saved.
const EvidenceSchema = "pavise.evidence/1"

// A Target is where the site is.
type Target struct {
	URL   string `json:"url"`             // origin looked at: "https://shop.example.com"
	Start string `json:"start"`           // path to begin at
	Clear string `json:"clear,omitempty"` // its plain http origin, "" if none is known
	TLS   string `json:"tls"`             // host:port on which TLS is expected
	// Untrusted is set where the asker does not want trust to be judged.
	Untrusted bool `json:"untrusted,omitempty"`
	// Intrusive is set where the asker says that the site is his own, and that
	// logins that fail may be tried.
	Intrusive bool `json:"intrusive,omitempty"`
	// Session is set where every request bore a session cookie of the asker's,
	// unless the probe had one of its own. The cookie is not kept.
	Session bool `json:"session,omitempty"`
	// Patient is set where the asker has time for what only waiting shows.
	Patient bool `json:"patient,omitempty"`
}

// Host returns the name of the site, without port.
func (t Target) Host() string {
	if u, err := url.Parse(t.URL); err == nil {
		return strings.ToLower(u.Hostname())
	}
	return ""
}

// Secure reports whether the site was looked at over https.
func (t Target) Secure() bool { return strings.HasPrefix(t.URL, "https://") }

// Home is the probe for the home page: every look asks for it.
func (t Target) Home() Probe { return Ask(Request{URL: t.URL + "/"}) }

// A Probe is one thing to ask: exactly one of its fields is set.
type Probe struct {
	Request   *Request   `json:"request,omitempty"`
	Handshake *Handshake `json:"handshake,omitempty"`
	Slow      *Slow      `json:"slow,omitempty"`
	Raw       *Raw       `json:"raw,omitempty"`
}

// kinds is how many fields of the probe are set.
func (p Probe) kinds() (n int) {
	for _, set := range []bool{p.Request != nil, p.Handshake != nil, p.Slow != nil, p.Raw != nil} {
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
	// Times asks so often, one after the other; 0 is once. In header values {n}
	// then stands for the number of the time.
	Times int `json:"times,omitempty"`
}

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

// A Raw sends bytes as they are, on a connection of their own. They are one message
// however they are read, and ask for the connection to be closed: nothing is left
// over that could become part of another's request.
type Raw struct {
	Address string `json:"address"`        // host:port
	Name    string `json:"name,omitempty"` // server name; "" speaks in the clear
	Sent    string `json:"sent"`           // at most [MaxRaw] bytes
}

// MaxRaw bounds what a Raw sends.
const MaxRaw = 4 << 10

// An Answer is what came of a probe.
type Answer struct {
	Probe    Probe     `json:"probe"`
	Error    string    `json:"error,omitempty"`  // why nothing was learnt
	Closed   bool      `json:"closed,omitempty"` // the error is that nobody listens there
	Response *Response `json:"response,omitempty"`
	Session  *Session  `json:"session,omitempty"`
	Held     *Held     `json:"held,omitempty"`
	// Ended is how the connection of a Raw ended behind the response, or without
	// one: closed, reset, or open if it did not.
	Ended string `json:"ended,omitempty"`
}

// A Response is one HTTP response, as far as it was read.
type Response struct {
	Proto   string      `json:"proto"`
	Status  int         `json:"status"`           // the last, where it was asked several times
	Before  []int       `json:"before,omitempty"` // the statuses before that one
	Header  http.Header `json:"header"`
	Body    []byte      `json:"body,omitempty"` // decoded; at most the first 256 KiB
	Forms   []Form      `json:"forms,omitempty"`
	Links   []string    `json:"links,omitempty"`   // same origin, absolute
	Sockets []string    `json:"sockets,omitempty"` // WebSocket addresses named in page or script, as http URLs
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
}

// Held is how long a server waited for more.
type Held struct {
	For  time.Duration `json:"for"`
	Open bool          `json:"open,omitempty"` // it still waited when we had seen enough
}

// Validate reports why saved evidence cannot be judged.
func (e *Evidence) Validate() error {
	switch {
	case e.Schema != EvidenceSchema:
		return fmt.Errorf("it is %q, and this version judges %q", e.Schema, EvidenceSchema)
	case e.Target.Host() == "":
		return fmt.Errorf("its target %q is no site", e.Target.URL)
	case len(e.Answers) == 0:
		return errors.New("there is no answer in it")
	}
	for i, a := range e.Answers {
		if a.Probe.kinds() != 1 {
			return fmt.Errorf("answer %d is to no probe", i+1)
		}
	}
	return nil
}

// Add appends an answer.
func (e *Evidence) Add(a Answer) {
	e.Answers = append(e.Answers, a)
	e.index = nil
}

// Answer returns what came of a probe: nil if it was never asked.
func (e *Evidence) Answer(p Probe) *Answer {
	if e.index == nil {
		e.index = make(map[string]int, len(e.Answers))
		for i, a := range e.Answers {
			e.index[a.Probe.Key()] = i
		}
	}
	if i, ok := e.index[p.Key()]; ok {
		return &e.Answers[i]
	}
	return nil
}

// Heard returns what came of a probe, or why it tells nothing: it was not asked,
// or it failed.
func (e *Evidence) Heard(p Probe) (a *Answer, why string) {
	switch a := e.Answer(p); {
	case a == nil:
		return nil, "was not asked"
	case p.Request != nil && a.Response == nil, p.Handshake != nil && a.Session == nil, p.Slow != nil && a.Held == nil,
		p.Raw != nil && a.Ended == "":
		return nil, cmp.Or(a.Error, "told nothing")
	default:
		return a, ""
	}
}

// Site returns the answers in which the site spoke for itself: responses from
// its own origin to requests that bore its own Host.
func (e *Evidence) Site() []Answer {
	var list []Answer
	for _, a := range e.Answers {
		if r := a.Probe.Request; r != nil && r.Host == "" && a.Response != nil &&
			a.Response.Status >= http.StatusOK && strings.HasPrefix(r.URL, e.Target.URL+"/") {
			list = append(list, a)
		}
	}
	return list
}

var dashes = strings.NewReplacer("-", "", "_", "")

// Acts reports whether merely asking for an address may do something, by the
// words in it. An app that changes state on GET is wrong, but a look must not
// show it by deed.
func Acts(address string) bool {
	address = dashes.Replace(strings.ToLower(address))
	for _, word := range []string{"logout", "signout", "logoff", "delete", "remove", "unsubscribe", "destroy", "close", "reset"} {
		if strings.Contains(address, word) {
			return true
		}
	}
	return false
}
