package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strings"

	"pavise"
)

// The part of SARIF 2.1.0 that is written (OASIS Standard incorporating Approved
// Errata 01, 28 August 2023).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Automation  sarifAutomation   `json:"automationDetails"`
		Invocations []sarifInvocation `json:"invocations"`
		Results     []sarifResult     `json:"results"`
		Properties  map[string]any    `json:"properties"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version,omitempty"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifAutomation struct {
		ID string `json:"id"`
	}
	sarifInvocation struct {
		Successful    bool                `json:"executionSuccessful"`
		Started       string              `json:"startTimeUtc,omitempty"`
		Notifications []sarifNotification `json:"toolExecutionNotifications,omitempty"`
	}
	sarifNotification struct {
		Message sarifText    `json:"message"`
		Level   string       `json:"level"`
		Rule    sarifRuleRef `json:"associatedRule"`
	}
	sarifRuleRef struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
	}
	sarifText struct {
		Text     string `json:"text"`
		Markdown string `json:"markdown,omitempty"`
	}
	sarifRule struct {
		ID         string         `json:"id"`
		Short      sarifText      `json:"shortDescription"`
		Full       sarifText      `json:"fullDescription"`
		Help       sarifText      `json:"help"`
		Default    sarifDefault   `json:"defaultConfiguration"`
		Properties map[string]any `json:"properties"`
	}
	sarifDefault struct {
		Level string `json:"level"`
	}
	sarifResult struct {
		Rule         string             `json:"ruleId"`
		Index        int                `json:"ruleIndex"`
		Kind         string             `json:"kind"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations"`
		Related      []sarifLocation    `json:"relatedLocations,omitempty"`
		Fingerprints map[string]string  `json:"partialFingerprints"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
		Baseline     string             `json:"baselineState,omitempty"`
		Properties   map[string]string  `json:"properties"`
	}
	sarifLocation struct {
		Message  *sarifText     `json:"message,omitempty"`
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
)

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// SARIF writes a run per report. Its results are what fails: services that read SARIF
// take every result for an alert. What could not be looked at is a notification of
// the run, what holds and what does not apply is counted in its properties.
func (rs Reports) SARIF(w io.Writer) error {
	log := sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{}}
	for _, r := range rs {
		log.Runs = append(log.Runs, r.sarifRun())
	}
	return writeJSON(w, log)
}

func (r *Report) sarifRun() sarifRun {
	name, version, _ := strings.Cut(r.Tool, " ")
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: name, Version: version, Rules: []sarifRule{}}},
		Automation:  sarifAutomation{"pavise/" + r.Target + "/"},
		Invocations: []sarifInvocation{{Successful: true}},
		Results:     []sarifResult{},
		Properties: map[string]any{"target": r.Target, "verdict": r.Verdict, "grade": r.Grade,
			"counts": r.Counts},
	}
	if r.PCI != nil {
		run.Properties["pci"] = map[string]any{"verdict": r.PCI.Verdict, "why": r.PCI.Why, "notice": r.PCI.Notice}
	}
	if name == "" {
		run.Tool.Driver.Name = "pavise"
	}
	invocation := &run.Invocations[0]
	if !r.Started.IsZero() {
		invocation.Started = r.Started.Format("2006-01-02T15:04:05Z")
	}
	at := map[string]int{}
	for _, f := range r.Findings {
		if f.Outcome != pavise.Fail && f.Outcome != pavise.Unknown {
			continue
		}
		i, known := at[f.Rule]
		if !known {
			i = len(run.Tool.Driver.Rules)
			at[f.Rule] = i
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(f))
		}
		if f.Outcome == pavise.Unknown {
			invocation.Notifications = append(invocation.Notifications,
				sarifNotification{sarifMessage(f.Where + ": " + f.Saw), "warning", sarifRuleRef{f.Rule, i}})
			continue
		}
		run.Results = append(run.Results, sarifResultOf(f, i))
	}
	return run
}

func sarifRuleOf(f Finding) sarifRule {
	properties := map[string]any{"tags": sarifTags(f.References), "severity": f.Severity}
	if f.Score > 0 {
		properties["security-severity"] = fmt.Sprintf("%.1f", f.Score)
		properties["cvss"] = f.CVSS
	}
	return sarifRule{
		ID: f.Rule, Short: sarifText{Text: titleOf(f)}, Full: sarifText{Text: whyOf(f)},
		Help:    sarifText{Text: helpText(f), Markdown: helpMarkdown(f)},
		Default: sarifDefault{sarifLevel(f.Severity)}, Properties: properties,
	}
}

// sarifTags are the references, a CWE also in the way that services know it.
func sarifTags(references []string) []string {
	tags := []string{"security"}
	for _, ref := range references {
		tags = append(tags, ref)
		if n, ok := strings.CutPrefix(ref, "CWE-"); ok {
			tags = append(tags, "external/cwe/cwe-"+n)
		}
	}
	return tags
}

func sarifLevel(s pavise.Severity) string {
	switch {
	case s >= pavise.High:
		return "error"
	case s == pavise.Medium:
		return "warning"
	}
	return "note"
}

func sarifResultOf(f Finding, index int) sarifResult {
	text := f.Saw
	if f.Want != "" {
		text += ". Wanted: " + f.Want
	}
	if f.Dependency != nil && f.Dependency.Gain != "" {
		text += ". " + f.Dependency.Gain
	}
	properties := map[string]string{"where": f.Where}
	if d := f.Dependency; d.Flawed() {
		properties["advisory"], properties["package"], properties["upgrade"] = d.Advisory, d.Name+" "+d.Version, cmp.Or(d.Same, d.Safe, d.Fixed)
	}
	if f.Proof.Command != "" {
		properties["proof"] = f.Proof.Command
	}
	result := sarifResult{
		Rule: f.Rule, Index: index, Kind: "fail", Level: sarifLevel(f.Severity), Message: sarifMessage(text),
		Locations:    []sarifLocation{f.sarifPlace(f.Where)},
		Fingerprints: map[string]string{"ruleAndPlace/v1": fingerprint(f)},
		Baseline:     sarifBaseline[f.Change],
		Properties:   properties,
	}
	for _, p := range f.Also {
		at := f.sarifPlace(p.Where)
		if saw := sarifMessage(p.Saw); p.Saw != "" {
			at.Message = &saw
		}
		result.Related = append(result.Related, at)
	}
	if f.Accepted != nil {
		status := "accepted"
		if f.Accepted.Ended {
			status = "rejected"
		}
		result.Suppressions = []sarifSuppression{{"external", status, f.Accepted.says()}}
	}
	return result
}

func (f Finding) sarifPlace(where string) sarifLocation {
	uri, line := sarifURI(where), 1 // a service shows no result without a line
	if f.disk {
		var file string
		file, line = f.fileOf(where)
		uri = fileURI(file)
	}
	return sarifLocation{
		Physical: sarifPhysical{sarifArtifact{uri}, sarifRegion{line}},
		Logical:  []sarifLogical{{where, "resource"}},
	}
}

// sarifBaseline are the words of SARIF for what has changed (3.27.24).
var sarifBaseline = map[Change]string{Appeared: "new", Stayed: "unchanged"}

// fingerprint is the same in every run for the same rule at the same place, whatever
// was seen there.
func fingerprint(f Finding) string {
	p := f.placeAt(f.Where).lasting()
	text := p.Rule + "\n" + p.Where
	if p.Advisory != "" {
		text += "\n" + p.Advisory
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// sarifURI makes a relative reference of a place (RFC 3986 4.2): services that read
// SARIF refuse the whole file for one with a scheme other than file.
func sarifURI(where string) string {
	u, err := url.Parse(where)
	if err != nil || u.Host == "" {
		return segment(where)
	}
	s := segment(u.Host) + strings.TrimSuffix(u.EscapedPath(), "/")
	if u.RawQuery != "" {
		s += "?" + url.QueryEscape(u.RawQuery)
	}
	return s
}

// segment is text as the first part of a path, in which a colon would end a scheme.
func segment(s string) string { return strings.ReplaceAll(url.PathEscape(s), ":", "%3A") }

// messageEscapes keep what a site wrote from being taken for a placeholder (SARIF
// 3.11.5) or a link (3.11.6).
var messageEscapes = strings.NewReplacer("{", "{{", "}", "}}", "](", "] (")

func sarifMessage(text string) sarifText {
	if text == "" {
		text = "no reason given"
	}
	return sarifText{Text: messageEscapes.Replace(text)}
}

// whyOf falls back to the title: a report that was read back knows no more.
func whyOf(f Finding) string {
	if f.Why != "" {
		return f.Why
	}
	return titleOf(f)
}

// helpText says how a rule is looked at and mended.
func helpText(f Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", whyOf(f))
	if f.Verifies != "" {
		fmt.Fprintf(&b, "\nHow it is looked at: %s\n", f.Verifies)
	}
	for _, m := range mends(f.Fix) {
		fmt.Fprintf(&b, "\n%s:\n%s\n", m.Tool, m.Lines)
	}
	return b.String()
}

func helpMarkdown(f Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", markdownText(whyOf(f)))
	if f.Verifies != "" {
		fmt.Fprintf(&b, "\n**How it is looked at:** %s\n", markdownText(f.Verifies))
	}
	for _, m := range mends(f.Fix) {
		fmt.Fprintf(&b, "\n**%s**\n\n%s\n", m.Tool, fenced(m.Lines))
	}
	return b.String()
}
