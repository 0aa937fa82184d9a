package site

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// A RuleID names a rule of the catalogue.
type RuleID string

// An Acceptance is the owner's word that what a rule finds is known and stays, until
// a day.
type Acceptance struct {
	Rule     RuleID    `yaml:"rule" doc:"id of the rule" required:"true"`
	Place    string    `yaml:"place" doc:"address as the report shows it, or its path, such as \"/widget/*\"; * is any text" default:"everywhere"`
	Advisory string    `yaml:"advisory" doc:"of a package: the one advisory that is meant, by any of its names, such as CVE-2022-24999" default:"all of them"`
	Reason   string    `yaml:"reason" doc:"why it stays" required:"true"`
	Owner    string    `yaml:"owner" doc:"who answers for it" required:"true"`
	Until    time.Time `yaml:"until" doc:"last day, in UTC" required:"true"`

	Line int // where it begins in the file
}

// A Declaration is what the owner declares to a scan vendor on a special note.
type Declaration struct {
	Rule      RuleID `yaml:"rule" doc:"id of the rule that asks for it" required:"true"`
	Statement string `yaml:"statement" doc:"what is declared, such as why it is needed and how it is guarded" required:"true"`
	Owner     string `yaml:"owner" doc:"who declares it" required:"true"`
}

// LoadAcceptances reads a file that is a list of acceptances. What is wrong in it is
// reported as [Errors].
func LoadAcceptances(file string, controls []pavise.Control) ([]Acceptance, error) {
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	return ParseAcceptances(file, data, controls)
}

// ParseAcceptances is LoadAcceptances for a file that has been read.
func ParseAcceptances(name string, data []byte, controls []pavise.Control) ([]Acceptance, error) {
	d := &decoder{catalogue: controls, where: map[any]*yaml.Node{}, least: "such as [{rule: …, reason: …, owner: …, until: …}]"}
	var list []Acceptance
	if root := d.parse(data); root != nil {
		d.value(root, reflect.ValueOf(&list).Elem(), place{})
		d.acceptances(list)
	}
	if err := d.sorted(name); err != nil {
		return nil, err
	}
	return list, nil
}

// End is the moment from which the acceptance does not count.
func (a Acceptance) End() time.Time { return dayAfter(a.Until) }

// String says in a line what is accepted, where, why, by whom and how long.
func (a Acceptance) String() string {
	where := cmp.Or(a.Place, "every place")
	if a.Advisory != "" {
		where += " for " + a.Advisory
	}
	return fmt.Sprintf("%s is accepted at %s until %s by %s: %s", a.Rule, where, a.Until.Format(time.DateOnly), a.Owner, a.Reason)
}

func (a Acceptance) notice(now time.Time) Notice {
	return ending(a.Line, fmt.Sprintf("the acceptance of %s", a.Rule), "what it finds counts again", a.Until, now)
}

// acceptances notes what is wrong in a list whose form is right.
func (d *decoder) acceptances(list []Acceptance) {
	for i := range list {
		a := &list[i]
		if n := d.where[a]; n != nil {
			a.Line = n.Line
		}
		d.rule(&a.Rule, "accept")
		if n := d.where[&a.Advisory]; n != nil && !strings.HasPrefix(string(a.Rule), "project.dependencies.") {
			d.fail(n, "leave it out", "accept: %s is about no advisory", a.Rule)
		}
		if n := d.where[&a.Place]; n != nil && strings.TrimSpace(a.Place) == "" {
			d.fail(n, "to accept it everywhere, leave place out", "accept: place must not be empty")
		}
	}
}

func (d *decoder) declarations(list []Declaration) {
	for i := range list {
		x := &list[i]
		r, known := d.rule(&x.Rule, "declare")
		if known && r.Declare == "" {
			d.fail(d.where[&x.Rule], "", "declare: %s asks for no declaration", x.Rule)
		}
	}
}

// rule returns the rule of the catalogue with the id, and notes where there is none.
func (d *decoder) rule(id *RuleID, under string) (pavise.Rule, bool) {
	n := d.where[id]
	if n == nil || *id == "" {
		return pavise.Rule{}, false
	}
	var ids []string
	for _, c := range d.catalogue {
		for _, r := range c.Doc().Rules {
			if r.ID == string(*id) {
				return r, true
			}
			ids = append(ids, r.ID)
		}
	}
	d.fail(n, cmp.Or(didYouMean(string(*id), ids), `"pavise controls" lists them`), "%s: unknown rule %s", under, show(string(*id)))
	return pavise.Rule{}, false
}
