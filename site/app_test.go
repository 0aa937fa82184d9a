package site_test

import (
	"reflect"
	"testing"
	"time"

	"pavise"
	"pavise/site"
)

// TestApps: what answers can be written short or long, at a site and at its paths.
func TestApps(t *testing.T) {
	f, err := site.Load("testdata/good/apps.yaml", catalogue(), port)
	if err != nil {
		t.Fatal(err)
	}
	shop := f.Sites[0]
	want := site.App{
		To:      site.Backends{{At: "3000", Line: 5}, {At: "unix:/run/app.sock", Weight: 3, Line: 5}},
		Balance: "round-robin", Sticky: true, WebSockets: "off",
		Health:      site.Health{Path: "/healthz", Every: time.Second, Timeout: 500 * time.Millisecond, Fails: 2, Passes: 1},
		Maintenance: site.Maintenance{Page: "testdata/good/maintenance.html", RetryAfter: 5 * time.Minute, Except: pavise.Networks{"192.0.2.0/24"}, Line: 10},
	}
	if !reflect.DeepEqual(shop.App, want) || shop.Name != "shop" || !shop.Canonical {
		t.Errorf("got  %+v\nwant %+v", shop.App, want)
	}
	paths := []site.Path{
		{Path: "/api", Strip: true, Line: 12, App: site.App{To: site.Backends{{At: "4000", Line: 14}}, Health: site.Health{Path: "/alive"}}},
		{Path: "/old", Line: 16, App: site.App{Redirect: site.Redirect{To: "/new"}}},
		{Path: "/files", Line: 18, App: site.App{Static: site.Static{Folder: "testdata/good/files", Index: []string{"a.html", "b.html"}, Listing: true, Line: 19},
			Maintenance: site.Maintenance{On: true, Line: 20}}},
	}
	if !reflect.DeepEqual(shop.Paths, paths) {
		t.Errorf("got  %+v\nwant %+v", shop.Paths, paths)
	}
	static, old := f.Sites[1], f.Sites[2]
	if static.Name != "static.example.com" || !static.Default || static.Static.Folder != "testdata/good/public" {
		t.Errorf("%+v", static)
	}
	if !old.Disabled || old.Redirect != (site.Redirect{To: "https://shop.example.com/shop", KeepPath: true, Permanent: true}) {
		t.Errorf("%+v", old)
	}
}
