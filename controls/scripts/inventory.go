package scripts

import (
	"slices"
	"strings"

	"pavise"
)

// A Script is one of the inventory that PCI DSS 6.4.3 wants.
type Script struct {
	URL       string   `json:"url"`
	Host      string   `json:"host"`
	Third     bool     `json:"third,omitempty"`     // it is another owner's
	Integrity string   `json:"integrity,omitempty"` // as the pages say
	Pages     []string `json:"pages"`               // that load it
	Libraries []string `json:"libraries,omitempty"` // recognised in it, "jquery 3.7.1"
}

// Inventory lists every script that the pages of the evidence load, by address.
func Inventory(e *pavise.Evidence) []Script {
	known := map[string][]string{}
	for _, lib := range recognised(e) {
		for _, place := range lib.places {
			known[place.At] = append(known[place.At], lib.Name+" "+lib.Version)
		}
	}
	byURL := map[string]*Script{}
	for _, a := range e.Site() {
		for _, r := range a.Response.Resources {
			if r.Kind != "script" {
				continue
			}
			s := byURL[r.URL]
			if s == nil {
				host, _ := foreign(a, r.URL)
				s = &Script{URL: r.URL, Host: host, Third: !sameSite(host, e.Target.Host()), Integrity: r.Integrity, Libraries: unique(known[r.URL])}
				byURL[r.URL] = s
			}
			if at := a.Probe.Request.URL; !slices.Contains(s.Pages, at) {
				s.Pages = append(s.Pages, at)
			}
		}
	}
	list := make([]Script, 0, len(byURL))
	for _, s := range byURL {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Script) int { return strings.Compare(a.URL, b.URL) })
	return list
}
