package requests

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// What One finds instead of one value.
var (
	ErrNone  = errors.New("comes not at all")
	ErrMany  = errors.New("comes more than once")
	ErrLarge = errors.New("cannot be looked for in so large a body")
)

// maxBody is how much of a body One keeps in memory: of a multipart form the rest goes
// to files, as in net/http, and of JSON there must not be more.
const maxBody = 1 << 20

// One returns the one value that a request has for a parameter: from the wildcard of
// its route, the query, a form or the outermost object of JSON, in any spelling: id,
// ID, id[] and id[0] are the same. With none it errs with [ErrNone], and with more than
// one, whatever they are, with [ErrMany]: which of them another part of the program
// would take nobody knows (CWE-235). The body can be read again afterwards.
func One(r *http.Request, name string) (string, error) {
	found, err := all(r, name)
	switch {
	case err != nil:
	case len(found) == 0:
		err = ErrNone
	case len(found) > 1:
		err = ErrMany
	default:
		return found[0], nil
	}
	return "", fmt.Errorf("parameter %s: %w", name, err)
}

// all returns every value that a parameter has.
func all(r *http.Request, name string) ([]string, error) {
	var found []string
	if value := r.PathValue(name); value != "" {
		found = append(found, value)
	}
	if len(r.Header["Content-Type"]) > 1 {
		return nil, errors.New("what the body is cannot be told")
	}
	if err := r.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, err
	}
	wanted, _ := names{}.spell(name)
	for spelt, values := range r.Form {
		if s, _ := (names{}).spell(spelt); s.key == wanted.key {
			found = append(found, values...)
		}
	}
	text, err := wholeJSON(r)
	for spelt, value := range members(text) {
		if s, _ := (names{}).spell(spelt); s.key == wanted.key {
			found = append(found, elements(value)...)
		}
	}
	return found, err
}

// wholeJSON reads a body of JSON, and puts it back; nil is a body of another type.
func wholeJSON(r *http.Request) ([]byte, error) {
	t := readType(r.Header.Get("Content-Type"))
	if r.Body == nil || r.Body == http.NoBody || kindOf(t.media) != "JSON" {
		return nil, nil
	}
	from := r.Body
	text, err := readStart(from, r.ContentLength, maxBody+1)
	r.Body = &replayed{start: text, err: err, rest: from}
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxBody:
		return nil, ErrLarge
	case t.twice || !asciiBased(t.charset) || wide(text):
		return nil, errors.New("the body is not in UTF-8")
	case nested(text) > maxNesting:
		return nil, errors.New("the body is nested too deeply")
	case len(text) > 0 && !json.Valid(text):
		return nil, errors.New("the body is no JSON")
	}
	return text, nil
}

// elements are the values that stand in one of JSON: null is none, and what is no
// single value counts as several.
func elements(value json.RawMessage) []string {
	switch {
	case string(value) == "null":
		return nil
	case value[0] == '[' || value[0] == '{':
		return []string{"", ""}
	}
	return []string{scalar(value)}
}
