package report

import (
	"bytes"
	"strings"
	"testing"

	"pavise"
)

// TestStockOfAMachine: the lists of PCI DSS 2.2 and 12.3.4 are whole, and readable.
func TestStockOfAMachine(t *testing.T) {
	m := &pavise.Machine{System: pavise.Software{Name: "debian", Version: "12"},
		Sockets: []pavise.Socket{{Proto: "tcp", Address: "::", Port: 443, Process: "nginx", User: "root", Unit: "nginx.service", Open: true}, {Proto: "udp", Address: "127.0.0.1", Port: 323}},
		Configs: []pavise.Config{{Service: "nginx", Version: "1.22.1", Files: []string{"/etc/nginx/nginx.conf", "/etc/nginx/a\x1b[2J"}, Unread: []pavise.Unread{{What: "/etc/nginx/b"}}}},
		Units:   []pavise.Unit{{Name: "shop.service", File: "/etc/systemd/system/shop.service", App: true}, {Name: "cron.service"}},
		Software: []pavise.Software{{Name: "nginx", Version: "1.22.1", Package: "nginx"}, {Name: "nginx", Version: "1.22.1", Package: "nginx-common"},
			{Name: "nodejs", Version: "20.20.2", From: "/usr/local/bin/node"}}}
	r := New(Input{Target: "host vm", Profile: Disk, Evidence: &pavise.Evidence{Machine: m}})
	inv := r.Inventory
	if len(inv.Listeners) != 2 || inv.Listeners[0].At != "tcp [::]:443" || len(inv.Services) != 2 || inv.Services[0].Unread != 1 {
		t.Errorf("%+v, %+v", inv.Listeners, inv.Services)
	}
	if len(inv.Releases) != 1 || inv.Releases[0].By != "debian 12" { // what lies beside is told by the data
		t.Errorf("%+v", inv.Releases)
	}
	var page bytes.Buffer
	if err := (Reports{r}).HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"tcp [::]:443", "nginx.service", "not known", "/etc/nginx/nginx.conf", "1 file unread", "shop.service", "debian 12 does", "PCI DSS 4.0.1 2.2.4"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(page.String(), "\x1b") {
		t.Error("the page has a control character")
	}
}
