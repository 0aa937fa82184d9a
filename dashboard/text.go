package dashboard

import (
	"fmt"
	"html/template"
	"math"
	"strings"
	"time"
	"unicode"

	"pavise"
)

// functions are what pages write with.
func (d *Dashboard) functions() template.FuncMap {
	return template.FuncMap{
		"asset": d.assetPath, "theirs": theirs, "short": short, "clock": clock, "day": day, "ago": d.ago, "until": d.until,
		"iso": iso, "action": action, "tone": tone, "verdict": verdict, "plural": pavise.Plural, "join": strings.Join,
		"number": number, "line": sparkline, "certificate": d.certificateTone, "exemptable": exemptable, "clipped": clipped,
	}
}

func (d *Dashboard) assetPath(file string) (string, error) {
	body, err := files.ReadFile("assets/" + file)
	return "/assets/" + assetName(file, body), err
}

// maxShown and maxShort bound what strangers chose, in characters.
const (
	maxShown = 200
	maxShort = 60
)

// theirs is what a stranger chose, on one line: what cannot be seen, or turns what
// follows around, is written out (CWE-1007).
func theirs(s string) string { return visible(s, maxShown) }

// short is theirs where there is less room.
func short(s string) string { return visible(s, maxShort) }

func visible(s string, most int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > most {
			b.WriteRune('…')
			break
		}
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
	}
	return b.String()
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func iso(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func (d *Dashboard) ago(t time.Time) string {
	past := d.options.Now().Sub(t)
	if past < 5*time.Second {
		return "just now"
	}
	return span(past) + " ago"
}

// until says how long it is to a time, or for how long it has been over.
func (d *Dashboard) until(t time.Time) string {
	left := t.Sub(d.options.Now())
	if left <= 0 {
		return "ended " + span(-left) + " ago"
	}
	return "in " + span(left)
}

// span is a time to the two digits or so that matter.
func span(t time.Duration) string {
	switch {
	case t < time.Minute:
		return pavise.Plural(int(t/time.Second), "second")
	case t < time.Hour:
		return pavise.Plural(int(t/time.Minute), "minute")
	case t < 48*time.Hour:
		return pavise.Plural(int(t/time.Hour), "hour")
	}
	return pavise.Plural(int(t/(24*time.Hour)), "day")
}

// number is a count with its thousands apart.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// action is a deed in words.
func action(a pavise.Action) string {
	if a == pavise.Observed {
		return "would refuse"
	}
	return string(a)
}

// tone is the colour of a deed, which never stands without its word.
func tone(a pavise.Action) string {
	switch a {
	case pavise.Refused:
		return "bad"
	case pavise.Observed:
		return "warn"
	case pavise.Replaced:
		return "info"
	}
	return "calm"
}

// A said is a word in its colour.
type said struct{ Tone, Word string }

func verdict(v *Verdict) said {
	switch {
	case v == nil:
		return said{"calm", "not yet"}
	case v.Outcome == pavise.Pass:
		return said{"good", "holds"}
	case v.Outcome == pavise.Fail:
		return said{"bad", "fails"}
	}
	return said{"warn", "unknown"}
}

// urgent and soon are when the end of a certificate is worth a colour: those of an
// authority are renewed a third of their life before.
const (
	urgent = 7 * 24 * time.Hour
	soon   = 21 * 24 * time.Hour
)

func (d *Dashboard) certificateTone(c Certificate) said {
	left := c.Ends.Sub(d.options.Now())
	switch {
	case c.Ends.IsZero():
		return said{"bad", "missing"}
	case left <= 0:
		return said{"bad", "ended"}
	case c.Local: // made anew by ourselves, in time
		return said{"calm", "local"}
	case left < urgent:
		return said{"bad", "ends soon"}
	case c.Problem != "" || left < soon:
		return said{"warn", "look"}
	}
	return said{"good", "valid"}
}

// The room of a sparkline.
const (
	lineWidth  = 240
	lineHeight = 40
)

// sparkline is the path of a history in a picture.
func sparkline(history []float64) string {
	most := 1.0
	for _, v := range history {
		most = max(most, v)
	}
	var b strings.Builder
	step := float64(lineWidth) / math.Max(1, float64(len(history)-1))
	for i, v := range history {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		fmt.Fprintf(&b, "%s%.1f %.1f", letter, float64(i)*step, (lineHeight-2)*(1-v/most)+1)
	}
	return b.String()
}

// clipped is an event for a list: all of its path stands at its own page.
func clipped(e Event) Event {
	e.Path = pavise.Clip(e.Path, 110)
	return e
}

// exemptable reports whether an exemption is a way out, and for which requests is known.
func exemptable(e Event) bool {
	return e.Pattern != "" && e.Control != "" && (e.Action == pavise.Refused || e.Action == pavise.Observed)
}
