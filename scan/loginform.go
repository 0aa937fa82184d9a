package scan

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"pavise"
)

// login fills in the form of a page and sends it, as a browser would.
func (w *walker) login(ctx context.Context, page string, with pavise.Login) (*pavise.Response, error) {
	a := w.account
	if a == nil || a.Login == "" {
		return nil, errors.New("the account has no login")
	}
	user, password := cmp.Or(with.Account, a.User), cmp.Or(with.Password, a.Password)
	r := pavise.Request{Method: http.MethodPost, URL: page}
	if a.Form.JSON {
		r.Header, r.Body = http.Header{"Content-Type": {"application/json"}}, a.Form.json(user, password)
	} else {
		seen, err := w.ask(ctx, pavise.Request{URL: page})
		if err != nil {
			return nil, err
		}
		form, err := a.Form.among(seen.Forms, page)
		if err != nil {
			return nil, err
		}
		r.URL = form.Action
		r.Header, r.Body = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, a.Form.values(form, user, password)
	}
	r.Header.Set("Origin", w.client.opt.Target.URL)
	r.Header.Set("Referer", page)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	seen, err := w.ask(ctx, r)
	if err == nil && a.Form.Token != "" {
		w.token(seen.Body)
	}
	return seen, err
}

// among finds the login form of a page. Where the names of its fields are known it
// need not be there: the page itself then takes them.
func (f Form) among(forms []pavise.Form, page string) (pavise.Form, error) {
	for _, form := range forms {
		if form.Password && strings.EqualFold(form.Method, http.MethodPost) {
			form.Account, form.Secret = cmp.Or(f.Account, form.Account), cmp.Or(f.Password, form.Secret)
			if form.Account == "" || form.Secret == "" {
				return form, fmt.Errorf("the fields of the login form at %s have no names: name them under login", page)
			}
			return form, nil
		}
	}
	if f.Account == "" || f.Password == "" {
		return pavise.Form{}, fmt.Errorf("there is no login form at %s", page)
	}
	return pavise.Form{Action: page, Account: f.Account, Secret: f.Password}, nil
}

// values is the form as it is sent: with all that it has of itself.
func (f Form) values(form pavise.Form, user, password string) string {
	v := sent(form)
	for name, value := range f.Fields {
		v.Set(name, value)
	}
	v.Set(form.Account, user)
	v.Set(form.Secret, password)
	return v.Encode()
}

// sent is what a form has of itself.
func sent(form pavise.Form) url.Values {
	v := url.Values{}
	for _, field := range form.Fields {
		switch field.Kind {
		case "checkbox", "radio", "file", "reset", "image":
		default:
			v.Set(field.Name, field.Value)
		}
	}
	return v
}

func (f Form) json(user, password string) string {
	fields := map[string]string{cmp.Or(f.Account, "username"): user, cmp.Or(f.Password, "password"): password}
	for name, value := range f.Fields {
		fields[name] = value
	}
	b, _ := json.Marshal(fields) // texts: cannot fail
	return string(b)
}

// inJSON is a text as it stands between the quotes of JSON.
func inJSON(s string) string {
	b, _ := json.Marshal(s)
	return string(b[1 : len(b)-1])
}

// token bears the token of a JSON answer from now on.
func (w *walker) token(body []byte) {
	var fields map[string]any
	json.Unmarshal(body, &fields) // what is no JSON has no token
	if token, ok := fields[w.account.Form.Token].(string); ok && token != "" {
		w.secret(token)
		w.header.Set("Authorization", "Bearer "+token)
	}
}
