package dashboard

import (
	"net/http"
	"slices"
	"strings"

	"pavise"
)

// How many rows a page has at most.
const (
	maxRows   = 200
	fewEvents = 6
	fewDeeds  = 12
)

type overviewView struct {
	Overview
	Config            string
	Concerns          []concern
	Latest            []Event
	Refused, Observed int
	Deeds             []Deed // the most frequent
	Guarded           bool
	Bans, Windows     int
}

func (d *Dashboard) overview(v *visit) error {
	content := overviewView{Overview: d.options.Source.Overview(v.Context()), Config: d.options.Editor.File(),
		Latest: d.options.Source.Latest(fewEvents, pavise.Refused), Deeds: slices.Clone(d.options.Source.Deeds())}
	var windows []Window
	if content.Guarded = d.options.Guard != nil; content.Guarded {
		bans, err := d.options.Guard.Bans(v.Context())
		if err != nil {
			return err
		}
		if windows, err = d.options.Guard.Windows(v.Context()); err != nil {
			return err
		}
		content.Bans, content.Windows = len(bans), len(windows)
	}
	content.Concerns = d.concerns(content.Overview, windows)
	content.Refused, content.Observed = times(content.Deeds, pavise.Refused), times(content.Deeds, pavise.Observed)
	slices.SortStableFunc(content.Deeds, func(a, b Deed) int { return b.Times - a.Times })
	content.Deeds = content.Deeds[:min(fewDeeds, len(content.Deeds))]
	return d.page(v, "overview", content)
}

// times is how often something of the actions was done.
func times(deeds []Deed, actions ...pavise.Action) int {
	n := 0
	for _, deed := range deeds {
		if slices.Contains(actions, deed.Action) {
			n += deed.Times
		}
	}
	return n
}

// A choice is one of the lists of refusals.
type choice struct{ Key, Name string }

var choices = []choice{{"", "Refused"}, {"replaced", "Pages replaced"}, {"noted", "Notes"}, {"all", "All"}}

type refusalsView struct {
	Events  []Event
	Choices []choice
	Chosen  string
	Search  string
	Total   int // by which the script knows how many are new
	Most    int
}

func (d *Dashboard) refusals(v *visit) error {
	actions := map[string][]pavise.Action{"": {pavise.Refused}, "replaced": {pavise.Replaced}, "noted": {pavise.Noted},
		"all": {pavise.Refused, pavise.Observed, pavise.Replaced, pavise.Noted}}
	q := v.URL.Query()
	content := refusalsView{Choices: choices, Chosen: q.Get("show"), Search: strings.TrimSpace(q.Get("find")), Most: maxRows}
	if _, ok := actions[content.Chosen]; !ok {
		content.Chosen = ""
	}
	most := maxRows
	if content.Search != "" {
		most = maxSearched
	}
	for _, e := range d.options.Source.Latest(most, actions[content.Chosen]...) {
		if e.holds(content.Search) && len(content.Events) < maxRows {
			content.Events = append(content.Events, e)
		}
	}
	content.Total = times(d.options.Source.Deeds(), actions[content.Chosen]...)
	return d.page(v, "refusals", content)
}

// maxSearched is how far back a search goes.
const maxSearched = 4096

// holds reports whether one of an event's texts has the word.
func (e Event) holds(word string) bool {
	if word == "" {
		return true
	}
	word = strings.ToLower(word)
	return slices.ContainsFunc([]string{e.ID, e.Control, e.Rule, e.Client, e.Method, e.Host, e.Path, e.Reason}, func(s string) bool {
		return strings.Contains(strings.ToLower(s), word)
	})
}

func (d *Dashboard) observed(v *visit) error {
	list := d.options.Source.Observed()
	times := 0
	for _, e := range list {
		times += e.Times
	}
	return d.page(v, "observed", struct {
		Events     []Event
		Times, All int
	}{list[:min(maxRows, len(list))], times, len(list)})
}

// request shows all that was decided about one, by the id that its visitor was shown.
func (d *Dashboard) request(v *visit) error {
	id := strings.ToLower(strings.TrimSpace(v.URL.Query().Get("id")))
	events := d.options.Source.Why(id)
	status := http.StatusOK
	if len(events) == 0 {
		status = http.StatusNotFound
	}
	d.show(v.ResponseWriter, v.Request, v.own, status, "request", struct {
		ID     string
		Events []Event
	}{id, events})
	return nil
}

func (d *Dashboard) certificates(v *visit) error {
	list := slices.Clone(d.options.Source.Certificates())
	slices.SortStableFunc(list, func(a, b Certificate) int { return a.Ends.Compare(b.Ends) })
	return d.page(v, "certificates", list)
}

func (d *Dashboard) scan(v *visit) error {
	name := v.URL.Query().Get("site")
	r, err := d.options.Source.Scan(name)
	if err != nil {
		return err
	}
	return d.page(v, "scan", struct {
		Site string
		*Report
	}{name, r})
}
