package clients

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"pavise"
)

// A keeper is a Bans at work for one site.
type keeper struct {
	Bans
	env    pavise.Env
	letBe  func(netip.Addr) bool
	points *points
}

// heed counts a refusal against the client, and bans it when there are too many.
func (k *keeper) heed(x *pavise.Exchange, rule string) {
	o := offenceOf(rule)
	if o == nil || madeByPage(x) || k.letBe(x.Client) || k.env.Watch.Spared(x.Client) {
		return
	}
	if !k.points.add(pavise.Subscriber(x.Client).Addr(), o.points, k.env.Now()) {
		return
	}
	most := cmp.Or(k.Most, max(mostBan, k.First))
	if x.Client.Is6() {
		most = cmp.Or(k.MostIPv6, mostBanIPv6)
	}
	if b := k.env.Watch.Ban(x.Client, cmp.Or(k.First, firstBan), most, o.words); b != nil {
		k.env.Note(x, bansID, fmt.Sprintf("%s is banned for %s, for the %s: %s", b.Network, b.Ends.Sub(b.Since), ordinal(b.Times), b.Reason))
	}
}

// madeByPage reports whether a page may have had a browser ask: then it is the page's
// doing, be it one of the site that links to what is refused, or a stranger's that would
// have its visitors banned. Browsers say so where no page can change it, and over http
// nothing (Fetch Metadata 3, 4.2); who says so and is no browser is refused as ever, and
// not banned.
func madeByPage(x *pavise.Exchange) bool {
	switch site := x.Request.Header["Sec-Fetch-Site"]; {
	case len(site) == 1:
		return site[0] == "same-origin" || site[0] == "same-site" || site[0] == "cross-site"
	default:
		return !x.Secure || len(x.Request.Header["Referer"]) > 0 // of browsers that do not say so
	}
}

func ordinal(n int) string {
	switch {
	case n <= 1:
		return "first time"
	case n == 2:
		return "second time"
	case n == 3:
		return "third time"
	}
	return fmt.Sprintf("%dth time", n)
}

// where says in words where an address is, as far as is known.
func where(l pavise.Location) string {
	text := ""
	if l.Country != "" {
		text = ", in " + l.Country
	}
	if l.AS != 0 {
		text += fmt.Sprintf(", of AS%d", l.AS)
		if l.Name != "" {
			text += " " + pavise.Clip(l.Name, 60)
		}
	}
	return text
}

// Left is how long a ban or a window still lasts, as people say it.
func Left(ends, now time.Time) string {
	left := ends.Sub(now)
	switch {
	case left >= 48*time.Hour:
		return fmt.Sprintf("%d days", int((left+12*time.Hour)/(24*time.Hour)))
	case left >= time.Minute:
		text := strings.TrimSuffix(left.Round(time.Minute).String(), "0s") // 4h0m0s is 4h
		if short, whole := strings.CutSuffix(text, "h0m"); whole {
			text = short + "h"
		}
		return text
	}
	return left.Round(time.Second).String()
}
