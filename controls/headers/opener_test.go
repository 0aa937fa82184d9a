package headers

import (
	"testing"

	"pavise"
)

func TestOpener(t *testing.T) {
	const name = "Cross-Origin-Opener-Policy: "
	ours := head(name + "same-origin-allow-popups")
	travel(t, Opener{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "in the clear", url: "http://shop.example.com/", app: head(), want: head()},
		{name: "stricter", app: head(name + `same-origin; report-to="x"`), want: head(name + `same-origin; report-to="x"`)},
		{name: "another that is as strict", app: head(name + "noopener-allow-popups"), want: head(name + "noopener-allow-popups")},
		{name: "laxer", app: head(name + "unsafe-none"), want: ours, note: "unsafe-none is replaced"},
		{name: "invalid", app: head(name + "Same-Origin"), want: ours, note: "Same-Origin"},
		{name: "twice is invalid", app: head(name+"same-origin", name+"same-origin"), want: ours, note: "same-origin, same-origin"},
	})
	travel(t, Opener{Policy: "same-origin"}, []trip{
		{name: "set: nothing", app: head(), want: head(name + "same-origin")},
		{name: "set: laxer", app: head(name + "same-origin-allow-popups"), want: head(name + "same-origin"), note: "replaced by same-origin"},
	})
	judged(t, Opener{}, "headers.opener.present", []verdict{
		{"nothing", page(), pavise.Fail, "no Cross-Origin-Opener-Policy"},
		{"ours", page(name + "same-origin-allow-popups"), pavise.Pass, "popups"},
		{"laxer", page(name + "unsafe-none"), pavise.Fail, "unsafe-none"},
		{"in the clear", evidence("http://localhost:3000", answer("http://localhost:3000/", 200, nil, head("Content-Type: text/html"))), pavise.Skip, "https"},
	})
	mistakes(t, map[string]pavise.Control{
		"<nil>": Opener{Policy: "same-origin"},
		`headers.opener: policy must be same-origin-allow-popups or same-origin, not "unsafe-none"`: Opener{Policy: "unsafe-none"},
	})
}
