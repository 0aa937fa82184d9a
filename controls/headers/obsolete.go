package headers

import (
	"slices"
	"strings"

	"pavise"
)

// Obsolete removes two headers that browsers have given up because they did harm.
type Obsolete struct{}

var (
	pinHeaders    = []string{"Public-Key-Pins", "Public-Key-Pins-Report-Only"}
	expectHeaders = []string{"Expect-Ct"}
)

// Doc describes the control.
func (Obsolete) Doc() pavise.Doc {
	rule := func(word, title, rfc string, names []string) pavise.Rule {
		return pavise.Rule{ID: "headers.obsolete." + word, Title: title, Severity: pavise.Info,
			References: []string{rfc, "CWE-477"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Nginx:   "proxy_hide_header " + strings.Join(names, ";\nproxy_hide_header ") + ";",
				Apache:  drops(names...),
				Express: removes(names...),
			}}
	}
	return pavise.Doc{
		ID:       "headers.obsolete",
		Title:    "Public-Key-Pins and Expect-CT",
		Why:      "A wrong or stolen pin locks every visitor out for months with no way back, and browsers now demand certificate transparency of every certificate by themselves.",
		Enforces: "Removes Public-Key-Pins, Public-Key-Pins-Report-Only and Expect-CT, and never sends them.",
		Verifies: "No response bears one of them.",
		Rules: []pavise.Rule{
			rule("hpkp", "Keys are not pinned by a header", "RFC 7469", pinHeaders),
			rule("expect-ct", "Expect-CT is not sent", "RFC 9163", expectHeaders),
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Obsolete) Validate() error { return nil }

// Enforce removes the headers.
func (Obsolete) Enforce(env pavise.Env) (pavise.Hooks, error) {
	clash := newConflict(env, "headers.obsolete")
	obsolete := slices.Concat(pinHeaders, expectHeaders)
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		for _, name := range obsolete {
			if lines, sent := x.Header[name]; sent {
				clash.replaced(x, name, lines, "")
				delete(x.Header, name)
			}
		}
	}}, nil
}

// Check looks at every response.
func (Obsolete) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{
		absent(e, "headers.obsolete.hpkp", pinHeaders),
		absent(e, "headers.obsolete.expect-ct", expectHeaders),
	}
}

func absent(e *pavise.Evidence, rule string, names []string) pavise.Finding {
	want := "no " + names[0]
	return e.Each(rule, want, func(a pavise.Answer) (string, bool) {
		for _, name := range names {
			if lines := a.Response.Header[name]; len(lines) != 0 {
				return name + ": " + clip(lines), true
			}
		}
		return want, false
	})
}
