package pavise

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Evidence is everything that was learnt about a site, a project or a host. It can be
// saved, and judged again later with the same result.
type Evidence struct {
	Schema  string    `json:"schema"` // EvidenceSchema
	Taken   time.Time `json:"taken"`
	Target  Target    `json:"target"`
	Answers []Answer  `json:"answers"`
	// Accounts are those that the asker has at the site, without what is secret.
	Accounts []Account `json:"accounts,omitempty"`
	// Connections is how many were opened, and Requests how many were sent.
	Connections int `json:"connections"`
	Requests    int `json:"requests"`
	// Limits say what was left out on purpose, a sentence each.
	Limits []string `json:"limits,omitempty"`
	// Project and Machine are what was read on disk; nil was not looked at.
	Project *Project `json:"project,omitempty"`
	Machine *Machine `json:"machine,omitempty"`

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
	// Agreed is who says that the site may be tried with what acts: logins that fail,
	// accounts of one's own, canaries. "" is nobody, and then nothing acts.
	Agreed string `json:"agreed,omitempty"`
	// Session is set where every request bore a session cookie of the asker's,
	// unless the probe had one of its own. The cookie is not kept.
	Session bool `json:"session,omitempty"`
	// Patient is set where the asker has time for what only waiting shows.
	Patient bool `json:"patient,omitempty"`
	// Login is the page of the login form that is meant, absolute; "" is the first that
	// is found.
	Login string `json:"login,omitempty"`
	// Idle is how long a session may be left alone to see whether it ends; 0 is not.
	Idle time.Duration `json:"idle,omitempty"`
	// Ports are those to try beside the site's own: "all", "none", "top" or a list as
	// [ParsePorts] reads it. "" is top, unless the site is on the asker's machine.
	Ports string `json:"ports,omitempty"`
	// Resolver is who is asked for names: an address, or SystemResolver; "" is nobody.
	Resolver string `json:"resolver,omitempty"`
	// Mail are the mail servers to speak with beside those that are found: host:port,
	// with commas between.
	Mail string `json:"mail,omitempty"`
}

// SystemResolver stands for the resolver that the asker's machine is set up with. It
// is not asked for names that are nobody's in public.
const SystemResolver = "system"

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

// NoPage is an address that no site has: how it is answered shows how errors look.
func (t Target) NoPage() string { return t.URL + "/pavise-no-such-page" }

// Validate reports why saved evidence cannot be judged.
func (e *Evidence) Validate() error {
	switch {
	case e.Schema != EvidenceSchema:
		return fmt.Errorf("it is %q, and this version judges %q", e.Schema, EvidenceSchema)
	case e.Target.Host() == "" && !e.onDisk():
		return fmt.Errorf("its target %q is no site", e.Target.URL)
	case len(e.Answers) == 0 && !e.onDisk():
		return errors.New("there is no answer in it")
	}
	for i, a := range e.Answers {
		if a.Probe.kinds() != 1 {
			return fmt.Errorf("answer %d is to no probe", i+1)
		}
	}
	return nil
}

// onDisk reports whether something was read on disk.
func (e *Evidence) onDisk() bool { return e.Project != nil || e.Machine != nil }

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
	case !a.tells():
		return nil, cmp.Or(a.Error, "told nothing")
	default:
		return a, ""
	}
}

// Site returns the answers in which the site spoke for itself to a stranger:
// responses from its own origin to requests that bore its own Host.
func (e *Evidence) Site() []Answer {
	var list []Answer
	for _, a := range e.Answers {
		if r := a.Probe.Request; r != nil && r.Host == "" && r.As == "" && a.Response != nil &&
			a.Response.Status >= http.StatusOK && strings.HasPrefix(r.URL, e.Target.URL+"/") {
			list = append(list, a)
		}
	}
	return list
}

var joints = strings.NewReplacer("-", "", "_", "", "+", "", " ", "")

// acting are words of addresses that do something when they are asked for.
var acting = []string{"logout", "signout", "logoff", "delete", "remove", "unsubscribe", "destroy", "close", "reset",
	"cancel", "revoke", "purge", "erase", "trash", "disable", "deactivate", "uninstall", "shutdown", "addtocart", "cart/add"}

// Acts reports whether merely asking for an address may do something, by the
// words in it, however they are escaped. An app that changes state on GET is wrong,
// but a look must not show it by deed.
func Acts(address string) bool {
	address = unescaped(unescaped(address)) // some apps decode twice
	address = joints.Replace(strings.ToLower(address))
	return slices.ContainsFunc(acting, func(word string) bool { return strings.Contains(address, word) })
}

// unescaped takes the escapes out of an address, whatever else is wrong with it.
func unescaped(address string) string {
	var b strings.Builder
	for i := 0; i < len(address); i++ {
		if address[i] == '%' && i+2 < len(address) {
			if raw, err := hex.DecodeString(address[i+1 : i+3]); err == nil {
				b.WriteByte(raw[0])
				i += 2
				continue
			}
		}
		b.WriteByte(address[i])
	}
	return b.String()
}
