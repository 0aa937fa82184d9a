package headers

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pavise"
)

// Permissions keeps frames and injected scripts from the camera and its kin.
type Permissions struct {
	Policy map[string]string `yaml:"policy" doc:"allow lists by feature, in place of the default ones or beside them" default:"(self) for camera, display-capture, geolocation, hid, microphone, midi, serial and usb"`
}

const permissionsHeader = "Permissions-Policy"

// powerful are the features that no foreign frame gets by default. An honest app
// still may use them itself. A browser writes an error to the console for each
// feature that it does not know: Chromium on Linux does for bluetooth.
var powerful = []string{"camera", "display-capture", "geolocation", "hid", "microphone", "midi", "serial", "usb"}

// Doc describes the control.
func (Permissions) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "headers.permissions",
		Title:    "Permissions-Policy",
		Why:      "An advertisement in a frame may ask for camera, microphone or place, and the visitor believes that the site asks.",
		Enforces: "Sends Permissions-Policy with every response: powerful features are for the site alone. Where the app names a feature its value stays.",
		Verifies: "Every page bears a policy that browsers can read and that names camera, microphone and geolocation, none for any frame.",
		Rules: []pavise.Rule{{
			ID:         "headers.permissions.present",
			Title:      "Every page limits powerful features",
			Severity:   pavise.Low,
			References: []string{"CWE-693", "OWASP Secure Headers, Permissions-Policy"},
			Fix:        sends("Permissions-Policy", "camera=(self), geolocation=(self), microphone=(self)"),
		}},
	}
}

// Validate reports every allow list that a browser would not understand.
func (c Permissions) Validate() error {
	var errs []error
	for _, feature := range slices.Sorted(maps.Keys(c.Policy)) {
		allow := c.Policy[feature]
		if list, ok := dictionary(feature); !ok || len(list) != 1 || list[0].key != feature {
			errs = append(errs, fmt.Errorf("headers.permissions: policy: %q is no name of a feature, such as camera", feature))
		} else if !allowList(allow) {
			errs = append(errs, fmt.Errorf(`headers.permissions: policy: %s must be (), (self) or such as (self "https://frames.example.com"), not %q`, feature, allow))
		}
	}
	return errors.Join(errs...)
}

// allowList reports whether s names who may use a feature. A star is everybody,
// as if nothing were said.
func allowList(s string) bool {
	if list, ok := dictionary("x=" + s); !ok || len(list) != 1 || list[0].value != s {
		return false
	}
	inner, open := strings.CutPrefix(s, "(")
	inner, closed := strings.CutSuffix(inner, ")")
	for word := range strings.FieldsSeq(inner) {
		if word != "self" && word != "src" && !strings.HasPrefix(word, `"https://`) {
			return false
		}
	}
	return open && closed
}

// members returns the policy that we send, sorted by feature.
func (c Permissions) members() []member {
	var list []member
	for _, feature := range powerful {
		if _, set := c.Policy[feature]; !set {
			list = append(list, member{feature, "(self)"})
		}
	}
	for feature, allow := range c.Policy {
		list = append(list, member{feature, allow})
	}
	slices.SortFunc(list, func(a, b member) int { return strings.Compare(a.key, b.key) })
	return list
}

// Enforce sends our policy, or adds to the app's what it does not name.
func (c Permissions) Enforce(env pavise.Env) (pavise.Hooks, error) {
	ours := c.members()
	whole := complete("", nil, ours)
	clash := newConflict(env, "headers.permissions")
	return pavise.Hooks{Amend: func(x *pavise.Exchange) {
		lines := x.Header[permissionsHeader]
		if len(lines) == 0 {
			x.Header[permissionsHeader] = x.Lines(whole)
			return
		}
		policy := strings.Join(lines, ", ")
		theirs, ok := dictionary(policy)
		if !ok {
			clash.replaced(x, permissionsHeader, lines, whole)
			policy = ""
		} else if feature := unlimited(theirs); feature != "" {
			clash.note(x, func() string { return "the app's Permissions-Policy gives " + feature + " to any frame, and is kept" })
		}
		x.Header[permissionsHeader] = x.Lines(complete(policy, theirs, ours))
	}}, nil
}

// Check looks at the pages: a policy counts for a document and its frames.
func (Permissions) Check(e *pavise.Evidence) []pavise.Finding {
	return judge(e, "headers.permissions.present", permissionsHeader, "camera=(self), geolocation=(self), microphone=(self)", pages,
		func(lines []string) bool {
			list, _ := dictionary(strings.Join(lines, ", "))
			return names(list, "camera") && names(list, "geolocation") && names(list, "microphone") && unlimited(list) == ""
		})
}

// unlimited returns the first powerful feature that a policy gives to any frame.
func unlimited(list []member) string {
	for _, m := range list {
		for word := range strings.FieldsSeq(strings.Trim(m.value, "()")) {
			if word == "*" && slices.Contains(powerful, m.key) {
				return m.key
			}
		}
	}
	return ""
}
