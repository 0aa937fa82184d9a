package headers

import (
	"testing"

	"pavise"
)

func TestXSSFilter(t *testing.T) {
	const name = "X-XSS-Protection: "
	ours := head(name + "0")
	travel(t, XSSFilter{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "error page", status: 404, app: head(), want: ours},
		{name: "same", app: head(name + "0"), want: ours},
		{name: "twice", app: head(name+"0", name+"0"), want: ours, note: "is replaced by 0"},
		{name: "other", app: head(name + "1;mode=block"), want: ours, note: "1;mode=block is replaced by 0"},
	})
	judged(t, XSSFilter{}, "headers.xss-filter.off", []verdict{
		{"nothing", page(), pavise.Fail, "no X-XSS-Protection"},
		{"ours", page(name + "0"), pavise.Pass, "0"},
		{"twice", page(name+"0", name+"0"), pavise.Fail, "0, 0"},
		{"other", page(name + "1;mode=block"), pavise.Fail, "1;mode=block"},
	})
}
