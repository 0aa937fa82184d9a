// Package leaks holds the controls that keep to the house what tells a stranger
// about it: default error pages, stack traces, files left in the web root.
package leaks

import (
	"strings"

	"pavise"
)

// isJSON knows JSON and the types built on it (RFC 6839 3.1).
func isJSON(media string) bool {
	return media == "application/json" || strings.HasSuffix(media, "+json")
}

// ownPage is what goes out instead of a page that would break the rule.
func ownPage(x *pavise.Exchange, rule, saw string) *pavise.Page {
	page := pavise.ErrorPage(x.Request, x.Status, "", x.ID)
	page.Rule, page.Saw = rule, saw
	return page
}
