package site

import (
	"reflect"

	"go.yaml.in/yaml/v4"

	"pavise"
)

// AuditFile is the name of the file beside a project that says how it is audited.
const AuditFile = "pavise.audit.yaml"

// An Audit is what stands in that file.
type Audit struct {
	Accept []Acceptance `yaml:"accept" doc:"what an audit may find without failing, each with its reason, who answers for it, and an end"`
}

// LoadAudit reads the file. What is wrong in it is reported as [Errors].
func LoadAudit(file string, controls []pavise.Control) (Audit, error) {
	var a Audit
	data, err := read(file)
	if err != nil {
		return a, err
	}
	d := &decoder{catalogue: controls, where: map[any]*yaml.Node{}, least: "such as accept: [{rule: …, reason: …, owner: …, until: …}]"}
	if root := d.parse(data); root != nil {
		d.value(root, reflect.ValueOf(&a).Elem(), place{})
		d.acceptances(a.Accept)
	}
	return a, d.sorted(file)
}
