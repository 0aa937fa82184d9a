package login

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// maxBody is how large the body of a login may be.
const maxBody = 64 << 10

// refuse is for requests that two readers could understand in two ways.
func refuse(status int, reason string) error {
	return &pavise.Refusal{Status: status, Rule: "login.guard.account", Reason: "The login cannot be read: " + reason + ".", Saw: reason}
}

var errLarge = refuse(http.StatusRequestEntityTooLarge, "it is larger than 64 KiB")

// readBody returns the body, and leaves the request with the same bytes to read. A
// body that is too large is left as it was.
func readBody(r *http.Request) (body []byte, whole bool, err error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, true, nil
	}
	rest := r.Body
	body, err = io.ReadAll(io.LimitReader(rest, maxBody+1))
	if err != nil {
		return nil, false, err
	}
	r.Body = replay{io.MultiReader(bytes.NewReader(body), rest), rest}
	return body, len(body) <= maxBody, nil
}

// A replay is a body of which the start was read before.
type replay struct {
	io.Reader
	io.Closer
}

// form reads the fields of a login: those of the query too, because some frameworks
// make no difference. What has no known type is taken for what it looks like.
func form(r *http.Request) ([]field, error) {
	h := r.Header
	switch {
	case len(h["Content-Type"]) > 1:
		return nil, refuse(http.StatusBadRequest, "it has two Content-Types")
	case !slices.Contains([]string{"", "identity"}, strings.ToLower(strings.Join(h["Content-Encoding"], ","))):
		return nil, refuse(http.StatusUnsupportedMediaType, "its Content-Encoding must be identity")
	}
	media, params, err := mime.ParseMediaType(cmp.Or(h.Get("Content-Type"), "application/octet-stream"))
	if err != nil || strings.Contains(h.Get("Content-Type"), ",") {
		return nil, refuse(http.StatusBadRequest, "its Content-Type is none")
	}
	if !slices.Contains([]string{"", "utf-8", "utf8", "us-ascii"}, strings.ToLower(params["charset"])) {
		return nil, refuse(http.StatusUnsupportedMediaType, "its charset must be UTF-8")
	}
	body, whole, err := readBody(r)
	switch {
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "it breaks off")
	case !whole:
		return nil, errLarge
	}
	fields, err := bodyFields(body, media, params["boundary"])
	if err != nil {
		return nil, refuse(http.StatusBadRequest, err.Error())
	}
	query, err := formFields(r.URL.RawQuery, true)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, err.Error())
	}
	return append(fields, query...), nil
}

func bodyFields(body []byte, media, boundary string) ([]field, error) {
	start := bytes.TrimLeft(body, " \t\r\n")
	switch {
	case len(start) == 0:
		return nil, nil
	case media == "multipart/form-data":
		return multipartFields(body, boundary)
	case media == "application/json" || strings.HasSuffix(media, "+json"):
		return jsonFields(body)
	}
	isForm := media == "application/x-www-form-urlencoded"
	if start[0] != '{' && start[0] != '[' {
		return formFields(string(body), !isForm)
	}
	fields, err := jsonFields(body) // many an app reads JSON whatever it is called, and no further than it goes
	switch {
	case errors.Is(err, errTwice) || errors.Is(err, errMany):
		return nil, err
	case err == nil && !isForm:
		return fields, nil
	}
	more, err := formFields(string(body), true)
	return append(fields, more...), err
}

// Names under which apps ask for the account, by the last part of the name. The
// weaker ones may be a button, so they count only where no other is there.
var (
	accountNames = []string{"username", "user_name", "user", "userid", "user_id", "uid", "email", "e-mail", "mail", "identifier",
		"account", "log", "j_username", "_username", "wpname", "os_username", "handle", "phone"}
	weakerNames = []string{"login", "name", "id", "nick"}
)

// maxAccounts bounds the names that one login may bear.
const maxAccounts = 4

// accounts returns the values of the field that is known to hold the account, or,
// if none is, of all that may.
func accounts(fields []field, known string) ([]string, error) {
	if known != "" {
		return valuesOf(fields, func(f field) bool {
			return strings.EqualFold(f.name, known) || strings.EqualFold(f.underscored(), known)
		})
	}
	for _, names := range [][]string{accountNames, weakerNames} {
		found, err := valuesOf(fields, func(f field) bool { return f.among(names) && !(f.noText && holdsAccount(fields, f.name)) })
		if err != nil || len(found) > 0 {
			return found, err
		}
	}
	return nil, nil
}

// holdsAccount reports whether an object holds the account: user does in
// {"user": {"email": "a@example.com"}}.
func holdsAccount(fields []field, object string) bool {
	return slices.ContainsFunc(fields, func(f field) bool {
		return strings.HasPrefix(f.name, object+".") && (f.among(accountNames) || f.among(weakerNames))
	})
}

func valuesOf(fields []field, wanted func(field) bool) ([]string, error) {
	var list, names []string
	for _, f := range fields {
		name := strings.ToLower(f.name)
		switch {
		case !wanted(f):
		case f.noText:
			return nil, refuse(http.StatusBadRequest, "the name of its account is no text")
		case slices.Contains(names, name):
			return nil, refuse(http.StatusBadRequest, "it names the account twice")
		case len(f.value) > maxAccount || strings.Contains(f.value, "\x00") || len(list) == maxAccounts:
			return nil, refuse(http.StatusBadRequest, "the name of its account is too long")
		case strings.TrimSpace(f.value) != "":
			names, list = append(names, name), append(list, f.value)
		}
	}
	return list, nil
}

// hasPassword reports whether a field is named as passwords are.
func hasPassword(fields []field) bool {
	return slices.ContainsFunc(fields, func(f field) bool {
		name := strings.ToLower(f.lastName())
		return strings.Contains(name, "passw") || strings.Contains(name, "pwd") || strings.Contains(name, "passphrase") || strings.HasSuffix(name, "pass")
	})
}
