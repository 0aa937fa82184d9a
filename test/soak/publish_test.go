package soak

import (
	"fmt"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"pavise"
)

// publish writes the accounts between the marks of a file.
func publish(file string, shared, alone *accounts, crowd *crowdAccounts) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Of %s, on %s, with %d browsers and %d attackers.\n\n", today(), processors(), browsers, attackers)
	b.WriteString("| | three nodes, one Redis | one node, its file |\n|---|---:|---:|\n")
	line := func(what string, value func(*accounts) any) {
		fmt.Fprintf(&b, "| %s | %v | %v |\n", what, value(shared), value(alone))
	}
	line("time", func(a *accounts) any { return a.long.Round(time.Second) })
	line("faults", func(a *accounts) any { return a.total(a.faults) })
	line("requests sent", func(a *accounts) any { return a.sent })
	line("answered by the app", func(a *accounts) any { return a.answered })
	line("refused before the app was asked", func(a *accounts) any { return listed(a, a.refused) })
	line("answered in the app's place", func(a *accounts) any { return listed(a, a.instead) })
	line("without an answer", func(a *accounts) any { return listed(a, a.failed) })
	line("half of them within", func(a *accounts) any { return a.slowest[len(a.slowest)/2].Round(100 * time.Microsecond) })
	line("99 in 100 within", func(a *accounts) any { return a.slowest[len(a.slowest)*99/100].Round(time.Millisecond) })
	line("all within", func(a *accounts) any { return a.slowest[len(a.slowest)-1].Round(time.Millisecond) })
	line("logins tried", func(a *accounts) any { return a.logins })
	line("**of these refused for failures**", func(a *accounts) any { return a.lockedOut })
	line("sessions created", func(a *accounts) any { return a.created })
	line("of these left or logged out sealed in the browser", func(a *accounts) any { return a.sealed() })
	line("used", func(a *accounts) any { return a.used })
	line("not known to the asked node, while the store was away", func(a *accounts) any { return a.unknown })
	line("logged out", func(a *accounts) any { return len(a.loggedOut) })
	line("logouts that were not acknowledged", func(a *accounts) any { return a.undecided })
	line("left in the last 13 minutes, and looked for at the end", func(a *accounts) any { return len(a.left) })
	line("**of these lost**", func(a *accounts) any { return a.lost })
	line("**alive after the logout**", func(a *accounts) any { return a.resurrected })
	line("copies of sealed sessions alive after the logout", func(a *accounts) any { return a.copies })
	line("**shown to somebody else**", func(a *accounts) any { return a.mixedUp })
	for _, kind := range slices.Sorted(maps.Keys(most)) {
		line(fmt.Sprintf("most guesses by one %s, where the limit is %d", kind, most[kind]), func(a *accounts) any { return a.mostGuesses[kind] })
	}
	b.WriteString("\nThe faults were: ")
	for i, name := range slices.Sorted(maps.Keys(shared.faults)) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s (%d)", name, shared.faults[name])
	}
	fmt.Fprintf(&b, "; and kill -9 of the node with the file (%d).\n", alone.total(alone.faults))
	crowd.tell(&b)
	return between(file, "soak", b.String())
}

// between writes a text between the marks of that name.
func between(file, name, text string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	begin, end := "<!-- measured: "+name+" -->\n", "<!-- end of measured: "+name+" -->\n"
	head, rest, ok := strings.Cut(string(data), begin)
	_, tail, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s: the marks of %s are gone", file, name)
	}
	return os.WriteFile(file, []byte(head+begin+text+end+tail), 0o644)
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

func processors() string { return pavise.Plural(runtime.NumCPU(), "processor") }

// tell writes what was done to the one that changes.
func (c changes) tell(line func(what string, value any)) {
	line("time", c.long.Round(time.Second))
	line("reloads", c.reloads)
	line("upgrades, each to another process, and how long they took", fmt.Sprintf("%d (%s)", len(c.upgraded), strings.Join(c.upgraded, ", ")))
}

// tell writes what came of the crowd.
func (c *crowdAccounts) tell(b *strings.Builder) {
	b.WriteString("\n| one node, changed under a crowd | |\n|---|---:|\n")
	line := func(what string, value any) { fmt.Fprintf(b, "| %s | %v |\n", what, value) }
	c.changes.tell(line)
	line("requests asked for each second", *rate)
	line("deaths of an app", c.deaths)
	for _, what := range slices.Sorted(maps.Keys(c.most)) {
		line(what+", at most at a time", c.most[what])
	}
	line("requests answered by an app", c.asked)
	line("of these over HTTP/3", c.h3)
	line("not asked, because the machine did not keep up", c.late)
	line("the slowest answer", c.slowest.Round(time.Millisecond))
	line("sent away, because they never got to the point", c.sentAway)
	for _, why := range slices.Sorted(maps.Keys(c.owed)) {
		line("failed as owed: "+why, c.owed[why])
	}
	line("**failed, and not owed**", 0) // or there would be no table
	b.WriteString("\n| flat | first process | last process, at the same age | last process, in the end | may be more by |\n|---|---:|---:|---:|---:|\n")
	for _, g := range growths {
		fmt.Fprintf(b, "| %s | %.0f | %.0f | %.0f | %.0f %% + %.0f |\n", g.what, g.of(c.first)/g.unit, g.of(c.young)/g.unit, g.of(c.old)/g.unit, 100*g.part, g.more/g.unit)
	}
}

// listed is how many there are, and of what.
func listed(a *accounts, by map[string]int) string {
	if len(by) == 0 {
		return "0"
	}
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(by)) {
		parts = append(parts, fmt.Sprintf("%d × %s", by[what], what))
	}
	return fmt.Sprintf("%d (%s)", a.total(by), strings.Join(parts, ", "))
}
