package login

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"pavise"
)

// Guard ends the guessing of passwords.
type Guard struct {
	Routes                  []Route       `yaml:"routes" doc:"where people log in, besides the usual paths" default:"every POST with a password to a path that ends in login, signin, session, token or the like"`
	Failures                int           `yaml:"failures" doc:"failures in a row for one account from one address, or from one known browser; at most 10" default:"10"`
	AccountFailures         int           `yaml:"account-failures" doc:"failures for one account from all addresses together, known browsers apart; at most 20" default:"20"`
	AddressFailures         int           `yaml:"address-failures" doc:"failures a day from one address, for all accounts together; at most 100" default:"100"`
	InsecureAddressFailures int           `yaml:"insecure-address-failures" doc:"more than 100 of these, where very many people share an address" default:"none"`
	Block                   time.Duration `yaml:"block" doc:"how long an account stays blocked after its last failure; at least 30m" default:"30m"`
}

// A Route is one way to log in.
type Route struct {
	Path      string `yaml:"path" doc:"path pattern of the login, with a method unless it is POST, and perhaps a query: \"PUT /-/user/*\", \"/index.php?title=Special:UserLogin\"" required:"true"`
	Account   string `yaml:"account" doc:"field with the name of the account, in JSON by dots: user.email" default:"username, email and the like"`
	Failed    Signs  `yaml:"failed" doc:"what shows that a login failed" default:"what is usual"`
	Succeeded Signs  `yaml:"succeeded" doc:"what shows that it succeeded; everything else has then failed" default:"what is usual"`
}

const guardID = "login.guard"

// Doc describes the control.
func (Guard) Doc() pavise.Doc {
	const nginx = `# by address alone; what counts by account is the app's
limit_req_zone $binary_remote_addr zone=login:10m rate=10r/m;
location = /login { limit_req zone=login burst=9 nodelay; limit_req_status 429; }`
	const apache = `# of mod_qos, by address alone; what counts by account is the app's
SetEnvIf Request_URI "^/login$" QS_Limit=yes
QS_ClientEventLimitCount 10 1800 QS_Limit`
	const guessing = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"
	return pavise.Doc{
		ID:        guardID,
		Title:     "Login guard",
		Why:       "Who may guess as often as he likes finds the password: of one account with many passwords, of many accounts with one, from one address or from thousands.",
		Enforces:  "Counts every login before the app sees it, and takes it off again when it succeeds or the app fails with 5xx. Answers 429 with Retry-After after 10 failures in a row for an account from an address, after 20 for an account from all, each until 30 minutes after the last, and after 100 a day from an address; up to four nodes with one store keep to these together, also while they do not see it, and so refuse at 7, 14 and 70 while they do. Where an answer does not show whether a login succeeded it counts as a failure, and the same sent again as none. A browser that has logged in to the account before shows a cookie and counts by itself, so strangers cannot lock its owner out. Known and unknown accounts are told the same. A login that two readers could understand in two ways, or of more than 64 KiB, is refused.",
		Verifies:  "With --active alone: a form with a password is sent eleven times with a wrong one, for an account that does not exist, and again under another forged address each time.",
		Refuses:   true,
		Behaviour: true,
		Rules: []pavise.Rule{
			{ID: "login.guard.account", Title: "After ten failed logins the next is refused", Severity: pavise.High, CVSS: guessing,
				References: []string{"PCI DSS 4.0.1 8.3.4", "ASVS 5.0 6.3.1", "NIST SP 800-63B-4 3.2.2", "CWE-307"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault, Nginx: nginx, Apache: apache,
					Express: `const limiter = new RateLimiterMemory({ points: 10, duration: 1800, blockDuration: 1800 });
app.post("/login", (req, res, next) =>  // consume before, delete after a success
  limiter.consume(req.body.username + "|" + req.ip).then(() => next(), () => res.sendStatus(429)));`}},
			{ID: "login.guard.forwarded", Title: "Forged forwarding headers do not begin the count anew", Severity: pavise.High, CVSS: guessing,
				References: []string{"PCI DSS 4.0.1 8.3.4", "ASVS 5.0 4.1.3", "CWE-348", "CWE-307"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault,
					Nginx:   "proxy_set_header X-Forwarded-For $remote_addr;  # not $proxy_add_x_forwarded_for\n" + nginx,
					Apache:  "# mod_proxy then writes it anew\nRequestHeader unset X-Forwarded-For\n" + apache,
					Express: `app.set("trust proxy", "loopback");  // never true`}},
		},
	}
}

// Validate reports every setting that cannot be, or guards less than it should.
func (g Guard) Validate() error {
	var errs []error
	for _, n := range []struct {
		key       string
		got, most int
	}{{"failures", g.Failures, 10}, {"account-failures", g.AccountFailures, 20}, {"address-failures", g.AddressFailures, 100}} {
		if n.got < 0 || n.got > n.most {
			errs = append(errs, fmt.Errorf("%s: %s must be 1 to %d, not %d", guardID, n.key, n.most, n.got))
		}
	}
	if n := g.InsecureAddressFailures; n != 0 && (n <= 100 || n > 1_000_000 || g.AddressFailures != 0) {
		errs = append(errs, fmt.Errorf("%s: insecure-address-failures must be 101 to 1000000, without address-failures beside it", guardID))
	}
	if g.Block != 0 && (g.Block < 30*time.Minute || g.Block > day) { // PCI DSS 4.0.1 8.3.4
		errs = append(errs, fmt.Errorf("%s: block must be 30m to 24h, not %s", guardID, g.Block))
	}
	_, err := g.routes()
	return errors.Join(append(errs, err)...)
}

func (g Guard) limits() limits {
	return limits{
		failures: int64(cmp.Or(g.Failures, 10)),
		account:  int64(cmp.Or(g.AccountFailures, 20)),
		address:  int64(cmp.Or(g.InsecureAddressFailures, g.AddressFailures, 100)),
		block:    cmp.Or(g.Block, 30*time.Minute),
	}
}

// A route is a Route that was read.
type route struct {
	place
	account           string
	failed, succeeded signs
	usual             bool // known by its path: it is a login only with a password
}

func (g Guard) routes() ([]route, error) {
	var errs []error
	list := make([]route, len(g.Routes))
	for i, r := range g.Routes {
		p, err := parsePlace(r.Path, "POST")
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: routes: %w", guardID, err))
		}
		at := guardID + ": routes: " + r.Path
		failed, err := r.Failed.read(at + ": failed")
		succeeded, err2 := r.Succeeded.read(at + ": succeeded")
		errs = append(errs, err, err2)
		list[i] = route{place: p, account: r.Account, failed: failed, succeeded: succeeded}
	}
	return list, errors.Join(errs...)
}

// Enforce counts before the app is asked, and learns from its answer.
func (g Guard) Enforce(env pavise.Env) (pavise.Hooks, error) {
	routes, err := g.routes()
	if err != nil {
		return pavise.Hooks{}, err
	}
	w := &watch{ledger: newLedger(g, env), env: env, routes: routes}
	for _, r := range routes {
		w.methods = append(w.methods, r.method)
	}
	return pavise.Hooks{Admit: w.admit, Rewrite: w.rewrite, Replace: w.replace, Amend: w.amend, Settle: w.settle}, nil
}
