package injection

import (
	"fmt"
	"regexp"
	"strings"

	"pavise"
)

// SQL asks whether a database takes a visitor's words for its own language.
type SQL struct{}

const sqlID = "injection.sql"

// Doc describes the control.
func (SQL) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       sqlID,
		Title:    "SQL injection",
		Why:      "Where a query is put together from words and a visitor's value, the visitor writes the query: he reads every table, and often the whole server.",
		Verifies: "With --active: a single quote in each parameter, which must not bring out the words of a database; and in parameters of links a condition that is always true beside one that never is, twice. Conditions only narrow what is asked for: nothing is changed.",
		Rules: []pavise.Rule{
			sqlRule("error", "No quote in a parameter breaks a query"),
			sqlRule("condition", "No parameter adds a condition to a query"),
		},
	}
}

func sqlRule(name, title string) pavise.Rule {
	return pavise.Rule{ID: sqlID + "." + name, Title: title, Severity: pavise.Critical,
		CVSS: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Automatic: "it is SQL injection", Owner: true,
		References: []string{"PCI DSS 4.0.1 6.2.4", "ASVS 5.0 1.2.4", "CWE-89"},
		Fix: pavise.Fix{
			Express: `const { rows } = await db.query("SELECT * FROM orders WHERE id = $1", [req.query.id]);  // never by + or ${}`,
			Apache:  `# PHP: $s = $db->prepare("SELECT * FROM orders WHERE id = ?"); $s->execute([$id]);`,
		}}
}

// Validate reports nothing: there is nothing to set.
func (SQL) Validate() error { return nil }

// complaints are what databases and their drivers say of a query that a quote has
// broken: MySQL (dev.mysql.com/doc/mysql-errors/8.4/en, 1064), PostgreSQL
// (postgresql.org/docs/18/errcodes-appendix.html, 42601), SQL Server
// (learn.microsoft.com/sql/relational-databases/errors-events, 102 and 105), Oracle
// (docs.oracle.com/error-help/db, ORA-00933 and ORA-01756), SQLite
// (sqlite.org/src/file/src/tokenize.c and parse.y) and PDO; read on 2026-11-21.
var complaints = regexp.MustCompile(`(?i)you have an error in your sql syntax|unterminated quoted string at or near|syntax error at or near "|` +
	`unclosed quotation mark after the character string|incorrect syntax near '|ora-00933|ora-01756|quoted string not properly terminated|` +
	`sqlite_error|unrecognized token: "|near "[^"]{1,20}": syntax error|sqlstate\[(42|22|hy)|sqlsyntaxerrorexception|sqlgrammarexception`)

// pair is a value with a condition that holds and with one that does not, for a number
// or a text in quotes.
func pair(value string, n int) (holds, fails string) {
	if regexp.MustCompile(`^\d+$`).MatchString(value) {
		return fmt.Sprintf("%s AND %d=%d", value, n, n), fmt.Sprintf("%s AND %d=%d", value, n, n+1)
	}
	return fmt.Sprintf("%s' AND '%d'='%d", value, n, n), fmt.Sprintf("%s' AND '%d'='%d", value, n, n+1)
}

// The numbers of the two pairs.
const (
	pairOne = 4271
	pairTwo = 9386
)

// Probes tries a quote and a pair, and again where they tell.
func (SQL) Probes(e *pavise.Evidence) []pavise.Probe {
	if e.Target.Agreed == "" {
		return nil
	}
	var probes []pavise.Probe
	for _, p := range points(e) {
		quote := p.with(p.value + "'")
		probes = append(probes, p.plain(), quote)
		if a, why := heard(e, quote); why == "" && complaints.Match(a.Response.Body) {
			probes = append(probes, p.with(p.value+"'pavise"), p.with(p.value+"pavise"))
		}
		if p.form || p.value == "" {
			continue
		}
		holds, fails := pair(p.value, pairOne)
		if probes = append(probes, p.with(holds), p.with(fails)); narrowed(e, p, pairOne).saw != "" {
			holds, fails = pair(p.value, pairTwo)
			probes = append(probes, p.with(holds), p.with(fails))
		}
	}
	return probes
}

// Check judges both.
func (c SQL) Check(e *pavise.Evidence) []pavise.Finding {
	if e.Target.Agreed == "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, e.Target.Inactive())
	}
	said := sweep(e, sqlID+".error", "no word of a database", func(p point) verdict { return complains(e, p) })
	return []pavise.Finding{said, sweep(e, sqlID+".condition", "conditions that are part of the value", func(p point) verdict {
		if p.form || p.value == "" {
			return verdict{}
		}
		first := narrowed(e, p, pairOne)
		if first.saw == "" {
			return first
		}
		second := narrowed(e, p, pairTwo)
		if second.saw != "" && !steady(e, p) {
			return verdict{why: "the page changes by itself"}
		}
		return second
	})}
}

// steady reports whether what both conditions that do not hold have left is one page.
func steady(e *pavise.Evidence, p point) bool {
	yes, one := pair(p.value, pairOne)
	also, two := pair(p.value, pairTwo)
	a, why := heard(e, p.with(one))
	b, why2 := heard(e, p.with(two))
	return why+why2 == "" && a.Response.Status == b.Response.Status &&
		likeness(without(a.Response, p.value, yes, one, also, two), without(b.Response, p.value, yes, one, also, two)) >= 0.95
}

// complains looks whether a quote brings out the words of a database, again another
// one does, and neither the value itself nor one without a quote.
func complains(e *pavise.Evidence, p point) verdict {
	quote, why := heard(e, p.with(p.value+"'"))
	if why != "" || !complaints.Match(quote.Response.Body) {
		return verdict{why: why}
	}
	plain, why := heard(e, p.plain())
	again, why2 := heard(e, p.with(p.value+"'pavise"))
	word, why3 := heard(e, p.with(p.value+"pavise"))
	if why += why2 + why3; why != "" {
		return verdict{why: why}
	}
	if complaints.Match(plain.Response.Body) || complaints.Match(word.Response.Body) || !complaints.Match(again.Response.Body) {
		return verdict{}
	}
	proof := quote.Shown()
	said := string(complaints.Find(quote.Response.Body))
	proof.Received += "\n" + around(quote.Response.Body, said)
	return verdict{saw: fmt.Sprintf("a quote brings out %q", said), proof: proof}
}

// narrowed looks whether a condition that holds changes nothing, and one that does not
// hold takes something away.
func narrowed(e *pavise.Evidence, p point, n int) verdict {
	yes, no := pair(p.value, n)
	plain, why := heard(e, p.plain())
	holds, why2 := heard(e, p.with(yes))
	fails, why3 := heard(e, p.with(no))
	if why += why2 + why3; why != "" {
		return verdict{why: why}
	}
	whole := without(plain.Response, p.value, yes, no)
	if plain.Response.Status != 200 || holds.Response.Status != 200 || len(whole) < 3 ||
		likeness(whole, without(holds.Response, p.value, yes, no)) < 0.98 {
		return verdict{}
	}
	if fails.Response.Status == 200 && likeness(whole, without(fails.Response, p.value, yes, no)) >= 0.95 || fails.Response.Status == 403 || fails.Response.Status == 400 {
		return verdict{}
	}
	proof := fails.Shown()
	proof.Sent += fmt.Sprintf(", beside %q, which is answered like the plain value", yes)
	return verdict{saw: fmt.Sprintf("with %q the page is as without, with %q it is another", yes, no), proof: proof}
}

// without are the words of a response but for what was sent, and for numbers, which
// change by themselves.
func without(r *pavise.Response, sent ...string) map[string]int {
	drop := map[string]bool{}
	for _, s := range sent {
		for _, w := range terms(s) {
			drop[w] = true
		}
	}
	words := map[string]int{}
	for _, w := range terms(string(r.Body)) {
		if !drop[w] && strings.Trim(w, "0123456789") != "" && len(w) < 24 {
			words[w]++
		}
	}
	return words
}

// terms takes a text apart, however it is escaped.
func terms(s string) []string {
	s = strings.NewReplacer("&#39;", " ", "&#x27;", " ", "&apos;", " ", "%27", " ", "%20", " ", "%3D", " ", "+", " ").Replace(s)
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n<>\"'=,;:/?&()[]{}", r) })
}

// likeness is how much of the words of two pages they share.
func likeness(a, b map[string]int) float64 {
	common, all := 0, 0
	for w, n := range a {
		common += min(n, b[w])
		all += n
	}
	for _, n := range b {
		all += n
	}
	if all == 0 {
		return 1
	}
	return 2 * float64(common) / float64(all)
}
