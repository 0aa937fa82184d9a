package source

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pavise"
)

// Size judges how much a client may send.
type Size struct{}

const (
	ruleLimit    = "source.size.limit"
	ruleUpload   = "source.size.upload"
	ruleExtended = "source.size.extended"
)

// Doc describes the control.
func (Size) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       "source.size",
		Title:    "Size of what clients send",
		Why:      "A body is kept in memory until it is parsed. Whoever may send a large one, many times at once, takes the memory that the others need.",
		Verifies: "The limits of express.json, urlencoded, raw, text, body-parser and multer.",
		By:       "requests.size",
		Rules: []pavise.Rule{
			{ID: ruleLimit, Title: "No parser keeps more than 10 MB in memory", Severity: pavise.Medium, CVSS: fillsUp,
				References: []string{"ASVS 5.0 5.2.1", "PCI DSS 4.0.1 6.2.4", "CWE-770"},
				Fix: pavise.Fix{Pavise: "controls: {requests.size: {body: 10485760}}", Express: `app.use(express.json({ limit: "100kb" }));`,
					Nginx: "client_max_body_size 10m;", Apache: "LimitRequestBody 10485760"}},
			{ID: ruleUpload, Title: "Uploads are limited", Severity: pavise.Medium, CVSS: fillsUp,
				References: []string{"ASVS 5.0 5.2.1", "CWE-770", "CWE-400"},
				Fix: pavise.Fix{Pavise: pavise.OnByDefault, Express: `multer({ dest, limits: { fileSize: 10 * 2 ** 20, files: 5 } })`,
					Nginx: "client_max_body_size 50m;", Apache: "LimitRequestBody 52428800"}},
			{ID: ruleExtended, Title: "Forms cannot bring objects along", Severity: pavise.Info, Owner: true,
				References: []string{"CWE-915", "CWE-943", "CWE-235"},
				Fix:        pavise.Fix{Express: "app.use(express.urlencoded({ extended: false }));"}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Size) Validate() error { return nil }

// mostBody is more than any page of text has.
const mostBody = 10 << 20

// parsers are those that keep a body in memory, by the last part of their names.
var parsers = []string{"json", "urlencoded", "raw", "text"}

// Check judges every parser.
func (c Size) Check(e *pavise.Evidence) []pavise.Finding {
	return judged(c, e, wants{
		ruleLimit:    "a limit of 10 MB at most; the default is 100 kB",
		ruleUpload:   "limits: { fileSize: … }",
		ruleExtended: "extended: false",
	}, func(p program, v *verdicts) {
		for _, u := range p.uses {
			on, method := called(u)
			switch {
			case slices.Contains([]string{"express", "body-parser"}, on) && slices.Contains(parsers, method), u.Of == "body-parser":
				judgeLimit(v, u)
				if method == "urlencoded" {
					judgeExtended(v, u)
				}
			case u.Of == "express.bodyParser", u.Of == "express.multipart", u.Of == "connect-multiparty":
				v.fail(ruleUpload, at(u, pavise.Value{}), "%s writes every upload to disk, without end", u.Of)
			case u.Of == "multer", u.Of == "multer.default":
				judgeUpload(v, u)
			}
		}
		for _, m := range p.modules() {
			if options, told := option(m.options, "bodyParser"); told == yes && (m.name == apostrophe4 || m.name == apostrophe2) {
				for _, parser := range options.Members {
					judgeLimit(v, pavise.Use{Of: "bodyParser." + parser.Name, File: m.use.File, Line: m.use.Line, Args: []pavise.Value{parser.Value}})
				}
			}
		}
	})
}

func judgeLimit(v *verdicts, u pavise.Use) {
	limit, told := option(u.Arg(0), "limit")
	bytes, counted := size(limit)
	switch where := at(u, limit); {
	case told == unset:
		v.pass(ruleLimit, where, "%s takes 100 kB", u.Of)
	case told == untold, !counted:
		v.unknown(ruleLimit, where, "the limit of %s is known only when it runs: %s", u.Of, shown(orOther(limit, u.Arg(0))))
	case bytes > mostBody:
		v.fail(ruleLimit, where, "%s takes %s", u.Of, strings.Trim(shown(limit), `"`))
	default:
		v.pass(ruleLimit, where, "%s takes %s", u.Of, strings.Trim(shown(limit), `"`))
	}
}

var sizeText = regexp.MustCompile(`(?i)^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|tb|pb)?\s*$`)

// size is a limit in bytes, as the package bytes reads it: what it cannot read is none.
func size(v pavise.Value) (bytes float64, counted bool) {
	if other, found := fallback(v); found {
		v = other
	}
	if n, ok := number(v); ok {
		return n, true
	}
	if v.Text == "Infinity" {
		return 1 << 62, true
	}
	parts := sizeText.FindStringSubmatch(v.Text)
	if v.Kind != pavise.StringValue || parts == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(parts[1], 64)
	for range max(0, slices.Index([]string{"b", "kb", "mb", "gb", "tb", "pb"}, fold(parts[2]))) {
		n *= 1024
	}
	return n, err == nil
}

func judgeExtended(v *verdicts, u pavise.Use) {
	value, told := flag(u.Arg(0), "extended")
	switch where := at(u, value); told {
	case yes:
		v.fail(ruleExtended, where, "extended is %s: name[$ne]= becomes an object", shown(value))
	case untold:
		v.unknown(ruleExtended, where, "extended is known only when it runs")
	case unset:
		v.skip(ruleExtended, where, "extended is not set: its default differs with the version")
	default:
		v.pass(ruleExtended, where, "extended is false")
	}
}

func judgeUpload(v *verdicts, u pavise.Use) {
	limits, told := option(u.Arg(0), "limits")
	where := at(u, limits)
	if told == yes {
		_, told = option(limits, "fileSize")
	}
	switch told {
	case yes:
		v.pass(ruleUpload, where, "the size of a file is limited")
	case untold:
		v.unknown(ruleUpload, where, "the limits are known only when it runs: %s", shown(orOther(limits, u.Arg(0))))
	default:
		v.fail(ruleUpload, where, "multer is given no fileSize: a file may be of any size")
	}
}
