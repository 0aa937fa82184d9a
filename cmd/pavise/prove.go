package main

import (
	"context"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/proxy"
)

// Bounds of a self-proof.
const (
	proofTime    = 5 * time.Second // of one policy
	proofsAtOnce = 2
)

// A siteProof is what the last self-proof of a site came to: its policy, in front of an
// app with every fault, was asked what the law asks.
type siteProof struct {
	Site    string       `json:"site"` // its first host
	At      time.Time    `json:"at"`
	TookMS  int64        `json:"took_ms"`
	As      string       `json:"as,omitempty"` // of another site that has the same policy
	Passed  int          `json:"passed"`       // rules
	Failed  []provenRule `json:"failed"`
	Weaker  []provenRule `json:"weaker"`  // that fail by the settings that the owner gave
	Unknown []provenRule `json:"unknown"` // that could not be judged
}

func (p siteProof) text() string {
	return fmt.Sprintf("%s: %s, at %s", p.Site, p.outcome(), p.At.Format(time.DateTime))
}

// outcome counts what came of the rules.
func (p siteProof) outcome() string {
	text := pavise.Plural(p.Passed, "rule")
	if p.Passed == 1 {
		text += " holds"
	} else {
		text += " hold"
	}
	for _, n := range []struct {
		of   []provenRule
		what string
	}{{p.Failed, "fail"}, {p.Weaker, "weaker by the settings"}, {p.Unknown, "not judged"}} {
		if len(n.of) > 0 {
			text += fmt.Sprintf(", %d %s (%s)", len(n.of), n.what, n.of[0].Rule)
		}
	}
	return text
}

// A provenRule is one that did not pass.
type provenRule struct {
	Rule string `json:"rule"`
	Saw  string `json:"saw"`
	Want string `json:"want,omitempty"`
}

// An unprovenError is that the shield would not hold what it promises.
type unprovenError struct{ proofs []siteProof }

func (e *unprovenError) Error() string {
	var list []string
	for _, p := range e.proofs {
		for _, f := range p.Failed {
			list = append(list, fmt.Sprintf("%s: %s fails: saw %s, want %s", p.Site, f.Rule, f.Saw, f.Want))
		}
	}
	const most = 5
	if more := len(list) - most; more > 0 {
		list = append(list[:most], fmt.Sprintf("and %d more", more))
	}
	return "the self-proof has failed: " + strings.Join(list, "; ")
}

// warnings are what the owner should know of proofs that keep nothing from being served.
func warnings(proofs []siteProof) []string {
	var list []string
	for _, p := range proofs {
		if p.As != "" {
			continue
		}
		for _, f := range p.Weaker {
			list = append(list, fmt.Sprintf("warning: %s is weaker than recommended, by its settings: %s: saw %s, want %s", p.Site, f.Rule, f.Saw, f.Want))
		}
		if n := len(p.Unknown); n > 0 {
			list = append(list, fmt.Sprintf("warning: the self-proof of %s leaves %s open, %s among them: %s", p.Site, pavise.Plural(n, "rule"), p.Unknown[0].Rule, p.Unknown[0].Saw))
		}
	}
	return list
}

// prove asks of every policy what the law asks, before it stands in front of anything.
// One policy takes no longer than most, and all together no longer than three times that.
// The error, where one would not hold, is an [unprovenError] that is advised.
func prove(ctx context.Context, cfg proxy.Config, most time.Duration) ([]siteProof, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*most)
	defer cancel()
	proofs := make([]siteProof, len(cfg.Sites))
	same := alike(cfg.Sites)
	var todo []int
	for i, first := range same {
		if first == i {
			todo = append(todo, i)
		}
	}
	each(todo, func(i int) { proofs[i] = proveOne(ctx, cfg.Sites[i], cfg.HTTP != "", most) })
	debug.FreeOSMemory() // a scan holds more than a proxy needs for years
	var weak []siteProof
	for i, first := range same {
		if first != i {
			proofs[i] = proofs[first]
			proofs[i].Site, proofs[i].As = cfg.Sites[i].Hosts[0], cfg.Sites[first].Hosts[0]
		} else if len(proofs[i].Failed) > 0 {
			weak = append(weak, proofs[i])
		}
	}
	if weak != nil {
		return proofs, cli.Advise(cli.ExitFinding, "have the control only report, by except: and its reason; in an emergency: pavise serve --unproven", &unprovenError{weak})
	}
	return proofs, nil
}

// each calls do for all, a few at once.
func each(list []int, do func(int)) {
	places := make(chan struct{}, proofsAtOnce)
	var all sync.WaitGroup
	for _, i := range list {
		places <- struct{}{}
		all.Go(func() {
			do(i)
			<-places
		})
	}
	all.Wait()
}

// alike tells for each site the first that is proven for it: that has the same policy,
// and a host of the same kind.
func alike(sites []proxy.Site) []int {
	list := make([]int, len(sites))
	for i, s := range sites {
		for list[i] = 0; list[i] < i; list[i]++ {
			if other := sites[list[i]]; kindOfHost(other) == kindOfHost(s) && reflect.DeepEqual(other.Policy, s.Policy) {
				break
			}
		}
	}
	return list
}

// kindOfHost is what some controls ask of a host: whether it is a name, and a public one.
func kindOfHost(s proxy.Site) [2]bool {
	return [2]bool{pavise.Named(s.Hosts[0]), pavise.Local(s.Hosts[0])}
}
