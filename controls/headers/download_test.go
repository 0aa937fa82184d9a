package headers

import (
	"testing"

	"pavise"
)

func TestDownload(t *testing.T) {
	const name = "X-Download-Options: "
	ours := head(name + "noopen")
	travel(t, Download{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "error page", status: 404, app: head(), want: ours},
		{name: "same", app: head(name + "noopen"), want: ours},
		{name: "twice", app: head(name+"noopen", name+"noopen"), want: ours, note: "is replaced by noopen"},
		{name: "other", app: head(name + "open"), want: ours, note: "open is replaced by noopen"},
	})
	judged(t, Download{}, "headers.download.noopen", []verdict{
		{"nothing", page(), pavise.Fail, "no X-Download-Options"},
		{"ours", page(name + "noopen"), pavise.Pass, "noopen"},
		{"twice", page(name+"noopen", name+"noopen"), pavise.Fail, "noopen, noopen"},
		{"other", page(name + "open"), pavise.Fail, "open"},
	})
}
