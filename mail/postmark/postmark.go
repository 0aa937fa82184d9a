// Package postmark sends letters by Postmark's HTTP API.
//
// The API takes no message as it stands: it is taken apart into its texts and attachments,
// and Postmark puts it together again. What would not survive that, a signed or encrypted
// message, goes by Postmark's SMTP, which is a smart host.
package postmark

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"pavise/mail/letter"
)

// Endpoint is where Postmark takes messages.
const Endpoint = "https://api.postmarkapp.com/email"

// Bounds of a question.
const (
	askTime    = 2 * time.Minute
	maxAnswer  = 1 << 20
	maxVisible = 50 // recipients in one of To, Cc and Bcc
)

// A Client sends by one server of an account.
type Client struct {
	URL    string                 // [Endpoint]
	Token  func() (string, error) // of the server
	Stream string                 // "" is its standard one
	HTTP   *http.Client
}

// New is a client that verifies who it talks to, by the settings if there are any.
func New(url, stream string, token func() (string, error), settings *tls.Config) *Client {
	own := &tls.Config{MinVersion: tls.VersionTLS12}
	if settings != nil {
		own.RootCAs = settings.RootCAs
	}
	transport := &http.Transport{TLSClientConfig: own, Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: 30 * time.Second}
	return &Client{URL: url, Token: token, Stream: stream, HTTP: &http.Client{Timeout: askTime, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}} // the token is for one server
}

// Name is how the log calls it.
func (c *Client) Name() string { return "Postmark" }

// Send hands the letter over, in as many questions as its recipients need. The error is a
// [letter.Trouble] or a [letter.Unreadable]; outcomes that were known before it hold.
func (c *Client) Send(ctx context.Context, l *letter.Letter) ([]letter.Outcome, error) {
	r, err := l.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	m, err := compose(r)
	var unreadable *letter.Unreadable
	switch {
	case errors.As(err, &unreadable):
		return nil, err
	case err != nil:
		return letter.All(l.To, letter.Failed, "5.6.0", err.Error()), nil
	}
	m.MessageStream = c.Stream
	var outcomes []letter.Outcome
	for _, part := range m.address(l.To) {
		some, err := c.sendPart(ctx, part)
		outcomes = append(outcomes, some...)
		if err != nil {
			return outcomes, err
		}
	}
	return outcomes, nil
}

// sendPart asks once. Where Postmark refuses some of several recipients it has taken the
// message for none: each is then asked for alone, to learn which.
func (c *Client) sendPart(ctx context.Context, p part) ([]letter.Outcome, error) {
	a, err := c.ask(ctx, p.message)
	if err != nil {
		return nil, err
	}
	if len(p.to) > 1 && (a.ErrorCode == invalidRequest || a.ErrorCode == inactive) {
		var outcomes []letter.Outcome
		for _, to := range p.to {
			some, err := c.sendPart(ctx, p.alone(to))
			outcomes = append(outcomes, some...)
			if err != nil {
				return outcomes, err
			}
		}
		return outcomes, nil
	}
	return a.outcomes(p.to)
}

// ask puts one message to Postmark.
func (c *Client) ask(ctx context.Context, m *message) (*answer, error) {
	token, err := c.Token()
	if err != nil {
		return nil, &letter.Trouble{Err: err}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return nil, &letter.Trouble{Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return nil, &letter.Trouble{Err: err}
	}
	req.GetBody = nil // a message that may have been taken is not sent again without our knowing
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Postmark-Server-Token", token)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return nil, &letter.Trouble{Err: err}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, &letter.Trouble{Err: err}
	}
	a := &answer{status: res.StatusCode}
	a.unreadable = json.Unmarshal(text, a)
	a.after = after(res.Header.Get("Retry-After"), time.Now())
	return a, nil
}

// after reads a Retry-After, RFC 9110 10.2.3.
func after(text string, now time.Time) time.Duration {
	const most = time.Hour
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(min(n, int(most/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil && at.After(now) {
		return min(at.Sub(now), most)
	}
	return 0
}

// An answer is what Postmark says.
type answer struct {
	ErrorCode int
	Message   string
	MessageID string

	status     int
	unreadable error
	after      time.Duration
}

// Codes of Postmark that mean more than that a message cannot be sent.
const (
	badToken       = 10
	maintenance    = 100
	invalidRequest = 300
	unknownSender  = 400 // no such sender signature
	unconfirmed    = 401
	overLimit      = 405 // the account has no more to send
	inactive       = 406 // the recipient has bounced, or complained
	pending        = 412 // the account waits for its approval
	suspended      = 413
	tooMany        = 429
	noStream       = 1235
	noSending      = 1236 // by this stream, which is an inbound one
)

// outcomes is what an answer means: for the recipients, or for all that we have to send.
func (a *answer) outcomes(to []string) ([]letter.Outcome, error) {
	said := fmt.Sprintf("%d: %d %s", a.status, a.ErrorCode, a.Message)
	switch {
	case a.status == http.StatusOK && a.ErrorCode == 0 && a.unreadable == nil:
		return a.taken(to), nil
	case a.status == http.StatusRequestEntityTooLarge:
		return letter.All(to, letter.Failed, "5.3.4", said), nil
	case a.status != http.StatusUnprocessableEntity && a.status != http.StatusOK || a.unreadable != nil:
		return nil, &letter.Trouble{Err: fmt.Errorf("it answers %s", said), After: a.after}
	}
	switch a.ErrorCode {
	case badToken, maintenance, overLimit, pending, suspended, tooMany, noStream, noSending:
		return nil, &letter.Trouble{Err: fmt.Errorf("it answers %s", said), After: a.after}
	case unknownSender, unconfirmed: // its owner has five days to confirm it
		return letter.All(to, letter.Delayed, "4.7.1", said), nil
	case inactive:
		return letter.All(to, letter.Failed, "5.2.1", said), nil
	}
	return letter.All(to, letter.Failed, "5.6.0", said), nil
}

// taken are the outcomes of a message that Postmark has taken, if not for all: it names
// the inactive ones in its words.
func (a *answer) taken(to []string) []letter.Outcome {
	_, list, _ := strings.Cut(a.Message, "inactive addresses:")
	left := map[string]bool{}
	for _, address := range strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' }) {
		left[strings.ToLower(strings.TrimRight(address, "."))] = true
	}
	outcomes := letter.All(to, letter.Delivered, "2.0.0", "as "+a.MessageID)
	for i, o := range outcomes {
		if left[strings.ToLower(o.To)] {
			outcomes[i] = letter.Outcome{To: o.To, Fate: letter.Failed, Status: "5.2.1", Said: a.Message}
		}
	}
	return outcomes
}
