package http1

import (
	"math"
	"net/http"
	"strings"
)

// framing decides where the body ends (RFC 9112 6.3): where two readers could
// find two ends there is no request (CWE-444).
func (x *exchange) framing() *Fault {
	r := x.req
	codings, lengths := r.Header["Transfer-Encoding"], r.Header["Content-Length"]
	switch {
	case codings != nil && lengths != nil:
		return bad("framing", "The request has both Content-Length and Transfer-Encoding.")
	case codings != nil:
		if fault := coding(r, codings); fault != nil {
			return fault
		}
		delete(r.Header, "Transfer-Encoding")
		r.TransferEncoding, r.ContentLength = chunkedAlone, -1
		return announced(r, x.c.s.limits.MaxFields)
	case lengths != nil:
		return declared(r, lengths, x.c.s.Strict)
	}
	return nil
}

var chunkedAlone = []string{"chunked"}

// coding refuses all but one chunked, to which nothing is added that other readers
// may overlook: values keep their tabs here.
func coding(r *http.Request, lines []string) *Fault {
	value := strings.ToLower(lines[0])
	inner, final := strings.CutSuffix(value, ", chunked")
	switch {
	case r.ProtoMinor == 0:
		return bad("framing", "HTTP/1.0 has no Transfer-Encoding.") // RFC 9112 6.1
	case len(lines) > 1:
		return bad("framing", "The request has more than one Transfer-Encoding.")
	case final && token(inner) && inner != "chunked" && inner != "identity":
		return &Fault{Status: http.StatusNotImplemented, Rule: "framing", Reason: "The only transfer coding here is chunked."}
	case value != "chunked":
		return bad("framing", "The only transfer coding here is chunked.")
	}
	return nil
}

// declared reads the one Content-Length.
func declared(r *http.Request, lines []string, strict bool) *Fault {
	if len(lines) > 1 {
		for _, line := range lines[1:] {
			if strict || line != lines[0] {
				return bad("framing", "The request has more than one Content-Length.")
			}
		}
		r.Header["Content-Length"] = lines[:1]
	}
	n, ok := decimal(lines[0])
	if !ok {
		return bad("framing", "The Content-Length of the request is no number of bytes.")
	}
	r.ContentLength = n
	return nil
}

func decimal(s string) (n int64, ok bool) {
	if s == "" || len(s) > 19 {
		return 0, false
	}
	for i := range len(s) {
		d := int64(s[i]) - '0'
		if d < 0 || d > 9 || n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// announced notes which trailers are to come, and not more than most.
func announced(r *http.Request, most int) *Fault {
	for _, line := range r.Header["Trailer"] {
		for item := range strings.SplitSeq(line, ",") {
			name, _, ok := canonical(trim(item))
			if !ok || !trails(name) || len(r.Trailer) >= most {
				return bad("framing", "The request announces a trailer that may be none.").saw(item)
			}
			if r.Trailer == nil {
				r.Trailer = http.Header{}
			}
			r.Trailer[name] = nil
		}
	}
	delete(r.Header, "Trailer")
	return nil
}

// trails reports whether a field may come behind the body: not what frames or
// routes the message (RFC 9110 6.5.1).
func trails(name string) bool {
	switch strings.ReplaceAll(name, "_", "-") {
	case "Content-Length", "Transfer-Encoding", "Trailer", "Host":
		return false
	}
	return true
}

// persistence tells whether the client wants the connection closed (RFC 9112 9.3).
// HTTP/1.0 cannot ask for another protocol on it (RFC 9110 7.8).
func (x *exchange) persistence() {
	r := x.req
	lines := r.Header["Connection"]
	if r.ProtoMinor == 0 {
		delete(r.Header, "Upgrade")
	}
	r.Close = has(lines, "close") || r.ProtoMinor == 0 && !has(lines, "keep-alive")
}

// expectation is what a client waits for with its body (RFC 9110 10.1.1).
func (x *exchange) expectation() *Fault {
	lines := x.req.Header["Expect"]
	if lines == nil || x.req.ProtoMinor == 0 {
		return nil
	}
	if len(lines) > 1 || !strings.EqualFold(lines[0], "100-continue") {
		return &Fault{Status: http.StatusExpectationFailed, Rule: "expect", Reason: "The only expectation here is 100-continue."}
	}
	x.awaits.Store(x.req.ContentLength != 0)
	return nil
}
