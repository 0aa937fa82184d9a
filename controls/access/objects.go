package access

import (
	"fmt"
	"slices"

	"pavise"
)

// Objects asks whether an account is shown what is another's.
type Objects struct{}

const objectsID = "access.objects"

// Doc describes the control.
func (Objects) Doc() pavise.Doc {
	return pavise.Doc{
		ID:       objectsID,
		Title:    "Objects of another account",
		Why:      "Where an app looks whether somebody is logged in, and not whether the order is his, everybody reads everybody's orders by counting (IDOR, BOLA): always check the ownership.",
		Verifies: "With --active and two accounts: what is one account's own, because its file says so or only its pages link to it, is asked for as the other. What nobody needs a session for does not count.",
		Rules: []pavise.Rule{
			{ID: objectsID + ".other", Title: "No account is shown what is another's", Severity: pavise.Medium,
				CVSS: "CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N", Owner: true,
				References: []string{"ASVS 5.0 8.2.2", "PCI DSS 4.0.1 6.2.4", "CWE-639", "CWE-863"},
				Fix: pavise.Fix{
					Express: `app.get("/orders/:id", async (req, res) => {
  const order = await Order.findOne({ id: req.params.id, owner: req.session.user });  // never by the id alone
  if (!order) return res.sendStatus(404);
  res.render("order", { order });
});`,
				}},
			{ID: objectsID + ".unlinked", Title: "No account is shown a page that only another's pages link to", Severity: pavise.Info, Owner: true,
				References: []string{"ASVS 5.0 8.2.1", "PCI DSS 4.0.1 7.2.1", "CWE-862"},
				Fix: pavise.Fix{
					Express: `app.use("/admin", (req, res, next) => req.session.role === "admin" ? next() : res.sendStatus(403));  // a link that is not shown is no lock`,
				}},
		},
	}
}

// Validate reports nothing: there is nothing to set.
func (Objects) Validate() error { return nil }

// An object is a page of one account that is asked for as another. It is the owner's
// own because it says so, or because it has a name that a machine gives and only the
// owner's pages link to it; of another page that only they link to nobody knows whose
// it is.
type object struct {
	url          string
	owner, other pavise.Account
	rule         string
}

// objects are what only one of two accounts knows of. A page that is no object may have
// been overlooked on the other's side, unless that was seen whole.
func objects(e *pavise.Evidence) []object {
	var list []object
	for _, owner := range e.Accounts {
		for _, other := range e.Accounts {
			if owner.Name == other.Name {
				continue
			}
			pages, _ := crawl(e, owner)
			known, cut := crawl(e, other)
			known = append(known, linked(e, other, known)...)
			n := 0
			for _, page := range pages {
				_, thing := kind(page)
				declared := slices.Contains(owner.Paths, page) && !slices.Contains(other.Paths, page)
				alone := !slices.Contains(known, page) && (thing || !cut)
				rule := objectsID + ".unlinked"
				if declared || thing {
					rule = objectsID + ".other"
				}
				if seen := shown(e, owner.Name, page); (declared || alone) && seen != nil && seen.Status == 200 && n < maxObjects {
					n++
					list = append(list, object{page, owner, other, rule})
				}
			}
		}
	}
	return list
}

// Probes crawls as each account, and then asks for what only one of them knows of as
// nobody and as the other.
func (Objects) Probes(e *pavise.Evidence) []pavise.Probe {
	if inactive(e, 2) != "" {
		return nil
	}
	probes := []pavise.Probe{missing(e)}
	whole := true
	for _, a := range e.Accounts {
		pages, _ := crawl(e, a)
		for _, page := range pages {
			p := as(a.Name, page)
			whole = whole && e.Answer(p) != nil
			probes = append(probes, p)
		}
	}
	if !whole {
		return probes
	}
	for _, o := range objects(e) {
		probes = append(probes, as("", o.url), as(o.other.Name, o.url))
	}
	return probes
}

// Check lists what answers the other.
func (c Objects) Check(e *pavise.Evidence) []pavise.Finding {
	if why := inactive(e, 2); why != "" {
		return c.Doc().All(pavise.Skipped, e.Target.URL, why)
	}
	if why := outside(e); why != "" {
		return c.Doc().All(pavise.Unlooked, e.Target.URL, why)
	}
	var found []pavise.Finding
	list := objects(e)
	for _, r := range c.Doc().Rules {
		found = append(found, checkObjects(e, r.ID, list))
	}
	return found
}

func checkObjects(e *pavise.Evidence, rule string, list []object) pavise.Finding {
	const want = "403 or 404"
	var found []pavise.Finding
	unknown, looked := "", 0
	for _, o := range list {
		if o.rule != rule {
			continue
		}
		switch shows, why := o.judge(e); {
		case why != "":
			unknown = o.url + ": " + why
		case shows == isPublic:
		case shows == isShown:
			answer, _ := e.Heard(as(o.other.Name, o.url))
			found = append(found, pavise.Finding{Rule: rule, Outcome: pavise.Fail, Where: o.url, Want: want, Proof: answer.Proof(),
				Saw: fmt.Sprintf("%s is shown what %s is, and nobody else", o.other.Name, o.owner.Name)})
		default:
			looked++
		}
	}
	switch {
	case len(found) > 0:
		return pavise.Gather(found, len(found)+looked)
	case unknown != "":
		return pavise.Unlooked(rule, e.Target.URL, unknown)
	case looked == 0:
		return pavise.Skipped(rule, e.Target.URL, "nothing was found that is one account's alone: paths in its file name it")
	}
	return pavise.Finding{Rule: rule, Outcome: pavise.Pass, Where: e.Target.URL, Want: want,
		Saw: fmt.Sprintf("none of %d is shown to another account", looked)}
}

// outside says which account was not let in; "" if all were.
func outside(e *pavise.Evidence) string {
	for _, a := range e.Accounts {
		if _, why := own(e, a, a.Check); why != "" {
			return why
		}
	}
	return ""
}

// What is seen of an object.
const (
	isRefused = iota
	isPublic
	isShown
)

// judge compares what the owner, nobody and the other are shown. What stands on the
// other's own page as well shows nothing of the object.
func (o object) judge(e *pavise.Evidence) (seen int, why string) {
	own := shown(e, o.owner.Name, o.url)
	if is, why := public(e, own, o.url); why != "" || is {
		return isPublic, why
	}
	nobody := shown(e, "", o.url)
	answer, why := e.Heard(as(o.other.Name, o.url))
	if why != "" {
		return 0, "as " + o.other.Name + ": " + why
	}
	others := []*pavise.Response{named(o.url)}
	if home := shown(e, o.other.Name, o.other.Check); home != nil {
		others = append(others, home)
	}
	switch shows, known := answer.Response.Shows(own, nobody, others...); {
	case !known:
		return 0, fmt.Sprintf("as %s it is answered %d, which shows neither the object nor a refusal", o.other.Name, answer.Response.Status)
	case shows:
		return isShown, ""
	}
	return isRefused, ""
}
