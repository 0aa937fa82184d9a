package source

import (
	"slices"

	"pavise"
)

// CORS judges which other sites may read.
type CORS struct{}

const (
	ruleAnybody  = "source.cors.credentials"
	ruleWildcard = "source.cors.wildcard"
)

// Doc describes the control.
func (CORS) Doc() pavise.Doc {
	fix := pavise.Fix{Pavise: pavise.OnByDefault, Express: `app.use(cors({ origin: ["https://pay.example.com"], credentials: true }));`,
		Other: `Go: cors.New(cors.Options{AllowedOrigins: []string{"https://pay.example.com"}, AllowCredentials: true})`}
	references := []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 3.4.2", "CWE-942"}
	return pavise.Doc{
		ID:       "source.cors",
		Title:    "Cross-origin reading as the source allows it",
		Why:      "An app that allows whatever Origin asks, with credentials, lets any page that a visitor opens read their account, tokens included.",
		Verifies: "The options of cors, and of rs/cors and gin-contrib/cors in Go.",
		By:       "requests.cors",
		Rules: []pavise.Rule{
			{ID: ruleAnybody, Title: "Not everybody may read with credentials", Severity: pavise.High, Fix: fix, References: append(references, "CWE-346"),
				CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:H/A:N"},
			{ID: ruleWildcard, Title: "Only origins that are named may read", Severity: pavise.Info, Fix: fix, References: references},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (CORS) Validate() error { return nil }

// dialects are how packages name the options.
var dialects = []struct {
	of                           []string
	origin, all, credentials, by string
}{
	{[]string{"cors", "cors.default"}, "origin", "", "credentials", "origin"},
	{[]string{"github.com/rs/cors.Options"}, "AllowedOrigins", "", "AllowCredentials", "AllowOriginFunc"},
	{[]string{"github.com/gin-contrib/cors.Config"}, "AllowOrigins", "AllowAllOrigins", "AllowCredentials", "AllowOriginFunc"},
}

// Check judges every place where reading is allowed.
func (c CORS) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleAnybody:  "a list of origins where credentials are allowed",
		ruleWildcard: "a list of origins",
	}, func(p program, v *verdicts) {
		for _, d := range dialects {
			for _, u := range p.of(d.of...) {
				judgeCORS(v, u, d.origin, d.all, d.credentials, d.by)
			}
		}
		for _, u := range p.of("github.com/rs/cors.AllowAll", "github.com/rs/cors.Default", "github.com/gin-contrib/cors.Default") {
			v.fail(ruleWildcard, at(u, pavise.Value{}), "%s lets every origin read", u.Of)
		}
	})
}

// judgeCORS judges one place. An origin that is true, or a function that always says so,
// is whoever asks; "*" goes with no credentials, and browsers refuse both.
func judgeCORS(v *verdicts, u pavise.Use, originName, allName, credentialsName, by string) {
	options := u.Arg(0)
	if options.Kind == pavise.FunctionValue {
		v.unknown(ruleAnybody, at(u, options), "a function decides who may read")
		return
	}
	origin, told := option(options, originName)
	if told == unset && allName != "" {
		if all, found := flag(options, allName); found == yes {
			origin, told = pavise.Value{Kind: pavise.StringValue, Text: "*", Line: all.Line}, yes
		}
	}
	credentials, with := flag(options, credentialsName)
	_, decided := option(options, by)
	where := at(u, origin)
	everybody := told == unset && originName == "origin" || isWildcard(origin)
	switch reflects := origin.Kind == pavise.BoolValue && origin.Text == "true"; {
	case reflects && with == yes:
		v.fail(ruleAnybody, where, "every origin may read, with %s: %s", credentialsName, shown(credentials))
	case reflects && with == untold:
		v.unknown(ruleAnybody, where, "every origin may read, and whether with credentials is known only when it runs")
	case told == untold, origin.Kind == pavise.FunctionValue && with == yes, by != originName && decided == yes && with == yes:
		v.unknown(ruleAnybody, where, "which origins may read is known only when it runs")
	default:
		v.pass(ruleAnybody, where, "credentials are allowed to origins that are named, or not at all")
	}
	if everybody {
		v.fail(ruleWildcard, where, "every origin may read what needs no credentials")
	} else if told == yes && origin.Kind != pavise.BoolValue {
		v.pass(ruleWildcard, where, "origin is %s", shown(origin))
	}
}

func isWildcard(v pavise.Value) bool {
	return v.Kind == pavise.StringValue && v.Text == "*" || slices.ContainsFunc(v.Items, func(item pavise.Value) bool {
		return v.Kind == pavise.ListValue && item.Kind == pavise.StringValue && item.Text == "*"
	})
}
