package headers

import (
	"testing"

	"pavise"
)

func TestNoSniff(t *testing.T) {
	const name = "X-Content-Type-Options: "
	ours := head(name + "nosniff")
	travel(t, NoSniff{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "error page", status: 404, app: head(), want: ours},
		{name: "same", app: head(name + "nosniff"), want: ours},
		{name: "twice", app: head(name+"nosniff", name+"nosniff"), want: ours, note: "is replaced by nosniff"},
		{name: "other", app: head(name + "none"), want: ours, note: "none is replaced by nosniff"},
	})
	judged(t, NoSniff{}, "headers.nosniff.present", []verdict{
		{"nothing", page(), pavise.Fail, "no X-Content-Type-Options"},
		{"ours", page(name + "nosniff"), pavise.Pass, "nosniff"},
		{"twice", page(name+"nosniff", name+"nosniff"), pavise.Fail, "nosniff, nosniff"},
		{"other", page(name + "none"), pavise.Fail, "none"},
	})
}
