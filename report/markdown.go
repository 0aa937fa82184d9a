package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"

	"pavise"
)

// Markdown writes the reports for an issue tracker or the summary of a build: the
// verdict, a table of what fails, and the rest folded. It is GitHub's dialect.
func (rs Reports) Markdown(w io.Writer) error {
	b := bufio.NewWriter(w)
	if len(rs) != 1 {
		fmt.Fprintf(b, "# %s\n\n| verdict | grade | site | fail | not looked at |\n|---|---|---|---|---|\n", markdownText(rs.Summary()))
		for _, r := range rs {
			rules := r.rules()
			fmt.Fprintf(b, "| %s | %s | %s | %d | %d |\n", r.Verdict, markdownText(r.Grade), markdownText(r.Target),
				len(withOutcome(rules, pavise.Fail)), len(withOutcome(rules, pavise.Unknown)))
		}
		fmt.Fprintln(b)
	}
	for _, r := range rs {
		r.markdown(b)
	}
	return b.Flush()
}

func (r *Report) markdown(w io.Writer) {
	rules := r.rules()
	mark, _ := face(r.Verdict)
	fmt.Fprintf(w, "# %s %s · grade %s · %s\n\n", mark, strings.ToUpper(r.Verdict.String()), markdownText(r.Grade), codeSpan(r.Target))
	fmt.Fprintf(w, "%s  \n%s\n", markdownText(r.tally(rules)), markdownText(r.grading()))
	if others := r.others(); others != "" {
		fmt.Fprintf(w, "\n%s\n", markdownText(others))
	}
	r.markdownPCI(w)
	if todo := r.steps(rules); len(todo) > 0 {
		fmt.Fprint(w, "\n## First\n\n")
		for i, s := range todo {
			fmt.Fprintf(w, "%d. %s: %s\n", i+1, codeSpan(s.Do), codeSpan(s.Why))
		}
	}
	about, failures := dependencies(withOutcome(rules, pavise.Fail))
	r.markdownUpgrades(w, upgrades(about))
	worstFirst(failures)
	if len(failures) > 0 {
		fmt.Fprint(w, "\n## What fails\n\n| severity | what ought to be true | rule | places |\n|---|---|---|---|\n")
		for _, f := range failures {
			fmt.Fprintf(w, "| %s | %s | %s | %d |\n", f.Severity, markdownText(titleOf(f.Finding)), markdownText(f.Rule), f.number())
		}
	}
	for _, f := range failures {
		markdownFailure(w, f)
	}
	markdownList(w, "Accepted, and not counted as holding", r.acceptances())
	markdownReasons(w, "What could not be looked at", withOutcome(rules, pavise.Unknown))
	markdownReasons(w, "What does not apply", withOutcome(rules, pavise.Skip))
	markdownReasons(w, "What holds", withOutcome(rules, pavise.Pass))
	if b := r.Baseline; b != nil {
		fmt.Fprintf(w, "\n%s\n", markdownText(b.says()))
		markdownList(w, "Mended", placesOf(b.Mended))
		markdownList(w, "Failed before and not seen this time", placesOf(b.Unseen))
	}
	if r.Agreed != "" {
		fmt.Fprintf(w, "\nTried with what acts, as agreed by %s\n", codeSpan(r.Agreed))
	}
	markdownList(w, "Left at the site by the look", r.Left)
	markdownList(w, "Left out on purpose", r.Limits)
	markdownList(w, "Accepted for nothing", r.Unused)
	fmt.Fprintln(w)
}

// markdownUpgrades tells which packages are to be moved, and folds what that mends.
func (r *Report) markdownUpgrades(w io.Writer, list []upgrade) {
	if len(list) == 0 {
		return
	}
	fmt.Fprint(w, "\n## Packages to move\n\n")
	if late := r.Inventory.overdue(); late != "" {
		fmt.Fprintf(w, "**%s.**\n\n", markdownText(late))
	}
	fmt.Fprint(w, "| severity | package | go to | flaws |\n|---|---|---|---|\n")
	for _, u := range list {
		fmt.Fprintf(w, "| %s | %s | %s | %d |\n", u.Severity(), codeSpan(strings.ReplaceAll(u.Name+" "+u.Version, "|", "/")), markdownText(u.Step()), len(u.Flaws))
	}
	for _, u := range list {
		fmt.Fprintf(w, "\n<details><summary>%s: %s</summary>\n\n", u.Severity(), html.EscapeString(u.Name+" "+u.Version+" → "+u.Step()))
		ways, beyond := u.Ways(maxPlaces)
		for _, way := range ways {
			fmt.Fprintf(w, "- path: %s\n", codeSpan(way))
		}
		if beyond > 0 {
			fmt.Fprintf(w, "- and %s more\n", pavise.Plural(beyond, "way"))
		}
		for _, line := range []string{u.Use(), u.Clock(r.Started)} {
			if line != "" {
				fmt.Fprintf(w, "- %s\n", codeSpan(line))
			}
		}
		for _, f := range u.Flaws {
			fmt.Fprintf(w, "\n%s %s\n\n%s\n", codeSpan(f.label()), codeSpan(f.Dependency.Title), markdownText(f.Dependency.Gain))
		}
		fmt.Fprint(w, "\n</details>\n")
	}
}

// markdownPCI tells what a scan vendor would say.
func (r *Report) markdownPCI(w io.Writer) {
	p := r.PCI
	if p == nil {
		return
	}
	fmt.Fprintf(w, "\n**PCI scan preflight: %s.** %s\n", p.Verdict, markdownText(p.Notice))
	if r.Profile != PCI {
		return
	}
	markdownList(w, "What stands against a pass", p.Why)
	markdownList(w, "What stood in the scan's way", p.Interference)
	markdownList(w, "Special notes", p.notes())
	markdownList(w, "Open ports", p.ports())
}

// markdownList folds lines in which something of the site may stand.
func markdownList(w io.Writer, heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	fmt.Fprintf(w, "\n<details><summary>%s: %d</summary>\n\n", heading, len(lines))
	for _, line := range lines[:min(len(lines), maxListed)] {
		fmt.Fprintf(w, "- %s\n", codeSpan(line))
	}
	if n := len(lines) - maxListed; n > 0 {
		fmt.Fprintf(w, "- and %d more\n", n)
	}
	fmt.Fprint(w, "\n</details>\n")
}

// markdownFailure folds the proof of a failure, and how it is mended.
func markdownFailure(w io.Writer, r rule) {
	fmt.Fprintf(w, "\n<details><summary>%s: %s</summary>\n\n", r.Severity, html.EscapeString(titleOf(r.Finding)))
	fmt.Fprintf(w, "%s\n", markdownText(strings.Join(r.ratings(), " · ")))
	if r.Owner && !r.disk {
		fmt.Fprintf(w, "\n*%s*\n", ownerNote)
	}
	for _, f := range r.shown() {
		fmt.Fprintf(w, "\n- where: %s\n- saw: %s\n", codeSpan(f.Where), codeSpan(f.Saw))
		if f.Want != "" {
			fmt.Fprintf(w, "- want: %s\n", codeSpan(f.Want))
		}
		told, beyond := f.also(maxPlaces - 1)
		for _, p := range told {
			fmt.Fprintf(w, "- also at: %s\n", codeSpan(f.elsewhere(p)))
		}
		if beyond > 0 {
			fmt.Fprintf(w, "- and at %d more\n", beyond)
		}
		if f.Proof.Command != "" {
			fmt.Fprintf(w, "\n%s\n", fenced(f.Proof.Command))
		}
	}
	if n := r.hidden(); n > 0 {
		fmt.Fprintf(w, "\nand in %s\n", pavise.Plural(n, "more place"))
	}
	for _, m := range mends(r.Fix) {
		fmt.Fprintf(w, "\n**%s**\n\n%s\n", m.Tool, fenced(m.Lines))
	}
	fmt.Fprint(w, "\n</details>\n")
}

func markdownReasons(w io.Writer, heading string, rules []rule) {
	if len(rules) == 0 {
		return
	}
	fmt.Fprintf(w, "\n<details><summary>%s: %s</summary>\n\n", heading, pavise.Plural(len(rules), "rule"))
	for _, r := range rules {
		fmt.Fprintf(w, "- %s: %s\n", codeSpan(r.Rule), codeSpan(r.reason()))
	}
	fmt.Fprint(w, "\n</details>\n")
}

// markdownEscapes take its meaning from what marks text (CommonMark 0.31.2, 2.4).
var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "|", `\|`, "~", `\~`, "$", `\$`,
	">", "&gt;", "<", "&lt;", "&", "&amp;", "\n", " ")

// markdownText is text of our own in which nothing is marked.
func markdownText(s string) string { return markdownEscapes.Replace(s) }

// codeSpan shows what a site may have written as it is (CommonMark 6.1): in a span of
// code there are no links, no mentions and no HTML.
func codeSpan(s string) string {
	if s == "" {
		return "–"
	}
	ticks := strings.Repeat("`", backticks(s)+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return ticks + s + ticks
}

// fenced shows lines as they are: the fence is longer than any in them (CommonMark
// 4.5).
func fenced(s string) string {
	fence := strings.Repeat("`", max(3, backticks(s)+1))
	return fence + "\n" + strings.TrimRight(s, "\n") + "\n" + fence
}

// backticks is the length of the longest run of backticks.
func backticks(s string) int {
	longest, n := 0, 0
	for i := range len(s) {
		if s[i] != '`' {
			n = 0
			continue
		}
		n++
		longest = max(longest, n)
	}
	return longest
}
