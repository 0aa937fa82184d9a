// Package scan looks at a live site and brings evidence home. It is the only
// code that probes; it judges nothing.
package scan

import (
	"context"
	"crypto/x509"
	"net/http"
	"slices"
	"sync"
	"time"

	"pavise"
)

// Bounds of one scan, whatever the controls want.
const (
	maxRounds   = 6 // and as many as it takes to go as deep as is wanted
	atATime     = 10
	maxSlow     = 2 // connections that are left hanging: more would be an attack
	maxWait     = 15 * time.Second
	maxIdle     = time.Hour
	journeyTime = 30 * time.Second
	maxAsked    = 30 // as one account in one round, one after the other
	maxTimes    = 12 // that one request is repeated
	probeTime   = 10 * time.Second
	maxSilence  = 2 * time.Second // of UDP: nobody says that nobody is there
	maxBody     = 256 << 10
	maxHeader   = 64 << 10
	maxNames    = 500             // of different fields in a header
	DefaultTime = 2 * time.Minute // of the whole
)

// Options say how to look.
type Options struct {
	Target    pavise.Target
	Roots     *x509.CertPool    // nil is the system's
	Header    http.Header       // sent with every request to the site's own origin; not kept as evidence
	Cookie    string            // likewise
	Resolve   map[string]string // host:port to dial → address or address:port
	Resolver  string            // who is asked for names, addr:port or NoResolver; "" is the system's
	Timeout   time.Duration     // of the whole; 0 is DefaultTime
	Protocols *http.Protocols   // nil is HTTP/1.1 and HTTP/2
	HTTP3     bool              // ask over HTTP/3 alone, as far as it is https
	Agent     string            // User-Agent
	// MaxRequests, MaxConnections and Rate, a second to one host beyond loopback, are
	// what the scan may spend; 0 is the default of each.
	MaxRequests, MaxConnections, Rate int
	Depth                             int  // of links that are followed; 0 is DefaultDepth
	IgnoreRobots                      bool // follow links that robots.txt asks robots not to
	// NoSurvey asks what the controls ask and the home page, and looks for no others.
	NoSurvey bool
	// Accounts are the asker's at the site; used only where Target.Agreed.
	Accounts []Account
	// Progress hears of every probe when it is put: how many are answered, and of how
	// many that are wanted so far. Calls do not overlap.
	Progress func(done, wanted int, now pavise.Probe)
	// Recognise names the libraries that the address of a script shows, or its text;
	// nil knows none.
	Recognise func(address string, text []byte) []pavise.Library
	// Known tells what is known of a version; nil knows nothing.
	Known func(pavise.Known) (*pavise.Notices, error)
	// Project and Machine are what was read on disk before: controls may ask by them, and
	// the evidence has them, too.
	Project *pavise.Project
	Machine *pavise.Machine
}

// Collect asks what the probers want to know, in a few bounded rounds, each
// knowing the answers of those before. When the time is up it returns what
// there is: what was not answered says so.
func Collect(ctx context.Context, opt Options, controls []pavise.Control) *pavise.Evidence {
	if opt.Timeout == 0 {
		opt.Timeout = DefaultTime
	}
	ctx, cancel := within(ctx, opt.Timeout)
	defer cancel()
	c := newCollector(opt)
	defer c.close()
	probers := c.probers(controls)
	rounds := max(maxRounds, c.crawl.depth+2)
	for round := range rounds {
		wanted := c.wanted(probers, round == rounds-1)
		if len(wanted) == 0 {
			break
		}
		if round == 0 { // the first alone: over HTTP/2 its connection then serves all others
			c.ask(ctx, wanted[:1])
			wanted = wanted[1:]
		}
		c.ask(ctx, wanted)
	}
	c.lookUp(probers)
	c.hear()
	c.evidence.Connections, c.evidence.Requests = c.client.budget.connections.spent, c.client.budget.requests.spent
	c.evidence.Limits = c.client.budget.limits()
	if !opt.NoSurvey {
		c.evidence.Limits = append(c.evidence.Limits, c.crawl.limits(c.evidence)...)
	}
	return c.evidence
}

// probers are whoever asks: the controls, and what looks for the site's responses.
func (c *collector) probers(controls []pavise.Control) []pavise.Prober {
	list := []pavise.Prober{survey{}}
	if c.opt.NoSurvey {
		list[0] = home{}
	}
	for _, control := range controls {
		if p, ok := control.(pavise.Prober); ok {
			list = append(list, p)
		}
	}
	if c.opt.NoSurvey {
		return list
	}
	return append(list, c.crawl) // last: what it leaves undone is said, and no rule's question
}

type collector struct {
	opt      Options
	client   client
	crawl    crawl
	shelf    shelf
	evidence *pavise.Evidence
	asked    map[string]bool
	held     []pavise.Probe       // for the end
	slow     []chan pavise.Answer // to probes that go on beside the rounds
	mu       sync.Mutex
	done     int
}

func newCollector(opt Options) *collector {
	opt.Target.Session = bearsSession(opt)
	opt.settle()
	opt.Target.Resolver = resolverOf(opt)
	return &collector{
		opt:    opt,
		client: newClient(opt),
		crawl:  newCrawl(opt),
		evidence: &pavise.Evidence{
			Schema: pavise.EvidenceSchema, Taken: time.Now().UTC().Truncate(time.Second), Target: opt.Target,
			Accounts: public(opt), Project: opt.Project, Machine: opt.Machine,
		},
		asked: map[string]bool{},
	}
}

// bearsSession reports whether a session cookie goes along with every request.
func bearsSession(opt Options) bool {
	r := http.Request{Header: http.Header{"Cookie": append(opt.Header["Cookie"], opt.Cookie)}}
	return slices.ContainsFunc(r.Cookies(), func(c *http.Cookie) bool { return pavise.SessionCookie(c.Name) })
}

func (c *collector) close() { c.client.close() }

// wanted returns what nobody has asked yet, as far as the bounds allow. What is asked
// several times is held back until there is nothing else: behind it the site may
// refuse everything that the asker wants.
func (c *collector) wanted(probers []pavise.Prober, last bool) []pavise.Probe {
	var list []pavise.Probe
	for _, prober := range probers {
		for _, p := range prober.Probes(c.evidence) {
			key := p.Key()
			if c.asked[key] || len(c.asked) >= c.client.budget.most() {
				continue
			}
			if c.asked[key] = true; p.Request != nil && p.Request.Times > 1 {
				c.held = append(c.held, p)
			} else {
				list = append(list, p)
			}
		}
	}
	if len(list) == 0 || last {
		list, c.held = append(list, c.held...), nil
	}
	return list
}

// ask puts the probes of a round. Those that wait long are begun alone: hear adds their
// answers.
func (c *collector) ask(ctx context.Context, probes []pavise.Probe) {
	probes = slices.DeleteFunc(probes, func(p pavise.Probe) bool {
		long := p.Slow != nil || p.Journey != nil && waits(*p.Journey) > 0
		if long && len(c.slow) < maxSlow {
			answer := make(chan pavise.Answer, 1)
			c.slow = append(c.slow, answer)
			go func() { answer <- c.one(ctx, p) }()
		}
		return long
	})
	alone := func(p pavise.Probe) bool { return p.Offer != nil || p.Flaw != nil }
	if slices.ContainsFunc(probes, alone) {
		// Of TLS first, with no other connection left open: some servers speak with
		// one client at a time.
		c.client.hangUp()
		c.together(ctx, slices.DeleteFunc(slices.Clone(probes), func(p pavise.Probe) bool { return !alone(p) }))
	}
	c.together(ctx, slices.DeleteFunc(probes, alone))
}

// together puts probes, some at a time, and adds the answers in their order.
func (c *collector) together(ctx context.Context, probes []pavise.Probe) {
	answers := make([]pavise.Answer, len(probes))
	places := make(chan struct{}, atATime)
	var wait sync.WaitGroup
	for i, p := range probes {
		places <- struct{}{}
		wait.Go(func() {
			defer func() { <-places }()
			answers[i] = c.one(ctx, p)
		})
	}
	wait.Wait()
	for _, a := range answers {
		c.evidence.Add(a)
	}
}

// one puts one probe, and keeps of the answer what there is room for.
func (c *collector) one(ctx context.Context, p pavise.Probe) pavise.Answer {
	c.tell(p)
	a := c.client.answer(ctx, p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shelf.keep(a)
	c.done++
	return a
}

// tell says what is asked now.
func (c *collector) tell(p pavise.Probe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opt.Progress != nil {
		c.opt.Progress(c.done, len(c.asked), p)
	}
}

// hear waits for the slow probes.
func (c *collector) hear() {
	for _, answer := range c.slow {
		c.evidence.Add(<-answer)
	}
}
