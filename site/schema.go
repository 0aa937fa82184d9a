package site

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"

	"pavise"
)

// An object is a JSON schema, or a part of one.
type object struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Enum        []string           `json:"enum,omitempty"`
	Default     any                `json:"default,omitempty"`
	Items       *object            `json:"items,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	Properties  map[string]*object `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"` // false, or the schema of all others
}

// Schema returns the JSON schema of pavise.yaml, for editors. It depends on the
// controls alone.
func Schema(controls []pavise.Control) ([]byte, error) {
	o := schemaOf(reflect.TypeFor[File](), controls)
	o.Schema, o.Title = "https://json-schema.org/draft/2020-12/schema", "pavise.yaml"
	b, err := json.MarshalIndent(o, "", "  ")
	return append(b, '\n'), err
}

func schemaOf(t reflect.Type, controls []pavise.Control) *object {
	o := kindOf(t).schema
	switch {
	case t == reflect.TypeFor[Controls]():
		o.Additional, o.Properties = false, map[string]*object{}
		for _, c := range controls {
			part := schemaOf(reflect.TypeOf(c), controls)
			doc := c.Doc()
			part.Title, part.Description = doc.Title, doc.Why
			o.Properties[doc.ID] = part
		}
	case t == reflect.TypeFor[ID]():
		o.Type = nil
		for _, c := range controls {
			o.Enum = append(o.Enum, c.Doc().ID)
		}
	case t == reflect.TypeFor[RuleID]():
		o.Type = nil
		for _, c := range controls {
			for _, r := range c.Doc().Rules {
				o.Enum = append(o.Enum, r.ID)
			}
		}
	case o.Type == "array":
		o.Items = schemaOf(t.Elem(), controls)
		if single(t) { // what is said of objects is of the only one
			o.Type = append([]string{"array"}, o.Items.Type.([]string)...)
			o.Properties, o.Required, o.Additional = o.Items.Properties, o.Items.Required, o.Items.Additional
		}
	case o.Type == "object" && t.Kind() == reflect.Map:
		o.Additional = schemaOf(t.Elem(), controls)
	case o.Type == "object":
		o.members(t, controls)
	}
	return &o
}

func (o *object) members(t reflect.Type, controls []pavise.Control) {
	known, rest := fieldsOf(t)
	o.Additional, o.Properties = false, map[string]*object{}
	for _, f := range known {
		part := schemaOf(t.FieldByIndex(f.index).Type, controls)
		part.annotate(f)
		if f.required {
			o.Required = append(o.Required, f.name)
		}
		o.Properties[f.name] = part
	}
	if i := alone(t); i >= 0 {
		o.Type = append([]string{"object"}, typesOf(kindOf(t.Field(i).Type).schema)...)
	}
	if rest != nil {
		others := schemaOf(t.FieldByIndex(rest.index).Type.Elem(), controls)
		others.annotate(*rest)
		o.Additional = others
	}
}

// typesOf are the types that a schema allows.
func typesOf(o object) []string {
	if list, ok := o.Type.([]string); ok {
		return list
	}
	return []string{o.Type.(string)}
}

// annotate adds what the tags of a field say. The default is for people; what a
// program could put in for it is given as a value too.
func (o *object) annotate(f field) {
	o.Description = f.doc
	if f.standard != "" {
		o.Description += " (default: " + f.standard + ")"
	}
	if f.enum != nil {
		o.Type, o.Enum = nil, f.enum
	}
	if f.required && o.Type == "array" {
		o.MinItems = 1
	}
	switch b, err := strconv.ParseBool(f.standard); {
	case o.Type == "boolean" && err == nil:
		o.Default = b
	case slices.Contains(f.enum, f.standard):
		o.Default = f.standard
	}
	if n := json.Number(f.standard); o.Type == "integer" || o.Type == "number" {
		if _, err := n.Float64(); err == nil {
			o.Default = n
		}
	}
}
