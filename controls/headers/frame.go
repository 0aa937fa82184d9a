package headers

import (
	"strings"

	"pavise"
)

// Frame keeps other sites from showing a page inside their own, where a visitor
// can be led to click on what they do not see.
type Frame struct {
	Allow string `yaml:"allow" enum:"none,self" doc:"who may frame a page: none, or self for the pages of the site" default:"self"`
}

const (
	frameHeader = "X-Frame-Options"
	cspHeader   = "Content-Security-Policy"
)

// Doc describes the control.
func (Frame) Doc() pavise.Doc {
	return pavise.Doc{
		ID:    "headers.frame",
		Title: "X-Frame-Options and frame-ancestors",
		Why:   "A page that any site may frame can be laid invisibly over another one, and the visitor's clicks go to it.",
		Enforces: "Sends X-Frame-Options: SAMEORIGIN, or DENY, and a policy with frame-ancestors that says the same, with every response. " +
			"Sites that the app, or the policy of headers.csp, names in frame-ancestors stay, unless allow is none; " +
			"where it lets anyone in, ours is added, because browsers obey both.",
		Verifies: "Every page bears a frame-ancestors that not any site meets, or else one valid X-Frame-Options.",
		Rules: []pavise.Rule{{
			ID:         "headers.frame.present",
			Title:      "Every page forbids framing by strangers",
			Severity:   pavise.Medium,
			CVSS:       "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:N/I:L/A:N",
			References: []string{"ASVS 5.0 3.4.6", "CWE-1021", "CSP Level 3 6.4.2", "RFC 7034 2.1"},
			Fix: pavise.Fix{
				Pavise: pavise.OnByDefault,
				Nginx: "proxy_hide_header X-Frame-Options;\nadd_header X-Frame-Options \"SAMEORIGIN\" always;\n" +
					"add_header Content-Security-Policy \"frame-ancestors 'self'\" always;",
				Apache: "Header onsuccess unset X-Frame-Options\nHeader always set X-Frame-Options \"SAMEORIGIN\"\n" +
					"Header always add Content-Security-Policy \"frame-ancestors 'self'\"",
				Express: `app.use((req, res, next) => { res.set("X-Frame-Options", "SAMEORIGIN"); res.append("Content-Security-Policy", "frame-ancestors 'self'"); next(); });`,
			},
		}, {
			ID:         "headers.frame.ancestors",
			Title:      "Every page says in frame-ancestors who may frame it",
			Severity:   pavise.Low,
			References: []string{"ASVS 5.0 3.4.6", "CWE-1021", "CSP Level 3 6.4.2"},
			Fix: pavise.Fix{
				Pavise:  pavise.OnByDefault,
				Nginx:   `add_header Content-Security-Policy "frame-ancestors 'self'" always;`,
				Apache:  `Header always add Content-Security-Policy "frame-ancestors 'self'"`,
				Express: `app.use((req, res, next) => { res.append("Content-Security-Policy", "frame-ancestors 'self'"); next(); });`,
			},
		}},
	}
}

// Validate reports an allow that is neither none nor self.
func (c Frame) Validate() error { return oneOf("headers.frame", "allow", c.Allow, "none", "self") }

// Enforce amends both headers to what is stricter of ours and the app's.
func (c Frame) Enforce(env pavise.Env) (pavise.Hooks, error) {
	ours := itself
	if c.Allow == "none" {
		ours = nobody
	}
	options := [...]string{nobody: "DENY", itself: "SAMEORIGIN"}
	policies := [...]string{nobody: "frame-ancestors 'none'", itself: "frame-ancestors 'self'"}
	// CSP Level 3 8.1: a page must satisfy every policy that it came with.
	adding := [...]reply{nobody: newAdding(policies[nobody]), itself: newAdding(policies[itself])}
	reads := newMemo(ancestors)
	clash := newConflict(env, "headers.frame")
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		lines := x.Header[frameHeader]
		says, theirs := reads.of(x.Header[cspHeader]), frameOptions(lines)
		if says == named && ours == itself {
			// X-Frame-Options cannot name sites, and CSP Level 3 6.4.2 has browsers
			// ignore it here. One of ours would lock them out of old browsers only.
			clash.note(x, func() string { return "the app's frame-ancestors names other sites, and is kept" })
			return
		}
		switch {
		case says == silent:
			says = stricter(ours, theirs)
			amend(x, cspHeader, adding[says])
		case says > ours:
			clash.note(x, func() string {
				return "the app's frame-ancestors is laxer: a second policy, " + policies[ours] + ", is added"
			})
			says = ours
			amend(x, cspHeader, adding[says])
		}
		if theirs > ours {
			clash.replaced(x, frameHeader, lines, options[ours])
		}
		x.Header[frameHeader] = x.Lines(options[stricter(says, theirs)])
	}}, nil
}

// newAdding answers to policies with one more.
func newAdding(policy string) reply {
	return newMemo(func(lines []string) []string { return beside(lines, policy) })
}

// Check looks at the pages, and believes what a modern browser believes.
func (Frame) Check(e *pavise.Evidence) []pavise.Finding {
	return []pavise.Finding{
		e.Each("headers.frame.present", "X-Frame-Options: SAMEORIGIN, or frame-ancestors 'self'", func(a pavise.Answer) (string, bool) {
			if !pages(a) {
				return "", false
			}
			if says := ancestors(a.Response.Header[cspHeader]); says != silent {
				return "frame-ancestors lets in " + says.String(), says == anyone
			}
			lines := a.Response.Header[frameHeader]
			if len(lines) == 0 {
				return "neither X-Frame-Options nor frame-ancestors", true
			}
			return frameHeader + ": " + clip(lines), !exactly("DENY")(lines) && !exactly("SAMEORIGIN")(lines)
		}),
		e.Each("headers.frame.ancestors", "frame-ancestors 'self', or 'none'", func(a pavise.Answer) (string, bool) {
			if !pages(a) {
				return "", false
			}
			says := ancestors(a.Response.Header[cspHeader])
			if says == silent {
				return "no frame-ancestors", true
			}
			return "frame-ancestors lets in " + says.String(), says == anyone
		}),
	}
}

// A reach is how many may frame a page; silent is nothing said.
type reach int

const (
	silent reach = iota
	nobody
	itself
	named
	anyone
)

func (r reach) String() string {
	return [...]string{"", "nobody", "the site itself", "sites that it names", "anyone"}[r]
}

func stricter(a, b reach) reach {
	if a == silent || b == silent {
		return max(a, b)
	}
	return min(a, b)
}

// frameOptions reads X-Frame-Options: of several values the strictest, anyone
// if none is valid. ALLOW-FROM never was in the standard that browsers follow.
func frameOptions(lines []string) reach {
	if len(lines) == 0 {
		return silent
	}
	least := anyone
	for _, line := range lines {
		for value := range strings.SplitSeq(line, ",") {
			switch value = strings.TrimSpace(value); {
			case strings.EqualFold(value, "DENY"):
				least = nobody
			case strings.EqualFold(value, "SAMEORIGIN"):
				least = min(least, itself)
			}
		}
	}
	return least
}
