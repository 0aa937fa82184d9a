package grade

import (
	"fmt"
	"slices"
	"strings"

	"pavise"
)

// Observatory is the score and grade that the HTTP Observatory of MDN gives, by
// version 4 of its rules (github.com/mdn/mdn-http-observatory 1.4.8, read on 21
// November 2026). It is false where the home page was not answered as the Observatory
// wants it. Which sites are in the preload list of browsers evidence does not say, and
// no points are given for it.
func Observatory(e *pavise.Evidence) (Grade, bool) {
	s, ok := look(e)
	if !ok {
		return Grade{}, false
	}
	marks := []mark{s.csp(), s.cookies(), s.cors(), s.redirection(), s.referrer(), s.hsts(), s.integrity(), s.sniffing(), s.framing(), s.resource()}
	g := Grade{Reasons: []string{}}
	penalised, whole := 100, 100
	for _, m := range marks {
		whole += m.points
		penalised += min(m.points, 0)
	}
	g.Score = penalised
	extra := penalised >= leastForExtra
	if extra {
		g.Score = whole
	}
	for _, m := range marks {
		if m.points < 0 || m.points > 0 && extra {
			g.Reasons = append(g.Reasons, fmt.Sprintf("%+d %s", m.points, m.why))
		}
	}
	g.Score = max(g.Score, 0)
	g.Letter = letter(g.Score)
	return g, true
}

// leastForExtra is the score without which nothing is added.
const leastForExtra = 90

// A mark is what one of the tests adds or takes off.
type mark struct {
	points int
	why    string
}

// letters begin at the score beside them.
var letters = []struct {
	from   int
	letter string
}{{100, "A+"}, {90, "A"}, {85, "A-"}, {80, "B+"}, {70, "B"}, {65, "B-"}, {60, "C+"}, {50, "C"}, {45, "C-"}, {40, "D+"}, {30, "D"}, {25, "D-"}, {0, "F"}}

func letter(score int) string {
	for _, l := range letters {
		if score >= l.from {
			return l.letter
		}
	}
	return "F"
}

func (s *sight) sniffing() mark {
	if strings.ToLower(strings.TrimSpace(s.header("X-Content-Type-Options"))) == "nosniff" {
		return mark{}
	}
	return mark{-5, "X-Content-Type-Options is not nosniff"}
}

// framing takes frame-ancestors for more than X-Frame-Options can say.
func (s *sight) framing() mark {
	value := strings.ToLower(strings.TrimSpace(s.header("X-Frame-Options")))
	p, _, _ := s.policies()
	switch _, names := p["frame-ancestors"]; {
	case names:
		return mark{5, "a policy says who may frame the page"}
	case value == "deny", value == "sameorigin", strings.HasPrefix(value, "allow-from"):
		return mark{}
	}
	return mark{-20, "any site may frame the page"}
}

func (s *sight) resource() mark {
	switch strings.ToLower(strings.TrimSpace(s.header("Cross-Origin-Resource-Policy"))) {
	case "same-site", "same-origin":
		return mark{10, "Cross-Origin-Resource-Policy keeps responses to the site"}
	case "", "cross-origin":
		return mark{}
	}
	return mark{-5, "Cross-Origin-Resource-Policy is not understood"}
}

var (
	privateReferrer = []string{"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
	unsafeReferrer  = []string{"origin", "origin-when-cross-origin", "unsafe-url", "no-referrer-when-downgrade"}
)

// referrer goes by the last value that is known, of header and meta element.
func (s *sight) referrer() mark {
	lines := s.lines("Referrer-Policy")
	if s.page.referrer != "" {
		lines = append(lines, s.page.referrer)
	}
	if len(lines) == 0 {
		return mark{}
	}
	last := ""
	for value := range strings.SplitSeq(strings.Join(lines, ", "), ",") {
		if value = strings.ToLower(strings.TrimSpace(value)); slices.Contains(privateReferrer, value) || slices.Contains(unsafeReferrer, value) {
			last = value
		}
	}
	switch {
	case slices.Contains(privateReferrer, last):
		return mark{5, "Referrer-Policy keeps addresses private"}
	case last == "":
		return mark{-5, "Referrer-Policy is not understood"}
	}
	return mark{-5, "Referrer-Policy tells addresses to others"}
}

// cors goes by what a preflight is answered: an origin that nobody knows must not be
// allowed to read with credentials.
func (s *sight) cors() mark {
	a := s.preflight
	if a == nil || a.Response.Status >= 400 {
		return mark{}
	}
	h := a.Response.Header
	origin := a.Probe.Request.Header.Get("Origin")
	if origin != "" && h.Get("Access-Control-Allow-Origin") == origin &&
		strings.ToLower(strings.TrimSpace(h.Get("Access-Control-Allow-Credentials"))) == "true" {
		return mark{-50, "any site may read with the visitor's credentials"}
	}
	return mark{}
}

// redirection is what a visitor meets who begins at plain http.
func (s *sight) redirection() mark {
	switch r := s.route; {
	case len(r) == 0:
		return mark{} // nobody listens there
	case s.distrust != "":
		return mark{-20, "the certificate is not trusted"}
	case len(r) == 1:
		return mark{-20, "plain http is not redirected"}
	case r[len(r)-1].Scheme != "https":
		return mark{-20, "plain http does not lead to https"}
	case r[1].Scheme == "http":
		return mark{-10, "plain http leads to plain http first"}
	case r[0].Hostname() != r[1].Hostname():
		return mark{-5, "plain http leads to another host first"}
	}
	return mark{}
}

// sixMonths is a little less than that, because many sites round it down.
const sixMonths = 15552000

func (s *sight) hsts() mark {
	lines := s.lines("Strict-Transport-Security")
	switch {
	case !s.secure:
		return mark{-20, "there is no https, and so no HSTS"}
	case s.distrust != "":
		return mark{-20, "the certificate is not trusted, and so is no HSTS"}
	case len(lines) == 0:
		return mark{-20, "there is no Strict-Transport-Security"}
	}
	value := pavise.Clip(strings.Join(lines, ", "), 1024)
	age, said := maxAge(value)
	switch {
	case !said, strings.Contains(value, ","):
		return mark{-20, "Strict-Transport-Security is not understood"}
	case age < sixMonths:
		return mark{-10, "Strict-Transport-Security is for less than six months"}
	}
	return mark{}
}

// maxAge reads the last max-age as JavaScript reads a number: digits as far as they
// go; what begins with none is no number, and is not less than any.
func maxAge(value string) (seconds float64, said bool) {
	for directive := range strings.SplitSeq(value, ";") {
		text, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(directive)), "max-age=")
		if !ok {
			continue
		}
		said, seconds = true, sixMonths
		text = strings.TrimSpace(text)
		sign := 1.0
		if strings.HasPrefix(text, "-") {
			sign = -1
		}
		text = strings.TrimLeft(text, "+-")
		digits := text[:len(text)-len(strings.TrimLeft(text, "0123456789"))]
		if digits == "" {
			continue
		}
		seconds = 0
		for _, d := range pavise.Clip(digits, 100) {
			seconds = 10*seconds + float64(d-'0')
		}
		seconds *= sign
	}
	return seconds, said
}
