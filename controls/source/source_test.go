package source

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

// Short ways to write evidence.

func str(s string) pavise.Value  { return pavise.Value{Kind: pavise.StringValue, Text: s} }
func num(s string) pavise.Value  { return pavise.Value{Kind: pavise.NumberValue, Text: s} }
func name(s string) pavise.Value { return pavise.Value{Kind: pavise.NameValue, Text: s} }
func null() pavise.Value         { return pavise.Value{Kind: pavise.NullValue} }
func other(s string) pavise.Value {
	return pavise.Value{Kind: pavise.OtherValue, Text: s}
}

func boolean(b bool) pavise.Value {
	return pavise.Value{Kind: pavise.BoolValue, Text: map[bool]string{true: "true", false: "false"}[b]}
}

func env(s string, or ...pavise.Value) pavise.Value {
	return pavise.Value{Kind: pavise.EnvValue, Text: s, Items: or}
}

func list(items ...pavise.Value) pavise.Value {
	return pavise.Value{Kind: pavise.ListValue, Items: items}
}

func call(of string, items ...pavise.Value) pavise.Value {
	return pavise.Value{Kind: pavise.CallValue, Text: of, Items: items}
}

func function(parameters ...string) pavise.Value {
	v := pavise.Value{Kind: pavise.FunctionValue}
	for _, p := range parameters {
		v.Items = append(v.Items, name("?"+p))
	}
	return v
}

// object takes names and values by turns.
func object(pairs ...any) pavise.Value {
	v := pavise.Value{Kind: pavise.ObjectValue}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Members = append(v.Members, pavise.Member{Name: pairs[i].(string), Value: pairs[i+1].(pavise.Value)})
	}
	return v
}

func open(v pavise.Value) pavise.Value {
	v.Open = true
	return v
}

func from1(v pavise.Value, parts ...string) pavise.Value {
	v.Asked = parts
	return v
}

func use(of string, args ...pavise.Value) pavise.Use {
	return pavise.Use{File: "app.js", Line: 1, Of: of, Args: args, On: "app.js:1:1"}
}

func inGo(of string, args ...pavise.Value) pavise.Use {
	return pavise.Use{File: "main.go", Line: 1, Of: of, Args: args}
}

func when(u pavise.Use, conditions ...string) pavise.Use {
	u.When = conditions
	return u
}

func in(file string, u pavise.Use) pavise.Use {
	u.File = file
	return u
}

func evidence(uses ...pavise.Use) *pavise.Evidence {
	for i := range uses {
		uses[i].Line, uses[i].Start = i+1, 100*i
	}
	return &pavise.Evidence{Schema: pavise.EvidenceSchema, Taken: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Project: &pavise.Project{Root: "/srv/shop", Uses: uses}}
}

// app is an Express application with more.
func app(uses ...pavise.Use) *pavise.Evidence {
	return evidence(append([]pavise.Use{use("express")}, uses...)...)
}

// A row is what a rule comes to at some evidence, and a part of what is said.
type row struct {
	name     string
	evidence *pavise.Evidence
	rule     string
	outcome  pavise.Outcome
	saw      string
}

func check(t *testing.T, c pavise.Control, rows []row) {
	t.Helper()
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	if found := c.(pavise.Checker).Check(&pavise.Evidence{}); found != nil {
		t.Errorf("without a project: %v", found)
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			for _, f := range c.(pavise.Checker).Check(r.evidence) {
				if f.Rule != r.rule {
					continue
				}
				if f.Outcome != r.outcome || !strings.Contains(f.Saw, r.saw) {
					t.Errorf("%s: %s, %q at %s; want %s, %q", f.Rule, f.Outcome, f.Saw, f.Where, r.outcome, r.saw)
				}
				if f.Outcome == pavise.Fail && (f.Want == "" || f.Proof.Command == "" || f.Where == "") {
					t.Errorf("%s does not say enough: %+v", f.Rule, f)
				}
				return
			}
			t.Errorf("nothing is said of %s", r.rule)
		})
	}
}
