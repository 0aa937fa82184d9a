package headers

import (
	"testing"

	"pavise"
)

func TestCrossDomain(t *testing.T) {
	const name = "X-Permitted-Cross-Domain-Policies: "
	ours := head(name + "none")
	travel(t, CrossDomain{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "error page", status: 404, app: head(), want: ours},
		{name: "same", app: head(name + "none"), want: ours},
		{name: "twice", app: head(name+"none", name+"none"), want: ours, note: "is replaced by none"},
		{name: "other", app: head(name + "master-only"), want: ours, note: "master-only is replaced by none"},
	})
	judged(t, CrossDomain{}, "headers.cross-domain.none", []verdict{
		{"nothing", page(), pavise.Fail, "no X-Permitted-Cross-Domain-Policies"},
		{"ours", page(name + "none"), pavise.Pass, "none"},
		{"twice", page(name+"none", name+"none"), pavise.Fail, "none, none"},
		{"other", page(name + "master-only"), pavise.Fail, "master-only"},
	})
}
