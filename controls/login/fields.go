package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/url"
	"slices"
	"strings"
)

// A field is a named value of a form, a query or a JSON object. Names are spelt in
// one way: user[email], and email below user in JSON, are user.email.
type field struct {
	name, value string
	noText      bool // a value that is none: an object, a list, true, null
}

// Bounds of what is taken apart.
const (
	maxFields = 1000
	maxDepth  = 8
	maxName   = 256 // bytes of a name in JSON: every value below repeats it
)

var (
	errMany  = errors.New("it has too many fields, too deep, or with too long names")
	errTwice = errors.New("it names a field twice")
)

// dotted spells the name of a form field: user[email] is user.email, a[] is a. It
// drops what PHP and Rack do, and knows what PHP takes for an underscore.
func dotted(name string) string {
	name, _, _ = strings.Cut(name, "\x00")
	name = strings.ReplaceAll(strings.TrimLeft(name, " []"), " ", "_")
	open := strings.IndexByte(name, '[')
	switch {
	case open < 0:
		return strings.ReplaceAll(name, "]", "")
	case !strings.Contains(name[open:], "]"):
		return strings.Replace(name, "[", "_", 1)
	}
	return strings.TrimRight(strings.ReplaceAll(strings.ReplaceAll(name, "]", ""), "[", "."), ".")
}

// lastName is the name of a field without what it is below.
func (f field) lastName() string { return f.name[strings.LastIndexByte(f.name, '.')+1:] }

func (f field) among(names []string) bool {
	return slices.Contains(names, strings.ToLower(f.lastName())) || slices.Contains(names, strings.ToLower(f.underscored()))
}

// underscored is the name as PHP has it, for which a dot is an underscore.
func (f field) underscored() string { return strings.ReplaceAll(f.name, ".", "_") }

// formFields reads application/x-www-form-urlencoded. Where lenient it takes what
// cannot be decoded as it is, as of a query that nobody wrote for us. To some readers
// a semicolon separates, too: a pair with one counts as what either finds.
func formFields(text string, lenient bool) ([]field, error) {
	var list []field
	for pair := range pairs(text) {
		if len(list) == maxFields {
			return nil, errMany
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err != nil || err2 != nil {
			if !lenient {
				return nil, errors.New("its percent signs cannot be decoded")
			}
			name, value = rawName, rawValue
		}
		list = append(list, field{name: dotted(name), value: value})
	}
	return list, nil
}

// pairs are those between ampersands, and those between semicolons within one.
func pairs(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for pair := range strings.SplitSeq(text, "&") {
			if pair != "" && !yield(pair) {
				return
			}
			if !strings.Contains(pair, ";") {
				continue
			}
			for part := range strings.SplitSeq(pair, ";") {
				if part != "" && !yield(part) {
					return
				}
			}
		}
	}
}

// multipartFields reads the parts that are no files. Before the first there must be
// nothing that another reader could take for the login.
func multipartFields(body []byte, boundary string) ([]field, error) {
	if !bytes.HasPrefix(body, []byte("--"+boundary)) {
		return nil, errors.New("something stands before its parts")
	}
	var list []field
	for r := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := r.NextRawPart()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return nil, errors.New("it is no multipart form")
		}
		switch strings.ToLower(part.Header.Get("Content-Transfer-Encoding")) {
		case "", "7bit", "8bit", "binary":
		default:
			return nil, errors.New("a part is encoded")
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return nil, errors.New("a part breaks off")
		}
		if len(list) == maxFields {
			return nil, errMany
		}
		switch name, isFile, ok := partName(part.Header["Content-Disposition"]); {
		case !ok:
			return nil, errors.New("a part is not named as browsers name it")
		case !isFile:
			list = append(list, field{name: dotted(name), value: string(value)})
		}
	}
}

// partName reads what names a part. Only what all readers take for the same is ok:
// an extended filename is a file to some, and nothing to PHP (RFC 7578 4.2).
func partName(lines []string) (name string, isFile, ok bool) {
	if len(lines) != 1 || strings.Contains(lines[0], `\"`) {
		return "", false, false
	}
	kind, attributes, err := mime.ParseMediaType(lines[0])
	if err != nil || kind != "form-data" {
		return "", false, false
	}
	for i, text := range strings.Split(lines[0], `"`) {
		if i%2 == 0 && strings.Contains(text, "*") { // outside of the quotes
			return "", false, false
		}
	}
	name, ok = attributes["name"]
	return name, attributes["filename"] != "", ok
}

// jsonFields flattens a JSON value; with an error as far as it goes. Names that differ
// in letter case alone are the same name to some readers, so an object must not have
// both.
func jsonFields(body []byte) ([]field, error) {
	d := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))))
	d.UseNumber()
	var f flattener
	if err := f.value(d, "", 0); err != nil {
		return f.list, err
	}
	if _, err := d.Token(); err != io.EOF {
		return f.list, errors.New("something follows the JSON")
	}
	return f.list, nil
}

type flattener struct{ list []field }

func (f *flattener) value(d *json.Decoder, name string, depth int) error {
	token, err := d.Token()
	switch {
	case err != nil:
		return errors.New("it is no JSON")
	case depth > maxDepth || len(f.list) == maxFields:
		return errMany
	case token == json.Delim('{'):
		f.list = append(f.list, field{name: name, noText: true})
		return f.object(d, name, depth)
	case token == json.Delim('['):
		f.list = append(f.list, field{name: name, noText: true})
		return f.array(d, name, depth)
	}
	leaf := field{name: name}
	switch v := token.(type) {
	case string:
		leaf.value = v
	case json.Number:
		leaf.value = v.String()
	default:
		leaf.value, leaf.noText = strings.ReplaceAll(fmt.Sprint(v), "<nil>", "null"), true
	}
	f.list = append(f.list, leaf)
	return nil
}

func (f *flattener) object(d *json.Decoder, name string, depth int) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return errors.New("it is no JSON")
		}
		if folded := strings.ToLower(key); seen[folded] {
			return errTwice
		} else {
			seen[folded] = true
		}
		if name != "" {
			key = name + "." + key
		}
		if len(key) > maxName {
			return errMany
		}
		if err := f.value(d, key, depth+1); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (f *flattener) array(d *json.Decoder, name string, depth int) error {
	for d.More() {
		if err := f.value(d, name+".*", depth+1); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}
