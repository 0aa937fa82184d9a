package clients

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"pavise"
)

// Bans keeps away whom the owner has banned, and for a while who does what no browser
// and no person does.
type Bans struct {
	Allow     pavise.Networks `yaml:"allow" doc:"addresses and networks that no ban ever keeps away, such as your own servers and office; an item that ends in .txt is a file of them" default:"none; the machine itself and the proxies in front never are"`
	Automatic string          `yaml:"automatic" doc:"bans for what a client did; those of pavise ban add hold all the same" default:"on" enum:"on,off"`
	First     time.Duration   `yaml:"first" doc:"how long the first automatic ban of a client lasts; each that follows within a day of the last lasts twice as long" default:"5m"`
	Most      time.Duration   `yaml:"most" doc:"how long any of them lasts for an address of IPv4, which many people may share" default:"1h, or first where that is longer"`
	MostIPv6  time.Duration   `yaml:"most-ipv6" doc:"the same for a /64 of IPv6, which is one subscriber" default:"24h"`
}

const bansID = "clients.bans"

// The recommended bans. Behind one address of IPv4 may be an office or a mobile network.
const (
	firstBan    = 5 * time.Minute
	mostBan     = time.Hour
	mostBanIPv6 = 24 * time.Hour
)

// An offence is what speaks against a client: a rule by which it was refused. A hundred
// points are a ban; one is forgiven every six seconds.
type offence struct {
	rule   string // and all below it
	points int
	words  string
}

// offences are refusals of what no browser asks for. That a limit was met is none: an
// office behind one address may.
var offences = []offence{
	{"leaks.files", 5, "it asked again and again for files that nobody links to"},
	{"transport.strict", 1, "it sent again and again what is no request"},
	{"login.guard", 1, "it went on and on guessing passwords after the login was closed to it"},
}

// Doc describes the control.
func (Bans) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       bansID,
		Title:    "Bans",
		Why:      "Who probes for files left behind, sends broken requests or guesses passwords is refused each time, and goes on until something is found that nobody thought of.",
		Enforces: "Answers 403 to whom the owner has banned (pavise ban add), on every node within a second. Bans by itself who in a short time is refused 20 times for probing for files, 100 times for what is no request, or 100 times by the login guard: for 5 minutes, then twice as long each time, up to an hour for an address of IPv4 and a day for a /64 of IPv6. What a page may have made a browser ask for does not count, nor anything over http, where browsers do not say, so nobody can have a visitor banned. The allow list wins over every ban at once; this machine and the proxies in front are never banned.",
		Verifies: "Not by a scan: it would have to do what is banned for, and be banned. pavise ban list shows who is, and the log names refusals, up to 20 a second.",
		Refuses:  true, Behaviour: true,
	}
}

// Validate reports what is no network, and times that cannot be.
func (b Bans) Validate() error {
	errs := []error{networkErrors(bansID+": allow", b.Allow)}
	if b.Automatic != "" && b.Automatic != "on" && b.Automatic != "off" {
		errs = append(errs, fmt.Errorf("%s: automatic must be on or off, not %q", bansID, b.Automatic))
	}
	between := func(key string, v, least, most time.Duration) {
		if v != 0 && (v < least || v > most) {
			errs = append(errs, fmt.Errorf("%s: %s must be %s to %s, not %s", bansID, key, least, most, v))
		}
	}
	between("first", b.First, time.Second, 24*time.Hour)
	between("most", b.Most, cmp.Or(b.First, firstBan), 24*time.Hour) // longer it would be another's
	between("most-ipv6", b.MostIPv6, cmp.Or(b.First, firstBan), 30*24*time.Hour)
	return errors.Join(errs...)
}

// Enforce keeps away who is banned, and listens to what every other control refuses.
func (b Bans) Enforce(env pavise.Env) (pavise.Hooks, error) {
	env = env.Complete()
	if env.Watch == nil {
		env.Watch = NewWatch(WatchOptions{Store: env.Store, Now: env.Now})
	}
	k := &keeper{Bans: b, env: env, letBe: letBe(env, b.Allow), points: newPoints(env.Now())}
	hooks := pavise.Hooks{Admit: k.admit}
	if b.Automatic != "off" {
		hooks.Heed = k.heed
	}
	return hooks, nil
}

// unbanned is how a page without a reason of the owner's says it.
const unbanned = "Your address is not let in here for the time being."

func (k *keeper) admit(x *pavise.Exchange) error {
	b := k.env.Watch.Banned(x.Client)
	if b == nil || k.letBe(x.Client) {
		return nil
	}
	left := b.Ends.Sub(k.env.Now())
	refused := &pavise.Refusal{Status: http.StatusForbidden, Rule: bansID, Reason: unbanned,
		Saw:  fmt.Sprintf("%s is banned until %s%s", b.Network, b.Ends.UTC().Format(time.DateTime), because(b.Reason)),
		Mend: "pavise ban remove " + b.Network.String() + ", or for ever: controls: {clients.bans: {allow: [" + x.Client.String() + "]}}"}
	if k.env.Locate != nil {
		refused.Saw += where(k.env.Locate(x.Client))
	}
	if b.Automatic {
		refused.RetryAfter = left
		refused.Reason = "What came from your address looked like an attack, so nothing is answered to it for a while."
	}
	return refused
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + pavise.Clip(reason, maxReason)
}

// offenceOf returns what a refusal by the rule speaks for; nil is nothing.
func offenceOf(rule string) *offence {
	for i := range offences {
		if o := &offences[i]; rule == o.rule || strings.HasPrefix(rule, o.rule) && rule[len(o.rule)] == '.' {
			return o
		}
	}
	return nil
}

// Allows reports whether the allow list has the whole of a network.
func (b Bans) Allows(p netip.Prefix) bool {
	list, _ := b.Allow.Prefixes()
	return slices.ContainsFunc(list, func(allowed netip.Prefix) bool {
		return allowed.Bits() <= p.Bits() && allowed.Contains(p.Addr())
	})
}
