package site

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// A kind is what a setting can be.
type kind struct {
	words  string    // what a person calls it
	node   yaml.Kind // what it is in YAML
	schema object    // what it is in a JSON schema
	// set reads a scalar; it reports whether it could.
	set func(v reflect.Value, text string) bool
	// mend is the hint for a scalar that could not be read, or "".
	mend func(text string) string
}

// kindOf returns the kind of a type. A control with a setting of another type is
// a mistake of its author.
func kindOf(t reflect.Type) kind {
	switch t {
	case reflect.TypeFor[time.Duration]():
		form := object{Type: "string", Pattern: `^([0-9.]+(ns|us|µs|ms|s|m|h))+$`}
		return kind{"a duration such as 30s or 10m", yaml.ScalarNode, form, setDuration, mendDuration}
	case reflect.TypeFor[time.Time]():
		return kind{"a date such as 2027-06-30", yaml.ScalarNode, object{Type: "string", Format: "date"}, setDate, mendDate}
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return kind{words: "a map", node: yaml.MappingNode, schema: object{Type: "object"}}
	case reflect.Slice:
		return kind{words: "a list", node: yaml.SequenceNode, schema: object{Type: "array"}}
	case reflect.String:
		return kind{"text", yaml.ScalarNode, object{Type: []string{"string", "number"}}, setText, mendNothing}
	case reflect.Bool:
		return kind{"true or false", yaml.ScalarNode, object{Type: "boolean"}, setBool, mendBool}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return kind{"a whole number", yaml.ScalarNode, object{Type: "integer"}, setInt, mendInt}
	case reflect.Float32, reflect.Float64:
		return kind{"a number", yaml.ScalarNode, object{Type: "number"}, setFloat, mendNothing}
	}
	panic(fmt.Sprintf("site: no setting can be of type %v", t))
}

func setText(v reflect.Value, text string) bool {
	v.SetString(text)
	return true
}

func mendNothing(string) string { return "" }

func setBool(v reflect.Value, text string) bool {
	text = strings.ToLower(text)
	v.SetBool(text == "true")
	return text == "true" || text == "false"
}

func mendBool(text string) string {
	switch strings.ToLower(text) {
	case "yes", "y", "on", "1":
		return "write true"
	case "no", "n", "off", "0":
		return "write false"
	}
	return ""
}

// setInt reads decimal digits alone: 010 is eight to some readers of YAML and
// ten to others.
func setInt(v reflect.Value, text string) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text || v.OverflowInt(n) {
		return false
	}
	v.SetInt(n)
	return true
}

func mendInt(text string) string {
	n, err := strconv.ParseInt(strings.NewReplacer("_", "", ",", "").Replace(text), 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange), strconv.FormatInt(n, 10) == text:
		return "it is too large"
	case err != nil:
		return mendSize(text)
	case strings.HasPrefix(text, "0"):
		return ""
	}
	return fmt.Sprintf("write %d", n)
}

// mendSize is the hint for a number of bytes with a unit: those in B of powers of
// ten, all others of two, as nginx has them.
func mendSize(text string) string {
	number := strings.TrimRight(text, "kKMmGgiIbB ")
	unit := strings.ToLower(strings.TrimSpace(text[len(number):]))
	power := strings.Index("kmg", strings.TrimRight(unit, "ib")) + 1
	base := int64(1024)
	switch unit {
	case "kb", "mb", "gb":
		base = 1000
	case "k", "m", "g", "kib", "mib", "gib":
	default:
		return ""
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || n <= 0 {
		return ""
	}
	for range power {
		n *= base
	}
	return fmt.Sprintf("write %d", n)
}

func setFloat(v reflect.Value, text string) bool {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || strings.Trim(text, "+-.0123456789eE") != "" || v.OverflowFloat(n) {
		return false
	}
	v.SetFloat(n)
	return true
}

func setDuration(v reflect.Value, text string) bool {
	n, err := time.ParseDuration(text)
	v.SetInt(int64(n))
	return err == nil
}

func mendDuration(text string) string {
	if n, err := time.ParseDuration(text + "s"); err == nil {
		return "write " + strconv.Itoa(int(n.Seconds())) + "s"
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return fmt.Sprintf("write %dh", 24*n)
		}
	}
	return ""
}

func setDate(v reflect.Value, text string) bool {
	day, err := time.Parse(time.DateOnly, text)
	v.Set(reflect.ValueOf(day))
	return err == nil
}

func mendDate(text string) string {
	for _, layout := range []string{"2006-1-2", "2006/1/2", "20060102", "2.1.2006", time.RFC3339} {
		if day, err := time.Parse(layout, text); err == nil {
			return "write " + day.Format(time.DateOnly)
		}
	}
	return ""
}

// got says what stands in the file.
func got(n *yaml.Node) string {
	switch {
	case n.Tag == "!!null":
		return "nothing"
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	}
	return show(n.Value)
}

// show quotes what stands in the file for a message, shortened.
func show(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return strconv.Quote(text)
}

// bare is show without the quotes where nobody misses them.
func bare(text string) string {
	if quoted := show(text); quoted != `"`+text+`"` || strings.Contains(text, ": ") {
		return quoted
	}
	return text
}

// A field is a key of a map: a field of a struct that has a yaml tag.
type field struct {
	name, doc, standard string
	enum                []string
	required            bool
	index               []int
}

// fieldsOf returns the known keys of a struct, those of a struct that is embedded in
// it without a key of its own among them, and the map that takes all others, or nil.
func fieldsOf(t reflect.Type) (known []field, rest *field) {
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		name, inline, _ := strings.Cut(tag.Get("yaml"), ",")
		f := field{name: name, doc: tag.Get("doc"), standard: tag.Get("default"), required: required(t.Field(i)), index: []int{i}}
		if enum := tag.Get("enum"); enum != "" {
			f.enum = strings.Split(enum, ",")
		}
		switch {
		case inline == "inline":
			rest = &f
		case name == "" && t.Field(i).Anonymous && t.Field(i).Type.Kind() == reflect.Struct:
			within, _ := fieldsOf(t.Field(i).Type)
			for _, f := range within {
				f.index = append([]int{i}, f.index...)
				known = append(known, f)
			}
		case name != "" && name != "-":
			known = append(known, f)
		}
	}
	return known, rest
}

// required reports whether a key must be there, and not be empty.
func required(f reflect.StructField) bool { return f.Tag.Get("required") == "true" }

// single reports whether a list may be written as the only item of it: one that may
// be written as a value by itself.
func single(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct && alone(t.Elem()) >= 0
}

// alone returns the field of a struct whose value may stand for the whole map, or -1.
func alone(t reflect.Type) int {
	for i := range t.NumField() {
		if t.Field(i).Tag.Get("alone") == "true" {
			return i
		}
	}
	return -1
}

func names(fields []field) []string {
	list := make([]string, len(fields))
	for i, f := range fields {
		list[i] = f.name
	}
	return list
}
