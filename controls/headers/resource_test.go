package headers

import (
	"testing"

	"pavise"
)

func TestResource(t *testing.T) {
	const name = "Cross-Origin-Resource-Policy: "
	ours := head(name + "same-site")
	travel(t, Resource{}, []trip{
		{name: "nothing", app: head(), want: ours},
		{name: "in the clear too", url: "http://shop.example.com/", app: head(), want: ours},
		{name: "stricter", app: head(name + "same-origin"), want: head(name + "same-origin")},
		{name: "laxer", app: head(name + "cross-origin"), want: ours, note: "cross-origin is replaced"},
		{name: "invalid", app: head(name + "Same-Origin"), want: ours, note: "Same-Origin"},
		{name: "twice is invalid", app: head(name+"same-origin", name+"same-origin"), want: ours, note: "replaced"},
		{name: "public in both", app: head(name+"cross-origin", "Access-Control-Allow-Origin: *"), want: head(name+"cross-origin", "Access-Control-Allow-Origin: *")},
		{name: "public in one", app: head("Access-Control-Allow-Origin: *"), want: head(name+"same-site", "Access-Control-Allow-Origin: *")},
	})
	travel(t, Resource{Policy: "same-origin"}, []trip{
		{name: "set: laxer", app: head(name + "same-site"), want: head(name + "same-origin"), note: "same-site is replaced"},
		{name: "set: laxer beside CORS", app: head(name+"same-site", "Access-Control-Allow-Origin: *"),
			want: head(name+"same-origin", "Access-Control-Allow-Origin: *"), note: "same-site is replaced"},
	})
	judged(t, Resource{}, "headers.resource.present", []verdict{
		{"nothing", page(), pavise.Fail, "no Cross-Origin-Resource-Policy"},
		{"site", page(name + "same-site"), pavise.Pass, "same-site"},
		{"anyone", page(name + "cross-origin"), pavise.Fail, "cross-origin"},
		{"meant for others", page(name+"cross-origin", "Access-Control-Allow-Origin: *"), pavise.Pass, "meant for others"},
		{"nothing beside CORS", page("Access-Control-Allow-Origin: *"), pavise.Fail, "no Cross-Origin-Resource-Policy"},
		{"an image counts", evidence("https://shop.example.com",
			answer("https://shop.example.com/a.png", 200, nil, head("Content-Type: image/png"))), pavise.Fail, "no Cross-Origin-Resource-Policy"},
	})
	mistakes(t, map[string]pavise.Control{
		"<nil>": Resource{Policy: "same-origin"},
		`headers.resource: policy must be same-site or same-origin, not "cross-origin"`: Resource{Policy: "cross-origin"},
	})
}
