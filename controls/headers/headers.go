// Package headers holds the controls that set, keep and remove response
// headers. Where the app sends a value of its own, the stricter one wins.
package headers

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"

	"pavise"
)

// floor sends ours unless the lines that the app sent are strict enough.
func floor(env pavise.Env, control, name, ours string, enough func(lines []string) bool) pavise.Hooks {
	name = http.CanonicalHeaderKey(name)
	clash := newConflict(env, control)
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		if theirs := x.Header[name]; len(theirs) != 0 {
			if enough(theirs) {
				return
			}
			clash.replaced(x, name, theirs, ours)
		}
		x.Header[name] = x.Lines(ours)
	}}
}

// always sends ours, whatever the app sent: no value is stricter.
func always(env pavise.Env, control, name, ours string) pavise.Hooks {
	return floor(env, control, name, ours, exactly(ours))
}

// where limits an amendment to the exchanges that it is for.
func where(is func(*pavise.Exchange) bool, h pavise.Hooks) pavise.Hooks {
	amend := h.Amend
	h.Amend = func(x *pavise.Exchange) {
		if is(x) {
			amend(x)
		}
	}
	return h
}

func overTLS(x *pavise.Exchange) bool { return x.Secure }

// exactly accepts one line with the value.
func exactly(value string) func(lines []string) bool {
	return func(lines []string) bool { return len(lines) == 1 && strings.EqualFold(lines[0], value) }
}

// A ladder is the legal values of a header, the weakest first.
type ladder []string

// reaches reports whether a value is legal and at least as strict as the other.
func (l ladder) reaches(value, other string) bool {
	return slices.Index(l, value) >= slices.Index(l, other)
}

// oneOf reports a setting that is neither empty, which is the default, nor
// among the values.
func oneOf(control, key, value string, values ...string) error {
	if value == "" || slices.Contains(values, value) {
		return nil
	}
	last := len(values) - 1
	return fmt.Errorf("%s: %s must be %s or %s, not %q", control, key, strings.Join(values[:last], ", "), values[last], value)
}

// judge is the one finding about a header on the responses that the rule is
// about: each must have lines that are good.
func judge(e *pavise.Evidence, rule, name, want string, about func(pavise.Answer) bool, good func(lines []string) bool) []pavise.Finding {
	return []pavise.Finding{e.Each(rule, name+": "+want, func(a pavise.Answer) (string, bool) {
		if !about(a) {
			return "", false
		}
		return show(a, name), !good(a.Response.Header.Values(name))
	})}
}

// sends is what makes a header hold, in place of the app's own, by each tool. Apache
// keeps what the app sent in one table and what goes with errors in another.
func sends(name, value string) pavise.Fix {
	return pavise.Fix{
		Pavise:  pavise.OnByDefault,
		Nginx:   fmt.Sprintf("proxy_hide_header %s;\nadd_header %[1]s \"%s\" always;", name, value),
		Apache:  fmt.Sprintf("Header onsuccess unset %s\nHeader always set %[1]s \"%s\"", name, value),
		Express: fmt.Sprintf(`app.use((req, res, next) => { res.set("%s", "%s"); next(); });`, name, value),
	}
}

// drops is the Apache lines that take headers out of what the app sent.
func drops(names ...string) string {
	return "Header onsuccess unset " + strings.Join(names, "\nHeader onsuccess unset ")
}

// removes is the Express line, with the package on-headers, for headers that a
// handler further on may set.
func removes(names ...string) string {
	return `app.use((req, res, next) => { require("on-headers")(res, () => ["` + strings.Join(names, `", "`) + `"].forEach((name) => res.removeHeader(name))); next(); });`
}

// everything picks all responses.
func everything(pavise.Answer) bool { return true }

// pages picks what a browser shows as a document. A redirect it never shows.
func pages(a pavise.Answer) bool {
	return a.Response.Status/100 != 3 && a.Response.HTML()
}

// ofPages is judge for what does nothing where no page is: a host that answers in
// data alone is not asked for it.
func ofPages(e *pavise.Evidence, rule, name, want string, good func(lines []string) bool) []pavise.Finding {
	found := judge(e, rule, name, want, everything, good)
	if found[0].Outcome == pavise.Fail && !slices.ContainsFunc(e.Site(), pages) {
		return []pavise.Finding{pavise.Skipped(rule, e.Target.URL, "no page was found here, only data")}
	}
	return found
}

// show returns the values of a header as a reader wants to see them.
func show(a pavise.Answer, name string) string {
	lines := a.Response.Header.Values(name)
	if len(lines) == 0 {
		return "no " + name
	}
	return clip(lines)
}

// clip joins lines to something that fits into a report or a log.
func clip(lines []string) string { return pavise.Clip(strings.Join(lines, ", "), 120) }

// A conflict between the app and the policy is noted once per policy.
type conflict struct {
	env     pavise.Env
	control string
	said    *atomic.Bool
}

func newConflict(env pavise.Env, control string) conflict {
	return conflict{env: env, control: control, said: new(atomic.Bool)}
}

// note writes the reason, which is made only when it is needed.
func (c conflict) note(x *pavise.Exchange, reason func() string) {
	if !c.said.Load() && c.said.CompareAndSwap(false, true) {
		c.env.Note(x, c.control, reason())
	}
}

// replaced notes that the app's lines give way to ours; "" is to nothing.
func (c conflict) replaced(x *pavise.Exchange, name string, theirs []string, ours string) {
	c.note(x, func() string {
		if ours == "" {
			return fmt.Sprintf("the app's %s: %s is removed", name, clip(theirs))
		}
		return fmt.Sprintf("the app's %s: %s is replaced by %s", name, clip(theirs), ours)
	})
}
