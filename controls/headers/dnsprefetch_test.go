package headers

import (
	"testing"

	"pavise"
)

func TestDNSPrefetch(t *testing.T) {
	const name = "X-DNS-Prefetch-Control: "
	ours := head(name + "off")
	travel(t, DNSPrefetch{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "error page", status: 404, app: head(), want: ours},
		{name: "same", app: head(name + "off"), want: ours},
		{name: "twice", app: head(name+"off", name+"off"), want: ours, note: "is replaced by off"},
		{name: "other", app: head(name + "on"), want: ours, note: "on is replaced by off"},
	})
	judged(t, DNSPrefetch{}, "headers.dns-prefetch.off", []verdict{
		{"nothing", page(), pavise.Fail, "no X-DNS-Prefetch-Control"},
		{"ours", page(name + "off"), pavise.Pass, "off"},
		{"twice", page(name+"off", name+"off"), pavise.Fail, "off, off"},
		{"other", page(name + "on"), pavise.Fail, "on"},
	})
}
