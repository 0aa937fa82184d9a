package osv

import (
	"regexp"
	"strings"

	"pavise/advisories"
)

// An explanation is why the two differ, and who is right.
type explanation struct {
	lock       string // how it ends; "" is any
	difference *regexp.Regexp
	why        string
}

var explanations = []explanation{
	{"", regexp.MustCompile(`^npm \S+ \S+ .*\b(` + strings.Join(own(), "|") + `)\b.*: Pavise yes, they no$`),
		"Pavise brings a few facts along about Express and its middleware. They are newer than these advisories of npm, so they count beside them."},
	{"express5/package-lock.json", regexp.MustCompile(`^npm @shop/(api|web) 1\.0\.0: Pavise no, they yes$`),
		"a workspace is the project's own code, and no package of the registry, whatever stands there under its name. Pavise compares it with no advisory, as npm audit does."},
	{"berry/yarn.lock", regexp.MustCompile(`^npm (@shop/(api|web)|express5-app) 0\.0\.0-use\.local: Pavise no, they yes$`),
		"so is a workspace of Yarn, whose version 0.0.0-use.local was never released."},
	{"pnpm8/pnpm-lock.yaml", regexp.MustCompile(`^npm (@testing-library/react 16\.3\.3|debug 4\.3\.4|express-rate-limit 7\.5\.1|react-dom 18\.3\.1): Pavise yes, they no$`),
		"pnpm 8 writes `/debug@4.3.4(supports-color@5.5.0)` where a package has peers. osv-scanner reads no version in that and leaves the package out."},
	{"go/go.mod", regexp.MustCompile(`^Go stdlib 1\.19 .*: Pavise yes, they no$`),
		"`go 1.19` is the release Go 1.19. osv-scanner takes it for the last of 1.19, since nobody can name a patch in go.mod before Go 1.21; Pavise judges what stands there, and `toolchain` or a newer `go` line says otherwise."},
	{"composer/composer.lock", regexp.MustCompile(`(?i)^Packagist acme/mixed `),
		"Composer knows packages by their names in lower case, as advisories write them. osv-scanner looks for the name as it stands in the lockfile."},
	{"composer/composer.lock", regexp.MustCompile(`^Packagist (symfony/http-foundation 4\.4\.0|twig/twig 2\.12\.0-BETA1) MADE-\w+-1: Pavise yes, they no$`),
		"for Composer v4.4.0 and 4.4.0 are one version, also in a list of versions. osv-scanner compares their letters."},
	{"poetry/poetry.lock", regexp.MustCompile(`(?i)^PyPI (flask|zope)[-.](cors|interface) `),
		"so it does where PyPI has one name for `zope.interface` and `zope-interface` (PEP 503), and finds nothing of what is known against it."},
}

// own are the advisories that Pavise brings along, by their ids.
func own() (ids []string) {
	for _, e := range advisories.Own().Entries {
		if e.Ecosystem == "npm" && e.Notice != nil {
			ids = append(ids, regexp.QuoteMeta(e.Notice.ID))
		}
	}
	return ids
}

// explain is the number of the explanation of a difference; -1 is that nobody has one.
func explain(lock, difference string) int {
	for i, e := range explanations {
		if strings.HasSuffix(lock, e.lock) && e.difference.MatchString(difference) {
			return i
		}
	}
	return -1
}
