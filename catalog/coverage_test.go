package catalog_test

import (
	"context"
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
	failed, passed := map[string]string{}, map[string]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, f := range fixtures { // beside each other: most of the time they wait
		opt := f.start(t, local)
		if opt.Target.Patient = true; opt.Roots == nil {
			opt.Roots = local.Pool()
		}
		opt.Target.Agreed = "the fixture is ours"
		all.Go(func() {
			e := scan.Collect(context.Background(), opt, controls())
			mu.Lock()
			defer mu.Unlock()
			for _, found := range pavise.Judge(controls(), e) {
				switch found.Outcome {
				case pavise.Fail:
					failed[found.Rule] = f.name
				case pavise.Pass:
					passed[found.Rule] = f.name
				}
			}
		})
	}
	all.Wait()
	for _, c := range controls() {
		for _, r := range c.Doc().Rules {
			if failed[r.ID] == "" {
				t.Errorf("%s fails at no fixture", r.ID)
			}
			if passed[r.ID] == "" {
				t.Errorf("%s passes at no fixture", r.ID)
			}
		}
	}
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
