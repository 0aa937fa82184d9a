package requests

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"pavise"
)

// What One finds instead of one value.
var (
	ErrNone = errors.New("comes not at all")
	ErrMany = errors.New("comes more than once")
)

// maxForm is how much of a multipart form One keeps in memory; the rest goes to
// files, as in net/http.
const maxForm = 1 << 20

// One returns the one value that query and form have for a parameter, in any
// spelling: id, ID, id[] and id[0] are the same. With none it errs with [ErrNone],
// and with more than one, whatever they are, with [ErrMany]: which of them another
// part of the program would take nobody knows.
func One(r *http.Request, name string) (string, error) {
	if err := r.ParseMultipartForm(maxForm); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return "", fmt.Errorf("parameter %s: %w", name, err)
	}
	var found []string
	wanted, _ := names{}.spell(name)
	for spelt, values := range r.Form {
		if s, _ := (names{}).spell(spelt); s.key == wanted.key {
			found = append(found, values...)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("parameter %s: %w", name, ErrNone)
	case 1:
		return found[0], nil
	}
	return "", fmt.Errorf("parameter %s: %w", name, ErrMany)
}

// Owned loads what the one parameter names, if it belongs to the visitor. What
// does not is answered like what does not exist: 404, so that nobody can try out
// which ids there are (CWE-639). Load reports found; the refusal answers for every
// other case.
func Owned[T any](r *http.Request, name, visitor string, load func(ctx context.Context, id string) (object T, owner string, found bool, err error)) (T, *pavise.Refusal) {
	var none T
	id, err := One(r, name)
	if err != nil {
		return none, refuseParameters(http.StatusBadRequest, "The address does not name one "+name+".", "")
	}
	object, owner, found, err := load(r.Context(), id)
	switch {
	case err != nil:
		return none, &pavise.Refusal{Status: http.StatusInternalServerError}
	case !found || visitor == "" || owner != visitor:
		return none, &pavise.Refusal{Status: http.StatusNotFound}
	}
	return object, nil
}
