package source

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// Login judges whether logins can be guessed without end.
type Login struct{}

const (
	ruleRate     = "source.login.rate"
	ruleUpkeep   = "source.login.upkeep"
	ruleThrottle = "source.login.throttle"
)

// Doc describes the control.
func (Login) Doc() pavise.Doc {
	const limit = `import { rateLimit } from "express-rate-limit";
app.post("/login", rateLimit({ windowMs: 30 * 60 * 1000, limit: 10, skipSuccessfulRequests: true }), login);`
	const guessing = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" // as login.guard
	return pavise.Doc{
		ID:       "source.login",
		Title:    "Limits on logins",
		Why:      "Who may guess as often as he likes finds the password: robots try the passwords that other sites have lost.",
		Verifies: "Routes to which one logs in, and whether a rate limit is used on them, or anywhere in the program.",
		By:       "login.guard",
		Rules: []pavise.Rule{
			{ID: ruleRate, Title: "Logins are limited in number", Severity: pavise.High, CVSS: guessing,
				References: []string{"PCI DSS 4.0.1 8.3.4", "ASVS 5.0 6.3.1", "CWE-307"},
				Fix:        pavise.Fix{Pavise: pavise.OnByDefault, Express: limit}},
			{ID: ruleThrottle, Title: "Apostrophe's own limit on logins is on", Severity: pavise.High, CVSS: guessing,
				References: []string{"PCI DSS 4.0.1 8.3.4", "CWE-307"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault,
					Express: `modules: { "@apostrophecms/login": { options: { throttle: { allowedAttempts: 10, perMinutes: 30, lockoutMinutes: 30 } } } }`}},
			{ID: ruleUpkeep, Title: "What limits logins is kept up", Severity: pavise.Info, Owner: true,
				References: []string{"CWE-1104", "CWE-362", "https://github.com/AdamPflug/express-brute/issues/46"},
				Fix:        pavise.Fix{Express: "npm uninstall express-brute && npm install rate-limiter-flexible"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Login) Validate() error { return nil }

// limiting are the packages that limit rates.
var limiting = []string{"express-rate-limit", "rate-limiter-flexible", "express-slow-down", "express-brute", "limiter",
	"express-limiter", "ratelimiter", "rate-limit-redis", "@fastify/rate-limit", "koa-ratelimit", "express-bouncer", "hono-rate-limiter",
	"@upstash/ratelimit", "@nestjs/throttler", "node-rate-limiter-flexible", "arcjet", "@arcjet/node", "bottleneck", "toobusy-js", "async-ratelimiter"}

var (
	loginPath = regexp.MustCompile(`(?i)(^|/)(log-?_?in|sign-?_?in|log-?_?on|authenticate|auth/(local|password|token)|sessions?|oauth/token|users/(login|authenticate)|(forgot|reset)-?_?password|password/(forgot|reset))/?$`)
	limitName = regexp.MustCompile(`(?i)limit|brute|throttl|slow_?down|lockout|bouncer`)
)

// limiters are the calls that make a rate limit.
func (p program) limiters() []pavise.Use {
	return p.where(func(u pavise.Use) bool {
		return u.Of == "express-rate-limit" || u.Of == "express-rate-limit.rateLimit" || u.Of == "express-rate-limit.default" || u.Of == "new express-rate-limit" ||
			u.Of == "express-slow-down" || u.Of == "express-slow-down.slowDown"
	})
}

// limits reports whether a value is something that limits rates.
func limits(v pavise.Value) bool {
	return slices.ContainsFunc(limiting, func(name string) bool { return from(v.Text, name) && v.Kind != pavise.StringValue }) ||
		(v.Kind == pavise.NameValue || v.Kind == pavise.CallValue || v.Kind == pavise.OtherValue) && limitName.MatchString(v.Text) ||
		slices.ContainsFunc(v.Items, limits) && v.Kind == pavise.ListValue
}

// Check judges the routes to which one logs in.
func (c Login) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleRate:     "a rate limit on the route",
		ruleThrottle: "a throttle of 10 attempts at most",
		ruleUpkeep:   "rate-limiter-flexible or express-rate-limit",
	}, func(p program, v *verdicts) {
		p.judgeRate(v)
		p.judgeThrottle(v)
		for _, i := range p.imports {
			switch {
			case i.Name == "express-brute":
				v.fail(ruleUpkeep, place{i.File, i.Line}, "express-brute is given up, and requests that come at once get around its count")
			case slices.Contains(limiting, i.Name):
				v.pass(ruleUpkeep, place{i.File, i.Line}, "%s limits rates", i.Name)
			}
		}
	})
}

func (p program) judgeRate(v *verdicts) {
	var limited *pavise.Use
	for i, u := range p.uses {
		on, method := called(u)
		global := method == "use" && (isApp(on) || strings.HasSuffix(on, "Router") || strings.HasPrefix(on, "?")) && slices.ContainsFunc(u.Args, limits)
		if global || strings.HasPrefix(u.Of, "new rate-limiter-flexible.") {
			limited = &p.uses[i]
			break
		}
	}
	for _, u := range p.writing() {
		route := u.Arg(0)
		if route.Kind != pavise.StringValue || !loginPath.MatchString(route.Text) {
			continue
		}
		switch where := at(u, pavise.Value{}); {
		case slices.ContainsFunc(u.Args[1:], limits):
			v.pass(ruleRate, where, "%s is limited", route.Text)
		case limited != nil:
			v.pass(ruleRate, where, "%s is behind a limit (%s)", route.Text, at(*limited, pavise.Value{}))
		case p.imported(limiting...), p.slows():
			v.unknown(ruleRate, where, "something counts requests or logins, and whether on %s cannot be told", route.Text)
		default:
			v.lacks(ruleRate, where, "%s has no limit that can be seen", route.Text)
		}
	}
}

// counted are names of what counts logins, as the reader tells them.
var counted = regexp.MustCompile(`(?i)^\?.*(attempt|throttl|limit|brute|lock_?out|fail)`)

// slows reports whether the program itself answers that there were too many requests, or
// has something of its own that counts logins.
func (p program) slows() bool {
	return slices.ContainsFunc(p.uses, func(u pavise.Use) bool { return strings.Contains(fold(u.Of), "login") && counted.MatchString(u.Of) }) || slices.ContainsFunc(p.onResponse("status", "sendStatus", "writeHead"), func(u pavise.Use) bool { return u.Arg(0).Text == "429" })
}

// judgeThrottle looks at the login of Apostrophe: from 3 on it is limited unless told
// otherwise, and 2 limits it only if told so.
func (p program) judgeThrottle(v *verdicts) {
	main := p.of("apostrophe")
	if len(main) == 0 {
		return
	}
	for _, m := range p.modules() {
		if m.name != "@apostrophecms/login" && m.name != "apostrophe-login" {
			continue
		}
		throttle, told := option(m.options, "throttle")
		where := at(m.use, throttle)
		attempts, given := throttle.Member("allowedAttempts")
		switch n, counted := number(attempts); {
		case told == untold:
			v.unknown(ruleThrottle, where, "the options are known only when it runs")
		case told == yes && holds(throttle) == no, told == unset && m.name == "apostrophe-login":
			v.fail(ruleThrottle, where, "throttle is not set")
		case given && counted && n > 10:
			v.fail(ruleThrottle, where, "%s attempts are allowed", attempts.Text)
		case given && !counted:
			v.unknown(ruleThrottle, where, "allowedAttempts is known only when it runs: %s", shown(attempts))
		default:
			v.pass(ruleThrottle, where, "logins are limited")
		}
		return
	}
	where := at(main[0], pavise.Value{})
	switch p.major("apostrophe") {
	case 0:
		v.unknown(ruleThrottle, where, "no version of Apostrophe is known")
	case 1, 2:
		v.lacks(ruleThrottle, where, "apostrophe-login is not told to throttle")
	default:
		v.pass(ruleThrottle, where, "Apostrophe allows 3 attempts a minute")
	}
}
