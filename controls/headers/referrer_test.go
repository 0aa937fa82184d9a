package headers

import (
	"testing"

	"pavise"
)

func TestReferrer(t *testing.T) {
	const name = "Referrer-Policy: "
	ours := head(name + referrerDefault)
	travel(t, Referrer{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "strictest", app: head(name + "no-referrer"), want: head(name + "no-referrer")},
		{name: "stricter", app: head(name + "Same-Origin"), want: head(name + "Same-Origin")},
		{name: "the last known counts", app: head(name + "no-referrer, strict-origin, newest"), want: head(name + "no-referrer, strict-origin, newest")},
		{name: "the last known is lax", app: head(name+"no-referrer", name+"unsafe-url"), want: ours, note: "no-referrer, unsafe-url is replaced"},
		{name: "unsafe", app: head(name + "unsafe-url"), want: ours, note: "unsafe-url"},
		{name: "old default", app: head(name + "no-referrer-when-downgrade"), want: ours, note: "downgrade"},
		{name: "origin in the clear", app: head(name + "origin"), want: ours, note: "origin"},
		{name: "invalid", app: head(name + "never"), want: ours, note: "never"},
	})
	travel(t, Referrer{Policy: "same-origin"}, []trip{
		{name: "set: nothing", app: head(), want: head(name + "same-origin")},
		{name: "set: laxer", app: head(name + "strict-origin"), want: head(name + "same-origin"), note: "strict-origin is replaced"},
		{name: "set: stricter", app: head(name + "no-referrer"), want: head(name + "no-referrer")},
	})
	judged(t, Referrer{}, "headers.referrer.policy", []verdict{
		{"nothing", page(), pavise.Fail, "no Referrer-Policy"},
		{"default", page(name + referrerDefault), pavise.Pass, referrerDefault},
		{"stricter", page(name + "no-referrer"), pavise.Pass, "no-referrer"},
		{"unsafe", page(name + "unsafe-url"), pavise.Fail, "unsafe-url"},
		{"fallback first", page(name + "unsafe-url, same-origin"), pavise.Pass, "same-origin"},
	})
	mistakes(t, map[string]pavise.Control{
		"<nil>": Referrer{Policy: "no-referrer"},
		`headers.referrer: policy must be strict-origin-when-cross-origin, strict-origin, same-origin or no-referrer, not "unsafe-url"`: Referrer{Policy: "unsafe-url"},
	})
}
