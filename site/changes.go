package site

import (
	"maps"
	"reflect"
	"slices"
)

// A Change is one key that two files say different things about.
type Change struct {
	Site string // its first host; "" where the key is of no site
	Key  string // with its section, such as listen.https; "" is the whole site
	How  string // added, removed or changed
}

func (c Change) String() string {
	switch {
	case c.Key == "":
		return c.Site + " " + c.How
	case c.Site == "":
		return c.Key + " " + c.How
	}
	return c.Site + ": " + c.Key + " " + c.How
}

// Changes tells what next says that f does not, and the other way round: first of the
// whole, then of each site, by its first host. Where in the file it stands is no matter.
func (f *File) Changes(next *File) []Change {
	list := changedKeys("", "", reflect.ValueOf(*f), reflect.ValueOf(*next))
	list = slices.DeleteFunc(list, func(c Change) bool { return c.Key == "sites" })
	before := byHost(f.Sites)
	for _, s := range next.Sites {
		if old, stood := before[s.Hosts[0]]; stood {
			list = append(list, changedKeys(s.Hosts[0], "", reflect.ValueOf(old), reflect.ValueOf(s))...)
		} else {
			list = append(list, Change{Site: s.Hosts[0], How: "added"})
		}
	}
	after := byHost(next.Sites)
	for _, s := range f.Sites {
		if _, stands := after[s.Hosts[0]]; !stands {
			list = append(list, Change{Site: s.Hosts[0], How: "removed"})
		}
	}
	return list
}

func byHost(sites []Site) map[string]Site {
	all := map[string]Site{}
	for _, s := range sites {
		all[s.Hosts[0]] = s
	}
	return all
}

// changedKeys compares what is written: the tagged fields of two structs, and the
// entries of two maps.
func changedKeys(site, section string, a, b reflect.Value) []Change {
	var list []Change
	for i := range a.NumField() {
		field, from, to := a.Type().Field(i), a.Field(i), b.Field(i)
		key := field.Tag.Get("yaml")
		switch {
		case !keyed(field) || same(from, to):
		case key == "": // its keys stand here
			list = append(list, changedKeys(site, section, from, to)...)
		case section == "" && from.Kind() == reflect.Struct:
			list = append(list, changedKeys(site, key+".", from, to)...)
		case from.Kind() == reflect.Map:
			list = append(list, changedEntries(site, section+key+".", from, to)...)
		default:
			list = append(list, Change{site, section + key, how(!from.IsZero(), !to.IsZero())})
		}
	}
	return list
}

func changedEntries(site, section string, a, b reflect.Value) []Change {
	keys := map[string]bool{}
	for _, m := range []reflect.Value{a, b} {
		for _, k := range m.MapKeys() {
			keys[k.String()] = true
		}
	}
	var list []Change
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		from, to := a.MapIndex(reflect.ValueOf(key)), b.MapIndex(reflect.ValueOf(key))
		if !from.IsValid() || !to.IsValid() || !same(from, to) {
			list = append(list, Change{site, section + key, how(from.IsValid(), to.IsValid())})
		}
	}
	return list
}

func how(before, after bool) string {
	switch {
	case !before:
		return "added"
	case !after:
		return "removed"
	}
	return "changed"
}

// same compares values, but for the lines that they stand in.
func same(a, b reflect.Value) bool {
	switch {
	case a.Kind() == reflect.Pointer && !a.IsNil() && !b.IsNil():
		return same(a.Elem(), b.Elem())
	case a.Kind() == reflect.Slice && a.Len() == b.Len() && a.Type().Elem().Kind() == reflect.Struct:
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case a.Kind() == reflect.Struct && written(a.Type()):
		for i := range a.NumField() {
			if keyed(a.Type().Field(i)) && !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// written reports whether a struct has keys of the file.
func written(t reflect.Type) bool {
	for i := range t.NumField() {
		if keyed(t.Field(i)) {
			return true
		}
	}
	return false
}

// keyed reports whether a field is a key of the file, or has keys of the file in it.
func keyed(field reflect.StructField) bool { return field.Anonymous || field.Tag.Get("yaml") != "" }

// Files are the files that this one names, to be read with it: a tag of the key says so,
// or it is a list of networks.
func (f *File) Files() []string { return append(filesIn(reflect.ValueOf(*f), nil), f.lists...) }

func filesIn(v reflect.Value, list []string) []string {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			list = filesIn(v.Elem(), list)
		}
	case reflect.Slice:
		for i := range v.Len() {
			list = filesIn(v.Index(i), list)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			switch field := v.Type().Field(i); {
			case field.Tag.Get("names") == "file" && v.Field(i).String() != "":
				list = append(list, v.Field(i).String())
			case keyed(field):
				list = filesIn(v.Field(i), list)
			}
		}
	}
	return list
}
