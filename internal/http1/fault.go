package http1

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// A Fault is why something is no request that the server takes. Reading the body
// of a request fails with one, too.
type Fault struct {
	Status int    // to answer with
	Rule   string // request-line, fields, line-endings, host, framing; size, time, expect
	Reason string // a sentence for the client
	Saw    string // for the log: bounded and printable, and never the value of a field
}

func (f *Fault) Error() string { return fmt.Sprintf("http1: %s: %d: %s", f.Rule, f.Status, f.Reason) }

func bad(rule, reason string) *Fault {
	return &Fault{Status: http.StatusBadRequest, Rule: rule, Reason: reason}
}

// saw adds what was seen: a name, a method, a version.
func (f *Fault) saw(what string) *Fault {
	const most = 40
	if len(what) > most {
		what = what[:most]
	}
	f.Saw = strconv.QuoteToASCII(what)
	return f
}

func slow(reason string) *Fault {
	return &Fault{Status: http.StatusRequestTimeout, Rule: "time", Reason: reason}
}

// plainRefusal is what a server without Refuse answers.
func plainRefusal(w http.ResponseWriter, _ *http.Request, f *Fault) {
	h := w.Header()
	h["Content-Type"] = []string{"text/plain; charset=utf-8"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	w.WriteHeader(f.Status)
	io.WriteString(w, f.Reason+"\n")
}
