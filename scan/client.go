package scan

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"pavise"
)

// A client answers probes. It trusts no certificate and needs none: what the
// site shows is judged from the evidence, not by the connection.
type client struct {
	opt     Options
	dialer  *net.Dialer
	plain   *http.Transport // HTTP/1.1 and HTTP/2, as opt.Protocols says
	upgrade *http.Transport // HTTP/1.1 alone
	two     *http.Transport // HTTP/2 alone
	quic    *http3.Transport
	budget  *budget
	veil    veil
	own     borne
	clients map[string]*walker // of the accounts, by name
}

func newClient(opt Options) client {
	c := client{opt: opt, dialer: &net.Dialer{Timeout: probeTime}, budget: newBudget(opt), veil: newVeil()}
	both := opt.Protocols
	if both == nil {
		both = new(http.Protocols)
		both.SetHTTP1(true)
		both.SetHTTP2(true)
	}
	one, two := new(http.Protocols), new(http.Protocols)
	one.SetHTTP1(true)
	two.SetHTTP2(true)
	c.plain, c.upgrade, c.two, c.quic = c.transport(both), c.transport(one), c.transport(two), c.overQUIC()
	c.own = c.veil.borne(opt)
	c.clients = c.clientsOf(opt.Accounts)
	return c
}

func (c client) transport(protocols *http.Protocols) *http.Transport {
	anyTLS := config(pavise.Handshake{}) // old servers have pages, too
	anyTLS.NextProtos = nil              // as the protocols say
	return &http.Transport{
		DialContext:            c.dial,
		TLSClientConfig:        anyTLS,
		TLSHandshakeTimeout:    probeTime,
		ResponseHeaderTimeout:  probeTime,
		ExpectContinueTimeout:  probeTime,
		MaxResponseHeaderBytes: maxHeader,
		MaxConnsPerHost:        atATime,
		MaxIdleConnsPerHost:    atATime, // a connection is not opened anew for every request
		Protocols:              protocols,
	}
}

func (c client) overQUIC() *http3.Transport {
	return &http3.Transport{
		TLSClientConfig:        &tls.Config{InsecureSkipVerify: true},
		MaxResponseHeaderBytes: maxHeader,
		QUICConfig:             &quic.Config{HandshakeIdleTimeout: maxSilence},
		Dial: func(ctx context.Context, address string, t *tls.Config, q *quic.Config) (*quic.Conn, error) {
			return first(ctx, c, "udp", address, func(at string) (*quic.Conn, error) { return quic.DialAddr(ctx, at, t, q) })
		},
	}
}

func (c client) close() {
	c.hangUp()
	c.quic.Close()
}

// hangUp closes the connections on which nothing is asked.
func (c client) hangUp() {
	c.plain.CloseIdleConnections()
	c.upgrade.CloseIdleConnections()
	c.two.CloseIdleConnections()
}

// limit is how long a probe may take. The time in which others have their turn does
// not count against it.
func (c client) limit(p pavise.Probe) time.Duration {
	switch {
	case p.Slow != nil:
		return probeTime + maxWait + c.budget.delay(1, c.host(p.Slow.Address))
	case p.Journey != nil:
		return journeyTime + waits(*p.Journey) + c.budget.delay(2*len(p.Journey.Steps), c.host(addressOf(c.opt.Target.URL)))
	case p.Request != nil && p.Request.As != "": // it may begin with a login, and waits for others of the account
		return journeyTime + c.budget.delay(maxAsked, c.host(addressOf(p.Request.URL)))
	case p.Request != nil:
		return probeTime + c.budget.delay(max(1, min(p.Request.Times, maxTimes)), c.host(addressOf(p.Request.URL)))
	case p.Handshake != nil:
		return probeTime + c.budget.delay(1, c.host(p.Handshake.Address))
	case p.Raw != nil:
		return probeTime + c.budget.delay(1, c.host(p.Raw.Address))
	case p.Ports != nil:
		return c.sweepTime(*p.Ports)
	case p.Mail != nil:
		return mailTime + c.budget.delay(1, c.host(p.Mail.Address))
	case p.Lookup != nil:
		return probeTime + c.budget.delay(maxTries, hostOf(c.resolvers()[0]))
	case p.Offer != nil:
		limit := offerTime + c.budget.delay(offerTurns, c.host(p.Offer.Address))
		if p.Offer.Via != "" {
			limit += 2 * mailTime // some mail servers let each client wait
		}
		return limit
	case p.Flaw != nil:
		return flawTime + c.budget.delay(flawTurns, c.host(p.Flaw.Address))
	}
	return probeTime
}

func (c client) answer(ctx context.Context, p pavise.Probe) pavise.Answer {
	ctx, cancel := within(ctx, c.limit(p))
	defer cancel()
	a := pavise.Answer{Probe: p}
	var err error
	switch {
	case p.Request != nil:
		a.Response, err = c.repeat(ctx, *p.Request)
	case p.Handshake != nil:
		a.Session, err = c.handshake(ctx, *p.Handshake)
	case p.Raw != nil:
		a.Response, a.Ended, err = c.raw(ctx, *p.Raw)
	case p.Journey != nil:
		a.Steps, err = c.journey(ctx, *p.Journey)
	case p.Known != nil:
		a.Notices, err = c.known(*p.Known)
	case p.Ports != nil:
		a.Sweep, err = c.sweep(ctx, *p.Ports)
	case p.Lookup != nil:
		a.Records, err = c.lookup(ctx, *p.Lookup)
	case p.Mail != nil:
		a.Mailer, err = c.mail(ctx, *p.Mail)
	case p.Offer != nil:
		a.Offered, err = c.offer(ctx, *p.Offer)
	case p.Flaw != nil:
		a.Trait, err = c.flaw(ctx, *p.Flaw)
	case p.Slow == nil:
		err = errors.New("nothing here answers such a probe")
	default:
		a.Held, err = c.hold(ctx, *p.Slow)
	}
	if err != nil {
		a.Error = why(ctx, err).Error()
		a.Closed = errors.Is(err, syscall.ECONNREFUSED) || unnamed(err)
		a.Unasked = errors.As(err, new(overspent))
	}
	return a
}

// unnamed reports whether a host has no address at all.
func unnamed(err error) bool {
	var dns *net.DNSError
	return errors.As(err, &dns) && dns.IsNotFound
}

// within bounds the time, and says by the cause which bound it was.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, fmt.Errorf("no answer within %s", limit))
}

// why is the error, or why we did not wait for more.
func why(ctx context.Context, err error) error {
	if bound := new(overspent); errors.As(err, bound) {
		return *bound
	}
	switch ctx.Err() {
	case context.Canceled:
		return errors.New("interrupted")
	case context.DeadlineExceeded:
		return context.Cause(ctx)
	}
	return err
}

// repeat asks as often as is wanted, and stops where the site says that it was too
// often.
func (c client) repeat(ctx context.Context, r pavise.Request) (*pavise.Response, error) {
	var before []int
	for n := 1; ; n++ {
		res, err := c.request(ctx, numbered(r, n))
		if err != nil || n >= min(r.Times, maxTimes) || res.Status == http.StatusTooManyRequests {
			if res != nil {
				res.Before = before
			}
			return res, err
		}
		before = append(before, res.Status)
	}
}

// numbered is the n-th of a request's several times.
func numbered(r pavise.Request, n int) pavise.Request {
	if r.Times == 0 {
		return r
	}
	header := http.Header{}
	for name, values := range r.Header {
		for _, v := range values {
			header[name] = append(header[name], strings.ReplaceAll(v, "{n}", strconv.Itoa(n)))
		}
	}
	r.Header, r.Body = header, strings.ReplaceAll(r.Body, "{n}", strconv.Itoa(n))
	return r
}

func (c client) request(ctx context.Context, r pavise.Request) (*pavise.Response, error) {
	if r.As != "" {
		return c.requestAs(ctx, r)
	}
	ctx, err := c.budget.request(ctx, c.host(addressOf(r.URL)))
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, r.URL, strings.NewReader(r.Body))
	if err != nil {
		return nil, err
	}
	c.dress(req, r)
	announced := announce(req, r.Announce)
	by, err := c.by(req, r.Proto)
	if err != nil {
		return nil, err
	}
	sent, done := c.again(announced.Request)
	defer done()
	res, err := by.RoundTrip(sent)
	if bound := new(overspent); errors.As(context.Cause(sent.Context()), bound) {
		return nil, *bound
	}
	if announced.wanted.Load() {
		return &pavise.Response{Proto: announced.Proto, Status: http.StatusContinue}, nil
	}
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if major, _, _ := strings.Cut(r.Proto, "."); !strings.HasPrefix(res.Proto, major) {
		return nil, fmt.Errorf("%s was asked for, and %s is spoken", r.Proto, res.Proto)
	}
	if err := tooMany(res.Header); err != nil {
		return nil, err
	}
	out := &pavise.Response{Proto: res.Proto, Status: res.StatusCode, Header: res.Header}
	if res.StatusCode == http.StatusSwitchingProtocols {
		return out, nil
	}
	if err := read(out, res.Body, r, req.URL); err != nil {
		return nil, err
	}
	c.own.veil(out, r)
	extract(out, req.URL)
	c.recognise(out, req.URL)
	return out, nil
}

// again counts what the transport sends once more because a server has closed the
// connection before it answered: who does so each time must not be asked twice as often.
func (c client) again(req *http.Request) (counted *http.Request, done func()) {
	ctx, cancel := context.WithCancelCause(req.Context())
	tries := 0
	trace := &httptrace.ClientTrace{GotConn: func(on httptrace.GotConnInfo) {
		if tries++; tries == 1 {
			return
		}
		if _, err := c.budget.request(ctx, c.host(addressOf(req.URL.String()))); err != nil {
			cancel(err)
			on.Conn.Close() // or it would be sent all the same
		}
	}}
	return req.WithContext(httptrace.WithClientTrace(ctx, trace)), func() { cancel(nil) }
}

// tooMany is why a header is not kept: fields by the thousand are no site's, and take
// a hundred times the room in memory that they take on the line.
func tooMany(h http.Header) error {
	if len(h) > maxNames {
		return fmt.Errorf("the response has %d different fields, and at most %d are read", len(h), maxNames)
	}
	return nil
}

// read reads the body as far as it is kept. A body that breaks off tells nothing: what did not come could be at fault.
func read(out *pavise.Response, body io.Reader, r pavise.Request, at *url.URL) (err error) {
	keep := maxBody
	switch {
	case r.Keep > 0:
		keep = min(keep, r.Keep)
	case at.Path == "/robots.txt":
		keep = maxRobots
	}
	if out.Body, err = io.ReadAll(io.LimitReader(body, int64(keep)+1)); err != nil {
		return err
	}
	if out.Cut = len(out.Body) > keep; out.Cut {
		out.Body = out.Body[:keep:keep]
		io.CopyN(io.Discard, body, maxBody) // what is read to its end needs no new connection
	}
	return nil
}

// by is how a request goes: over what it names, else as the options say. In the
// clear and to a WebSocket that is never HTTP/3.
func (c client) by(req *http.Request, proto string) (http.RoundTripper, error) {
	secure := req.URL.Scheme == "https"
	switch {
	case proto == pavise.HTTP1 || req.Header.Get("Upgrade") != "":
		return c.upgrade, nil
	case proto == pavise.HTTP2 && secure:
		return c.two, nil
	case proto == pavise.HTTP3 && secure, proto == "" && c.opt.HTTP3 && secure:
		return c.quic, nil
	case proto != "":
		return nil, fmt.Errorf("%s is not asked for at %s", proto, req.URL)
	}
	return c.plain, nil
}

// dress adds what every request bears, and what one to the site itself does, to what
// the probe asked for.
func (c client) dress(req *http.Request, r pavise.Request) {
	req.Header.Set("User-Agent", cmp.Or(c.opt.Agent, "pavise"))
	req.Header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	if c.opt.Target.Owns(r.URL) { // what is secret goes to nobody else, and not in the clear
		for name, values := range c.opt.Header {
			req.Header[name] = values
		}
		if c.opt.Cookie != "" {
			req.Header.Set("Cookie", c.opt.Cookie)
		}
	}
	for name, values := range r.Header {
		req.Header[name] = values
	}
	if r.Host != "" {
		req.Host = r.Host
	}
}
