package requests

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"io/fs"
	"net/http"
	"slices"

	"pavise"
)

// A Rule is a handler and whom it answers. [Routes] serve it: whoever else does learns
// not who asks, and so it answers nobody.
type Rule struct {
	says      string
	everybody bool
	judge     func(*http.Request, Visitor) verdict
}

// The rules of the catalogue that are broken where ours are not kept, so that a refusal
// and the finding of a scan have one name.
const (
	objectRule   = "access.objects.other"    // CWE-639, ASVS 5.0 8.2.2
	functionRule = "access.objects.unlinked" // CWE-862, ASVS 5.0 8.2.1
)

// String says whom the rule answers.
func (rule *Rule) String() string { return rule.says }

// ServeHTTP answers nobody: a rule is for [Routes.Handle].
func (rule *Rule) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(&pavise.Refusal{Status: http.StatusNotFound}).Answer(w, r)
}

// Public answers everybody.
func Public(show http.HandlerFunc) *Rule {
	return &Rule{says: "public", everybody: true, judge: func(*http.Request, Visitor) verdict { return verdict{show: show} }}
}

// SignedIn answers whoever has logged in.
func SignedIn(show http.HandlerFunc) *Rule {
	return &Rule{says: "signed in", judge: func(*http.Request, Visitor) verdict { return verdict{show: show} }}
}

// Role answers visitors who have the role.
func Role(role string, show http.HandlerFunc) *Rule {
	return &Rule{says: "role " + role, judge: func(_ *http.Request, who Visitor) verdict {
		if !who.has(role) {
			return verdict{refusal: pavise.Refusal{Status: http.StatusForbidden, Rule: functionRule, Saw: clip(who.ID + " is not " + role)}}
		}
		return verdict{show: show}
	}}
}

func (v Visitor) has(role string) bool { return role != "" && slices.Contains(v.Roles, role) }

// Owner answers the visitor to whom the thing belongs that the [One] parameter names,
// and hands it to the handler: nobody need load it again. Whoever asks for what is
// another's is answered 404, as for what does not exist, so that nobody can try out
// what there is (CWE-639). Load says whose the thing is; "" is that there is none, as
// the zero value of a thing that was not found says by itself; [sql.ErrNoRows] and
// [fs.ErrNotExist] say it, too.
func Owner[T any](name string, load func(ctx context.Context, id string) (thing T, owner string, err error), show func(http.ResponseWriter, *http.Request, T)) *Rule {
	rule := OwnerOr("", name, load, show)
	rule.says = "owner by " + name
	return rule
}

// OwnerOr is [Owner], but visitors with the role are answered as well, as support needs
// it. What they are shown of another's is noted each time.
func OwnerOr[T any](role, name string, load func(ctx context.Context, id string) (thing T, owner string, err error), show func(http.ResponseWriter, *http.Request, T)) *Rule {
	return &Rule{says: "owner by " + name + ", or role " + role, judge: func(r *http.Request, who Visitor) verdict {
		id, err := One(r, name)
		if err == nil && id == "" {
			err = ErrNone
		}
		if err != nil {
			return unnamed(name, err)
		}
		thing, owner, err := load(r.Context(), id)
		if errors.Is(err, sql.ErrNoRows) || errors.Is(err, fs.ErrNotExist) {
			owner, err = "", nil // 500 for what is not there would tell what is
		}
		if err != nil {
			return failed("what "+name+" names could not be loaded", err)
		}
		v, let := who.weigh(owner, role, name)
		if let {
			v.show = func(w http.ResponseWriter, r *http.Request) { show(w, r, thing) }
		}
		return v
	}}
}

// weigh compares the owner of a thing with the visitor, who is somebody.
func (v Visitor) weigh(owner, role, name string) (tell verdict, let bool) {
	const missing = http.StatusNotFound
	owns := subtle.ConstantTimeCompare([]byte(owner), []byte(v.ID)) == 1
	switch {
	case owns:
		return verdict{}, true
	case owner == "":
		return verdict{noted: true, refusal: pavise.Refusal{Status: missing, Rule: objectRule, Saw: clip(v.ID + " asked for what is not there, by " + name)}}, false
	case v.has(role):
		return verdict{noted: true, refusal: pavise.Refusal{Rule: objectRule, Saw: clip(v.ID + " was shown what is another's, as " + role)}}, true
	}
	return verdict{refusal: pavise.Refusal{Status: missing, Rule: objectRule, Saw: clip(v.ID + " asked for what is another's, by " + name)}}, false
}

// unnamed refuses a request that does not name one thing.
func unnamed(name string, err error) verdict {
	status, reason := http.StatusBadRequest, "The request does not name one "+name+"."
	var large *http.MaxBytesError
	if errors.Is(err, ErrLarge) || errors.As(err, &large) {
		status, reason = http.StatusRequestEntityTooLarge, ""
	}
	return verdict{refusal: *refuseParameters(status, reason, clip(err.Error()))}
}
