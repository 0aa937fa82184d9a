package catalog_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pavise"
	"pavise/internal/authority"
	"pavise/internal/weakshop"
	"pavise/scan"
)

// A fixture is a site of the tests, and how it is looked at.
type fixture struct {
	name  string
	start func(*testing.T, *authority.Authority) scan.Options
}

// fixtures are bad servers and good ones: each rule fails at one of them at least,
// and passes at one.
var fixtures = []fixture{
	{"weak shop", weakShop},
	{"weak shop in the clear", weakShopInClear},
	{"weak shop behind Pavise", shieldedShop},
	{"weak pages", weakPages},
	{"an old server", oldServer},
	{"good pages", goodPages},
	{"good shop", goodShop},
	{"careless club", carelessClub},
	{"careful club", carefulClub},
	{"restless club", restlessClub},
	{"front by length", frontByLength},
	{"front by chunks", frontByChunks},
	{"nginx that resumes too readily", resumingNginx},
	{"talkative shop", talkativeShop},
	{"forgotten server", forgotten},
	{"uneven versions", uneven},
	{"API", api},
	{"API that refuses in the clear", strictAPI},
	{"good network", goodNetwork},
	{"bad network", badNetwork},
	{"bare network", bareNetwork},
	{"good chains", goodChains},
	{"bad chains", badChains},
}

// TestEveryRuleIsSeen allows no rule that never fails or never passes.
func TestEveryRuleIsSeen(t *testing.T) {
	local, err := authority.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	seen := outcomes{}
	var mu sync.Mutex
	var all sync.WaitGroup
	look := func(f fixture) {
		opt := f.start(t, local)
		if opt.Target.Patient = true; opt.Roots == nil {
			opt.Roots = local.Pool()
		}
		opt.Target.Agreed = "the fixture is ours"
		all.Go(func() {
			e := scan.Collect(context.Background(), opt, controls())
			mu.Lock()
			defer mu.Unlock()
			seen.add(f.name, pavise.Judge(controls(), e))
		})
	}
	for _, f := range fixtures { // beside each other: most of the time they wait
		look(f)
	}
	all.Wait()
	if seen.missing() != nil {
		t.Logf("on a busy machine some answers came too late, so each is asked alone: %q", seen.missing())
		for _, f := range fixtures {
			look(f)
			all.Wait()
		}
	}
	for _, what := range seen.missing() {
		t.Error(what)
	}
}

// outcomes are by rule and outcome what was found, and where.
type outcomes map[string]map[pavise.Outcome][]string

func (o outcomes) add(fixture string, list []pavise.Finding) {
	for _, found := range list {
		if o[found.Rule] == nil {
			o[found.Rule] = map[pavise.Outcome][]string{}
		}
		o[found.Rule][found.Outcome] = append(o[found.Rule][found.Outcome], fixture+": "+found.Saw)
	}
}

// missing says which rules never fail or never pass, and what was not known of them.
func (o outcomes) missing() []string {
	var list []string
	for _, c := range controls() {
		for _, r := range c.Doc().Rules {
			for _, outcome := range []pavise.Outcome{pavise.Fail, pavise.Pass} {
				if o[r.ID][outcome] == nil {
					list = append(list, fmt.Sprintf("%s: no %s at any fixture; unknown at %q", r.ID, outcome, o[r.ID][pavise.Unknown]))
				}
			}
		}
	}
	return list
}

func startShop(t *testing.T) *weakshop.Shop {
	shop, err := weakshop.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shop.Close() })
	return shop
}

func weakShop(t *testing.T, _ *authority.Authority) scan.Options {
	return scan.Options{Target: startShop(t).Target(), Timeout: time.Minute}
}

func weakShopInClear(t *testing.T, _ *authority.Authority) scan.Options {
	target := startShop(t).Target()
	target.URL, target.TLS = target.Clear, target.Clear[len("http://"):]
	return scan.Options{Target: target, Timeout: time.Minute}
}

func shieldedShop(t *testing.T, local *authority.Authority) scan.Options {
	server := inFront(t, startShop(t).Address(), local, controls()...)
	return scan.Options{Target: targetAt(server.HTTPS().Port, server.HTTP().Port), Timeout: time.Minute}
}
