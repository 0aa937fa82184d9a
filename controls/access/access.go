// Package access holds the controls of who may see what: they look at the site as two
// accounts and as nobody, and compare.
package access

import (
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// Bounds of what is asked as one account, and for it of the others.
const (
	maxPages   = 12
	maxObjects = 8
)

// as asks for a page as an account; "" is nobody.
func as(account, url string) pavise.Probe {
	return pavise.Ask(pavise.Request{URL: url, As: account})
}

// crawl are the pages that an account has seen or should: where it begins, what is its
// own, and what these link to, of each kind one first.
func crawl(e *pavise.Evidence, a pavise.Account) (pages []string, cut bool) {
	pages = append([]string{a.Check, e.Target.URL + "/", e.Target.URL + e.Target.Start}, a.Paths...)
	pages = unique(pages)
	links := byKind(linked(e, a, pages))
	for _, link := range links {
		if !slices.Contains(pages, link) {
			if len(pages) >= maxPages {
				return pages, true
			}
			pages = append(pages, link)
		}
	}
	return pages, false
}

// linked are the pages that those link to. Static files belong to nobody, and what may
// act is not touched.
func linked(e *pavise.Evidence, a pavise.Account, pages []string) []string {
	var list []string
	for _, page := range pages {
		seen := shown(e, a.Name, page)
		if seen == nil {
			continue
		}
		for _, link := range seen.Links {
			if e.Target.Owns(link) && !pavise.Acts(link) && !static(link) {
				list = append(list, link)
			}
		}
	}
	return unique(list)
}

// shown is what an account was shown at an address, or nil.
func shown(e *pavise.Evidence, account, url string) *pavise.Response {
	if a, why := e.Heard(as(account, url)); why == "" {
		return a.Response
	}
	return nil
}

func unique(list []string) []string {
	var once []string
	for _, s := range list {
		if !slices.Contains(once, s) {
			once = append(once, s)
		}
	}
	return once
}

func static(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return true
	}
	switch strings.ToLower(path.Ext(u.Path)) {
	case ".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp", ".woff", ".woff2", ".ttf", ".txt":
		return true
	}
	return false
}

// id is a number, a UUID or another name that a machine has given.
var id = regexp.MustCompile(`^(\d+|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[0-9a-fA-F]{16,}|[A-Za-z0-9_-]*\d[A-Za-z0-9_-]{14,})$`)

// kind is an address without the ids in it, and whether there were any.
func kind(link string) (of string, object bool) {
	u, err := url.Parse(link)
	if err != nil {
		return link, false
	}
	parts := strings.Split(u.Path, "/")
	for i, part := range parts {
		if id.MatchString(part) {
			parts[i], object = "*", true
		}
	}
	var names []string
	for name, values := range u.Query() {
		names = append(names, name)
		object = object || slices.ContainsFunc(values, id.MatchString)
	}
	slices.Sort(names)
	return strings.Join(parts, "/") + "?" + strings.Join(names, "&"), object
}

// byKind puts the first link of every kind before the second of any.
func byKind(links []string) []string {
	seen, rank := map[string]int{}, map[string]int{}
	for _, link := range links {
		of, _ := kind(link)
		rank[link] = seen[of]
		seen[of]++
	}
	slices.SortStableFunc(links, func(a, b string) int { return rank[a] - rank[b] })
	return links
}

// missing is what a stranger is shown where there is nothing.
func missing(e *pavise.Evidence) pavise.Probe { return as("", e.Target.NoPage()) }

// named is an address as a page that says no more than its words: "order 7 was not
// found" shows nothing of order 7.
func named(url string) *pavise.Response { return &pavise.Response{Body: []byte(url)} }

// public reports whether nobody is shown what an account is shown.
func public(e *pavise.Evidence, own *pavise.Response, url string) (is bool, why string) {
	nobody, why := e.Heard(as("", url))
	if why != "" {
		return false, "as nobody: " + why
	}
	nothing, why := e.Heard(missing(e))
	if why != "" {
		return false, "a page that is not there: " + why
	}
	is, known := nobody.Response.Shows(own, nothing.Response, named(url))
	if _, tells := own.Shows(own, nothing.Response, named(url)); !tells {
		return false, "it is the page that every address has: name the address of its data"
	}
	if !known {
		return false, "without a login it answers with neither what the account is shown nor a refusal: look at it yourself"
	}
	return is, ""
}

// inactive is why nothing is asked as an account; "" if it is.
func inactive(e *pavise.Evidence, accounts int) string {
	switch {
	case e.Target.Agreed == "":
		return e.Target.Inactive()
	case len(e.Accounts) < accounts && accounts > 1:
		return "it needs two accounts of yours: pavise scan --active --agreed WHO --as alice.yaml --as bob.yaml " + e.Target.URL
	case len(e.Accounts) < accounts:
		return e.Target.NoAccount()
	}
	return ""
}
