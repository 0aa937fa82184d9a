package site

import (
	"reflect"

	"pavise"
)

// A Setting is a key that a control takes in the file.
type Setting struct {
	Key, Doc, Default string
}

// Settings returns the keys that a control takes, for its page.
func Settings(c pavise.Control) []Setting {
	t := reflect.TypeOf(c)
	if t.Kind() != reflect.Struct {
		return nil
	}
	known, rest := fieldsOf(t)
	var list []Setting
	if rest != nil {
		list = append(list, Setting{"NAME", rest.doc, rest.standard})
	}
	for _, f := range known {
		list = append(list, Setting{f.name, f.doc, f.standard})
	}
	return list
}
