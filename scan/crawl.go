package scan

import (
	"cmp"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"pavise"
)

// Bounds of the crawl.
const (
	DefaultDepth = 4
	defaultPages = 50
	maxFrontier  = 10000 // links that are thought of
)

// A crawl follows links and redirects on the same origin, those of a kind not yet
// seen first, as robots.txt allows.
type crawl struct {
	pages, depth int
	ignoreRobots bool
	said         *said
}

// said is what robots.txt says, read once, and of the links seen so far.
type said struct {
	rules  *robots
	barred map[string]bool
}

// newCrawl leaves to the controls what they may ask: of a bound that is raised all
// that is more goes to pages.
func newCrawl(opt Options) crawl {
	most := cmp.Or(opt.MaxRequests, DefaultRequests)
	return crawl{
		pages:        max(defaultPages+most-DefaultRequests, most/5),
		depth:        cmp.Or(opt.Depth, DefaultDepth),
		ignoreRobots: opt.IgnoreRobots,
		said:         &said{barred: map[string]bool{}},
	}
}

func robotsProbe(t pavise.Target) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: t.URL + "/robots.txt"})
}

// A frontier is the links that the answers name, by what is to become of them.
type frontier struct {
	next, barred, deep []string
	followed           int
}

// Probes follows what the answers so far name, once it is known what robots may.
func (c crawl) Probes(e *pavise.Evidence) []pavise.Probe {
	f := c.frontier(e)
	var probes []pavise.Probe
	for _, link := range f.next[:min(len(f.next), max(c.pages-f.followed, 0))] {
		probes = append(probes, pavise.Ask(pavise.Request{URL: link}))
	}
	return probes
}

// limits says what the crawl has left out.
func (c crawl) limits(e *pavise.Evidence) (list []string) {
	f := c.frontier(e)
	say := func(links []string, why string) {
		if n := len(links); n > 0 {
			list = append(list, fmt.Sprintf("%d of the site's links not followed: %s", n, why))
		}
	}
	say(f.barred, "robots.txt asks robots not to (--ignore-robots)")
	say(f.deep, fmt.Sprintf("they are more than %d links from the beginning (--depth)", c.depth))
	if f.followed < c.pages {
		say(f.next, "the scan ended before (--timeout)")
	} else {
		say(f.next, fmt.Sprintf("at most %d are (--max-requests)", c.pages))
	}
	return list
}

func (c crawl) frontier(e *pavise.Evidence) (f frontier) {
	file := e.Answer(robotsProbe(e.Target))
	if file == nil {
		return f
	}
	links, depths := linked(e)
	for _, link := range byKind(links) {
		switch {
		case e.Answer(pavise.Ask(pavise.Request{URL: link})) != nil:
			f.followed++
		case depths[link] > c.depth:
			f.deep = append(f.deep, link)
		case !c.ignoreRobots && c.said.bars(file, link):
			f.barred = append(f.barred, link)
		default:
			f.next = append(f.next, link)
		}
	}
	return f
}

// bars reads the file once, and asks it once of each link: both may be long.
func (s *said) bars(file *pavise.Answer, link string) bool {
	if s.rules == nil {
		rules := robotsFrom(file)
		s.rules = &rules
	}
	barred, known := s.barred[link]
	if !known {
		barred = s.rules.bars(link)
		s.barred[link] = barred
	}
	return barred
}

// linked returns the links of all pages, in the order in which they were found, and
// how far from the beginning each is.
func linked(e *pavise.Evidence) (links []string, depths map[string]int) {
	depths = map[string]int{}
	for _, a := range e.Site() {
		r := a.Probe.Request
		if r.Method != "" || r.Header != nil || r.Proto != "" {
			continue
		}
		for _, link := range append(redirected(a, e.Target.URL), a.Response.Links...) {
			if _, known := depths[link]; known || pavise.Acts(link) {
				continue
			}
			if len(links) == maxFrontier {
				return links, depths
			}
			links = append(links, link)
			depths[link] = depths[r.URL] + 1
		}
	}
	return links, depths
}

// byKind puts the first link of every kind before the second of any.
func byKind(links []string) []string {
	seen, rank := map[string]int{}, make(map[string]int, len(links))
	for _, link := range links {
		kind := kindOf(link)
		rank[link] = seen[kind]
		seen[kind]++
	}
	slices.SortStableFunc(links, func(a, b string) int { return rank[a] - rank[b] })
	return links
}

func kindOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	if ext := path.Ext(u.Path); ext != "" {
		return ext
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return first
}

func redirected(a pavise.Answer, origin string) []string {
	to := a.Response.Header.Get("Location")
	base, err := url.Parse(a.Probe.Request.URL)
	if to == "" || len(to) > maxAddress || err != nil {
		return nil
	}
	u, err := base.Parse(to)
	if err != nil || !strings.HasPrefix(u.String(), origin+"/") {
		return nil
	}
	u.Fragment = ""
	return []string{u.String()}
}
