package login

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pavise"
)

// Signs tell by the app's response what came of a login; any one is enough.
type Signs struct {
	Status   []int             `yaml:"status" doc:"status codes of the response" default:"none"`
	Redirect string            `yaml:"redirect" doc:"where it leads, a path pattern, perhaps with a query: /login?error=1" default:"none"`
	Body     string            `yaml:"body" doc:"a text in the first 64 KiB of its body" default:"none"`
	JSON     map[string]string `yaml:"json" doc:"a field of its JSON, by dots, and the value: {ok: \"false\"}" default:"none"`
}

func (s Signs) given() bool {
	return len(s.Status) > 0 || s.Redirect != "" || s.Body != "" || len(s.JSON) > 0
}

// signs are Signs that were read.
type signs struct {
	Signs
	redirect *place // nil if none is named
}

func (s Signs) read(at string) (signs, error) {
	out := signs{Signs: s}
	var errs []error
	for _, status := range s.Status {
		if status < 200 || status > 599 {
			errs = append(errs, fmt.Errorf("%s: status must be 200 to 599, not %d", at, status))
		}
	}
	if s.Redirect != "" {
		to, err := parsePlace(s.Redirect, "")
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: redirect: %w", at, err))
		}
		out.redirect = &to
	}
	return out, errors.Join(errs...)
}

// found reports whether a response bears one of the signs.
func (s *signs) found(v view) bool {
	if slices.Contains(s.Status, v.x.Status) || s.Body != "" && bytes.Contains(v.body, []byte(s.Body)) {
		return true
	}
	if s.redirect != nil && v.to != nil && s.redirect.matchesPath(segments(v.to.Path, nil)) && s.redirect.matchesQuery(v.to.RawQuery) {
		return true
	}
	if len(s.JSON) == 0 {
		return false
	}
	fields, _ := jsonFields(v.body)
	return slices.ContainsFunc(fields, func(f field) bool {
		want, ok := s.JSON[f.name]
		return ok && want == f.value
	})
}

// An outcome is what came of a login.
type outcome int

const (
	unclear outcome = iota
	failure
	success
	broken // the app could not look
)

// A view is what there is to see of a response.
type view struct {
	x    *pavise.Exchange
	to   *url.URL // where it leads, or nil
	body []byte   // the start
}

func newView(x *pavise.Exchange, body []byte) view {
	v := view{x: x, body: body}
	if location := x.Header.Get("Location"); location != "" && x.Status >= 300 && x.Status < 400 {
		v.to, _ = x.Request.URL.Parse(location)
	}
	return v
}

// judge tells the outcome by the signs of the route, and where these say nothing
// by what apps usually do. Who went away is not believed to have been let in.
func (v view) judge(failed, succeeded *signs) outcome {
	switch {
	case v.x.Request.Context().Err() != nil:
		return failure
	case failed.given() && failed.found(v):
		return failure
	case v.x.Status >= 500:
		return broken
	case succeeded.given() && succeeded.found(v):
		return success
	case succeeded.given():
		return failure
	}
	return v.usual()
}

// usual knows the ways of apps. A success is a redirect away from the login, or a
// page without a password field, and with it another session cookie; or JSON with a
// token. Apps that keep the session of before the login, and steps of several
// factors, cannot be told from failures for sure: they are unclear.
func (v view) usual() outcome {
	media := pavise.MediaType(v.x.Header)
	isJSON := media == "application/json" || strings.HasSuffix(media, "+json")
	switch {
	case v.x.Status >= 400:
		return failure
	case v.x.Status >= 300 && v.to == nil:
		return failure
	case v.x.Status >= 300 && v.anotherStep():
		return unclear
	case v.x.Status >= 300 && v.back():
		return failure
	case isJSON:
		return v.usualJSON()
	case v.x.Status < 300 && asksPassword(v.body):
		return failure
	case v.newSession():
		return success
	}
	return unclear
}

func (v view) usualJSON() outcome {
	fields, err := jsonFields(v.body)
	if err != nil {
		return unclear
	}
	token := false
	for _, f := range fields {
		name := strings.ToLower(f.lastName())
		switch {
		case slices.Contains([]string{"ok", "success", "authenticated"}, name) && f.value == "false",
			name == "error" && f.value != "null" && f.value != "false" && (f.value != "" || f.noText):
			return failure
		case strings.Contains(name, "mfa") || strings.Contains(name, "otp") || strings.Contains(name, "factor"):
			return unclear
		case slices.Contains([]string{"token", "access_token", "accesstoken", "id_token", "idtoken", "jwt", "authtoken", "auth_token"}, name):
			token = token || len(f.value) >= 16
		}
	}
	if token || v.newSession() {
		return success
	}
	return unclear
}

// back reports whether a redirect leads to the login again, or to an error.
func (v view) back() bool {
	here := place{segments: segments(v.x.Request.URL.Path, nil)}
	to := segments(v.to.Path, nil)
	return here.matchesPath(to) || slices.ContainsFunc(to, isUsual) || saysError(strings.ToLower(v.to.Path+"?"+v.to.RawQuery))
}

func saysError(text string) bool {
	for _, word := range []string{"error", "fail", "invalid", "denied", "incorrect", "unauthorized"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// anotherStep reports whether a redirect leads to a second factor.
func (v view) anotherStep() bool {
	path := strings.ToLower(v.to.Path)
	for _, word := range []string{"mfa", "2fa", "otp", "factor", "verify", "verification", "challenge"} {
		if strings.Contains(path, word) {
			return true
		}
	}
	return false
}

// asksPassword reports whether a page has a field for the password.
func asksPassword(body []byte) bool {
	body = bytes.ToLower(body)
	for _, mark := range []string{`type="password"`, `type='password'`, "type=password"} {
		if bytes.Contains(body, []byte(mark)) {
			return true
		}
	}
	return false
}

// newSession reports whether the response sets a session cookie that the request
// did not bear.
func (v view) newSession() bool {
	for _, c := range (&http.Response{Header: v.x.Header}).Cookies() {
		if !pavise.SessionCookie(c.Name) || c.Value == "" || c.MaxAge < 0 {
			continue
		}
		if !slices.ContainsFunc(v.x.Request.CookiesNamed(c.Name), func(old *http.Cookie) bool { return old.Value == c.Value }) {
			return true
		}
	}
	return false
}
