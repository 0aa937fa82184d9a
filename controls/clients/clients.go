// Package clients has the controls that look at who asks, whatever is asked for: bans,
// countries and networks. [Watch] is what they know, for all sites and nodes together.
package clients

import (
	"errors"
	"net/netip"
	"strings"

	"pavise"
)

// networkErrors are what is wrong with a list of networks, under the key of a control.
func networkErrors(at string, list pavise.Networks) error {
	_, err := list.Prefixes()
	if err == nil {
		return nil
	}
	var errs []error
	for mistake := range strings.SplitSeq(err.Error(), "\n") {
		errs = append(errs, errors.New(at+": "+mistake))
	}
	return errors.Join(errs...)
}

// letBe are the addresses that no control of this family ever refuses: those of the
// settings and of this machine, and the proxies in front, for they are many clients.
func letBe(env pavise.Env, list pavise.Networks) func(netip.Addr) bool {
	prefixes, _ := list.Prefixes() // Validate has read them before
	set := pavise.NewNetworkSet(append(prefixes, env.Proxies...))
	return func(a netip.Addr) bool { return !a.IsValid() || this.has(a) || set.Contains(a) }
}
