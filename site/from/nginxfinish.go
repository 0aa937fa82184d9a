package from

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pavise/site"
)

// finished is the site with all its keys.
func (b *built) finished() Site {
	m := site.Map{{Key: "hosts", Value: site.Texts(b.hosts)}}
	b.app.files(nil)
	b.app.close()
	m = append(append(m, b.Map...), b.app.m...)
	var paths site.Items
	for _, p := range b.parts {
		if p.folder == "" {
			p.folder = b.root
		}
		p.files(b.app.index)
		if b.app.closed && !p.closed {
			p.closed, p.except = true, b.app.except
		}
		p.close()
		if !p.closed && get(p.m, "to") == nil && get(p.m, "static") == nil && get(p.m, "redirect") == nil {
			continue
		}
		paths = append(paths, ordered(append(site.Map{{Key: "path", Value: p.path}}, p.m...), site.PathKeys()))
	}
	if paths != nil {
		put(&m, "paths", paths)
	}
	if size := b.limits(); size != nil {
		put(&m, "controls", site.Map{{Key: "requests.size", Value: size}})
	}
	if far(get(m, "to")) || slices.ContainsFunc(b.parts, func(p *part) bool { return far(get(p.m, "to")) }) {
		put(&m, "allow-remote-upstream", true)
	}
	b.Map = ordered(m, site.SiteKeys())
	return b.Site
}

// files has a part serve those of its folder, as far as nginx would: where all is passed
// to a backend it looks at none.
func (p *part) files(index []string) {
	if p.folder == "" || p.passed && !p.tried || get(p.m, "redirect") != nil {
		return
	}
	m := site.Map{{Key: "folder", Value: p.folder}}
	if p.index != nil {
		index = p.index
	}
	if len(index) > 0 && !slices.Equal(index, []string{"index.html"}) {
		put(&m, "index", site.Texts(index))
	}
	if p.listing {
		put(&m, "listing", true)
	}
	if p.fallback != "" {
		put(&m, "fallback", p.fallback)
	}
	put(&p.m, "static", shortest(m, "folder"))
}

// close keeps what nginx did not show to everybody from being shown.
func (p *part) close() {
	if !p.closed {
		return
	}
	m := site.Map{{Key: "on", Value: true}}
	if p.except != nil {
		m = append(m, site.Pair{Key: "except", Value: site.Texts(p.except)})
	}
	put(&p.m, "maintenance", shortest(m, "on"))
}

// limits are the settings of the control of sizes.
func (b *built) limits() site.Map {
	var m site.Map
	if b.size != "" {
		m = append(m, site.Pair{Key: "body", Value: site.Plain(b.size)})
	}
	if b.sizes != nil {
		m = append(m, site.Pair{Key: "paths", Value: b.sizes})
	}
	return m
}

// far reports whether one of some backends is on another machine.
func far(v any) bool {
	switch v := v.(type) {
	case string:
		return remote(v)
	case site.Map:
		at, _ := get(v, "at").(string)
		return remote(cmp.Or(at, "127.0.0.1:1"))
	case site.List:
		return slices.ContainsFunc(v, far)
	}
	return false
}

func bytesOf(text string) (string, bool) {
	unit := 1
	switch {
	case strings.HasSuffix(strings.ToLower(text), "k"):
		unit = 1 << 10
	case strings.HasSuffix(strings.ToLower(text), "m"):
		unit = 1 << 20
	case strings.HasSuffix(strings.ToLower(text), "g"):
		unit = 1 << 30
	}
	var n int
	if _, err := fmt.Sscanf(strings.TrimRight(text, "kKmMgG"), "%d", &n); err != nil || n <= 0 || n > 1<<20 && unit > 1 {
		return "", false
	}
	return fmt.Sprint(n * unit), true
}
