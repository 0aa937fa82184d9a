package dashboard

import (
	"fmt"
	"net/url"
	"strings"

	"pavise"
)

// A concern is what somebody should look at, and where.
type concern struct {
	said
	Text, Path string
}

// concerns lists what is not as it should be, the worst first, and then what is only
// weaker for a time.
func (d *Dashboard) concerns(o Overview, windows []Window) []concern {
	var bad, warn []concern
	add := func(s said, path, format string, args ...any) {
		c := concern{s, fmt.Sprintf(format, args...), path}
		if s.Tone == "bad" {
			bad = append(bad, c)
		} else {
			warn = append(warn, c)
		}
	}
	if !o.Store.OK {
		add(said{"bad", "away"}, "", "The store %s cannot be asked: %s", o.Store.What, o.Store.Problem)
	}
	if o.Reload != nil && o.Reload.Error != "" {
		add(said{"bad", "refused"}, "", "The last reload was refused %s, and the policy before it stays: %s", d.ago(o.Reload.At), o.Reload.Error)
	}
	for _, s := range o.Sites {
		d.siteConcerns(s, add)
	}
	for _, c := range o.Certificates {
		if s := d.certificateTone(c); s.Tone == "bad" || s.Tone == "warn" {
			add(s, "/certificates", "Certificate of %s: %s", strings.Join(c.Hosts, ", "), d.certificateText(c))
		}
	}
	for _, w := range windows {
		add(said{"warn", "open"}, "/windows", "A window for %s is open, and closes %s: %s", w.Networks, d.until(w.Until), w.Reason)
	}
	return append(bad, warn...)
}

func (d *Dashboard) siteConcerns(s Site, add func(said, string, string, ...any)) {
	for _, app := range s.Apps {
		if !app.Answers {
			add(said{"bad", "down"}, "", "%s: nothing answers at %s", s.Name, app.At)
		}
	}
	for _, v := range []struct {
		what, path string
		*Verdict
	}{{"self-proof", "", s.Proof}, {"scan", "/scan?site=" + url.QueryEscape(s.Name), s.Scan}} {
		if v.Verdict != nil && v.Outcome != pavise.Pass {
			add(verdict(v.Verdict), v.path, "%s: the last %s: %s", s.Name, v.what, v.Text)
		}
	}
	if s.Off != "" {
		add(said{"warn", "off"}, "", "%s: %s", s.Name, s.Off)
	}
	if len(s.Observed) > 0 {
		add(said{"warn", "observed"}, "/observed", "%s: %s would refuse, and only reports: %s", s.Name,
			pavise.Plural(len(s.Observed), "control"), strings.Join(s.Observed, ", "))
	}
}

func (d *Dashboard) certificateText(c Certificate) string {
	text := c.Problem
	if !c.Ends.IsZero() {
		end := "ends " + d.until(c.Ends)
		if !c.Ends.After(d.options.Now()) {
			end = d.until(c.Ends)
		}
		if text != "" {
			end += "; " + text
		}
		text = end
	}
	return text
}
