package headers

import (
	"testing"

	"pavise"
)

func TestOriginAgent(t *testing.T) {
	const name = "Origin-Agent-Cluster: "
	travel(t, OriginAgent{}, []trip{
		{name: "nothing", app: head(), want: head(name + "?1")},
		{name: "in the clear", url: "http://shop.example.com/", app: head(), want: head()},
		{name: "same", app: head(name + "?1;x"), want: head(name + "?1;x")},
		{name: "document.domain", app: head(name + "?0"), want: head(name + "?0"), note: "?0 is kept"},
		{name: "invalid", app: head(name + "true"), want: head(name + "?1"), note: "true is replaced"},
	})
	judged(t, OriginAgent{}, "headers.origin-agent.present", []verdict{
		{"nothing", page(), pavise.Fail, "no Origin-Agent-Cluster"},
		{"on", page(name + "?1"), pavise.Pass, "?1"},
		{"off", page(name + "?0"), pavise.Fail, "document.domain"},
		{"invalid", page(name + "1"), pavise.Fail, "1"},
		{"in the clear", evidence("http://localhost:3000", answer("http://localhost:3000/", 200, nil, head("Content-Type: text/html"))), pavise.Skip, "https"},
	})
}
