package site

import (
	"reflect"

	"pavise"
)

// A Setting is a key that a control takes in the file.
type Setting struct {
	Key     string `json:"key"`
	Doc     string `json:"doc"`
	Default string `json:"default"`
}

// Settings returns the keys that a control takes, for its page.
func Settings(c pavise.Control) []Setting {
	known, rest := fieldsOf(reflect.TypeOf(c))
	list := []Setting{}
	if rest != nil {
		list = append(list, Setting{"NAME", rest.doc, rest.standard})
	}
	for _, f := range known {
		list = append(list, Setting{f.name, f.doc, f.standard})
	}
	return list
}
