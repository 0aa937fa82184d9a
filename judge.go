package pavise

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Each judges one rule over many responses: it passes if none is at fault. The
// judge says what it saw and whether that is a fault; responses for which it
// says nothing do not count.
func (e *Evidence) Each(rule, want string, answers []Answer, judge func(Answer) (saw string, fault bool)) Finding {
	f := Finding{Rule: rule, Where: e.Target.URL, Want: want}
	if len(answers) == 0 {
		return f.unknown("no response to look at" + e.firstError())
	}
	looked, faults := 0, 0
	passed := ""
	for _, a := range answers {
		saw, fault := judge(a)
		if saw == "" && !fault {
			continue
		}
		looked++
		if !fault {
			passed = saw
			continue
		}
		if faults++; faults == 1 {
			f.Where, f.Saw, f.Proof = a.Probe.Request.URL, saw, a.Proof()
		}
	}
	switch {
	case faults > 1:
		f.Saw += fmt.Sprintf(" (and at %d more of %d responses)", faults-1, looked)
		fallthrough
	case faults == 1:
		f.Outcome = Fail
	case looked == 0:
		f.Outcome, f.Saw = Skip, "nothing here that it applies to"
	default:
		f.Outcome, f.Saw = Pass, passed
		if looked > 1 {
			f.Saw += fmt.Sprintf(" (on all %d responses)", looked)
		}
	}
	return f
}

// Skipped is a finding for a rule that does not apply here.
func Skipped(rule, where, why string) Finding {
	return Finding{Rule: rule, Outcome: Skip, Where: where, Saw: why}
}

// Unlooked is a finding for a rule that could not be looked at.
func Unlooked(rule, where, why string) Finding {
	return Finding{Rule: rule, Where: where}.unknown(why)
}

func (f Finding) unknown(why string) Finding {
	f.Outcome, f.Saw = Unknown, "could not look: "+why
	return f
}

func (e *Evidence) firstError() string {
	for _, a := range e.Answers {
		if a.Error != "" {
			return ": " + a.Error
		}
	}
	return ""
}

// Proof shows an answer to a request: the line that asks again, and the head
// of what came back.
func (a Answer) Proof() Proof {
	r := a.Probe.Request
	if r == nil {
		return Proof{}
	}
	p := Proof{Command: r.Curl(), Sent: cmp.Or(r.Method, http.MethodGet) + " " + r.URL}
	if res := a.Response; res != nil {
		var b strings.Builder
		fmt.Fprintf(&b, "%s %d %s\n", res.Proto, res.Status, http.StatusText(res.Status))
		for _, name := range sortedNames(res.Header) {
			for _, v := range res.Header[name] {
				fmt.Fprintf(&b, "%s: %s\n", name, mask(name, v))
			}
		}
		p.Received = b.String()
	}
	return p
}

// mask takes the values out of cookies and credentials: a report is no place for
// a session, even one that was made for the scan.
func mask(name, value string) string {
	switch name {
	case "Set-Cookie":
		pair, attrs, more := strings.Cut(value, ";")
		if more {
			attrs = ";" + attrs
		}
		return maskPair(pair) + attrs
	case "Cookie":
		pairs := strings.Split(value, ";")
		for i, pair := range pairs {
			pairs[i] = maskPair(pair)
		}
		return strings.Join(pairs, ";")
	case "Authorization", "Proxy-Authorization":
		scheme, _, _ := strings.Cut(value, " ")
		return scheme + " VALUE"
	}
	return value
}

func maskPair(pair string) string {
	name, _, _ := strings.Cut(pair, "=")
	return name + "=VALUE"
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func quote(s string) string {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return ansiQuote(s)
		}
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// ansiQuote writes bytes that a terminal must not see raw as $'…' escapes.
func ansiQuote(s string) string {
	var b strings.Builder
	b.WriteString("$'")
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20 || c >= 0x7f:
			fmt.Fprintf(&b, `\x%02x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
