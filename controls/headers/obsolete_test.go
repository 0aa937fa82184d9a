package headers

import (
	"testing"

	"pavise"
)

func TestObsolete(t *testing.T) {
	travel(t, Obsolete{}, []trip{
		{name: "nothing", app: head("Vary: *"), want: head("Vary: *")},
		{name: "pins", app: head("Public-Key-Pins: max-age=1"), want: head(), note: "Public-Key-Pins: max-age=1 is removed"},
		{name: "all", app: head("Public-Key-Pins: a", "Public-Key-Pins-Report-Only: b", "Expect-CT: c"), want: head(), note: "is removed"},
	})
	judged(t, Obsolete{}, "headers.obsolete.hpkp", []verdict{
		{"nothing", page(), pavise.Pass, "no Public-Key-Pins"},
		{"pins", page("Public-Key-Pins: max-age=1"), pavise.Fail, "max-age=1"},
		{"report", page("Public-Key-Pins-Report-Only: max-age=1"), pavise.Fail, "Report-Only"},
		{"the other", page("Expect-CT: max-age=1"), pavise.Pass, "no Public-Key-Pins"},
	})
	judged(t, Obsolete{}, "headers.obsolete.expect-ct", []verdict{
		{"nothing", page(), pavise.Pass, "no Expect-Ct"},
		{"sent", page("Expect-CT: max-age=1"), pavise.Fail, "max-age=1"},
	})
}
