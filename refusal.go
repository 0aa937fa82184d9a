package pavise

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Refusal is the error by which Admit sends a client away. With a Location it
// sends it elsewhere, and Observe mode does not apply.
type Refusal struct {
	Status   int
	Rule     string
	Reason   string // told to the client too
	Saw      string // for the log alone: the value that tripped it, never a secret
	Mend     string // for the log alone: the setting that helps the owner better than an exception
	Location string // with status 301, 302, 303, 307 or 308
	Allow    string // the methods that are taken, with status 405 (RFC 9110 15.5.6)
	// Lasts is how long a client may go by the Location without asking again; 0 is not
	// at all.
	Lasts time.Duration
	// RetryAfter tells the client when to come again, to the second.
	RetryAfter time.Duration
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s: %d: %s", r.Rule, r.Status, r.Reason)
}

// decision is how a control reports it.
func (r *Refusal) decision(control string) Decision {
	return Decision{Action: Refused, Control: control, Rule: r.Rule, Status: r.Status, Reason: r.Reason, Saw: r.Saw, Mend: r.Mend}
}

// maxExemption bounds a pattern that is made of what a stranger sent.
const maxExemption = 200

// PatternOf is the pattern that means a request alone; "" where there is none: of what
// is pasted for one a stranger must not make a wider one.
func PatternOf(r *http.Request) string {
	pattern := r.Method + " " + r.URL.Path
	if _, err := ParsePattern(pattern); err != nil || len(pattern) > maxExemption || strings.Contains(r.URL.Path, "*") {
		return ""
	}
	return pattern
}

// exemption is what the owner pastes to let such requests through; "" where there is
// no pattern for it.
func exemption(control string, r *http.Request) string {
	pattern := PatternOf(r)
	if pattern == "" {
		return ""
	}
	return fmt.Sprintf("- {control: %s, paths: [%q], reason: %q}", control, pattern, "why it is safe")
}

// Answer writes the refusal through the chain that w belongs to: a page for a
// navigation, problem+json (RFC 9457) for anything else.
func (r *Refusal) Answer(w http.ResponseWriter, req *http.Request) {
	h, id := w.Header(), RequestID(w)
	if ours := chained(w); ours != nil {
		ours.own = true
	}
	if r.Location != "" {
		h["Location"] = []string{r.Location}
	}
	if r.Allow != "" {
		h["Allow"] = []string{r.Allow}
	}
	if r.RetryAfter > 0 { // RFC 9110 10.2.3
		h["Retry-After"] = []string{strconv.FormatInt(int64((r.RetryAfter+time.Second-1)/time.Second), 10)}
	}
	page := ErrorPage(req, r.Status, r.Reason, id)
	page.head(h, id)
	if r.Lasts > 0 {
		h["Cache-Control"] = []string{"max-age=" + strconv.Itoa(int(r.Lasts/time.Second))}
	}
	w.WriteHeader(r.Status)
	if req.Method != http.MethodHead {
		w.Write(page.Body)
	}
}
