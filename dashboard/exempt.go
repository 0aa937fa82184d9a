package dashboard

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pavise"
)

// standardEnd is how long an exemption lasts if nobody says otherwise, and lastEnd how
// long it may.
const (
	standardEnd = 90 * 24 * time.Hour
	lastEnd     = 2 * 366 * 24 * time.Hour
)

// exemptView is the form for an exemption, and the request that it is made for.
type exemptView struct {
	Exemption
	Event  *Event
	Day    string
	Least  string
	Config string
	Fault  string
}

// exempt offers the exemption for one request, as narrow as can be.
func (d *Dashboard) exempt(v *visit) error {
	q := v.URL.Query()
	events := d.options.Source.Why(q.Get("id"))
	i := slices.IndexFunc(events, func(e Event) bool {
		return exemptable(e) && (q.Get("control") == "" || e.Control == q.Get("control"))
	})
	if i < 0 {
		d.sorry(v, http.StatusNotFound, "Nothing to exempt",
			"The request is forgotten, or an exemption is no way out for it. Where it was refused again, begin there.", "")
		return nil
	}
	e := events[i]
	d.formFor(v, Exemption{Site: e.Site, Control: e.Control, Path: e.Pattern, Mode: "off", Until: d.options.Now().Add(standardEnd)}, &e, "")
	return nil
}

func (d *Dashboard) formFor(v *visit, x Exemption, e *Event, fault string) {
	status := http.StatusOK
	if fault != "" {
		status = http.StatusUnprocessableEntity
	}
	content := exemptView{Exemption: x, Event: e, Least: day(d.options.Now()), Fault: fault,
		Config: d.options.Editor.File()}
	if !x.Until.IsZero() {
		content.Day = day(x.Until)
	}
	d.show(v.ResponseWriter, v.Request, v.own, status, "exempt", content)
}

// previewView is the exemption, and what it makes of the file.
type previewView struct {
	Exemption
	Change
	Day    string
	Sought string // what the control is for, which is given up
	Lines  []diffLine
}

// A diffLine is a line of a diff, and what it does.
type diffLine struct{ Kind, Word, Text string }

func (d *Dashboard) exemptPreview(v *visit) error {
	x, err := d.exemption(v)
	if err != nil {
		d.formFor(v, x, nil, err.Error())
		return nil
	}
	change, err := d.options.Editor.Preview(v.Context(), x)
	if err != nil {
		return err
	}
	content := previewView{Exemption: x, Change: change, Day: day(x.Until), Lines: diffLines(change.Diff)}
	for _, e := range d.options.Source.Latest(maxSearched, pavise.Refused, pavise.Observed) {
		if e.Control == x.Control {
			content.Sought = e.Why
			break
		}
	}
	return d.page(v, "preview", content)
}

func (d *Dashboard) exemptWrite(v *visit) error {
	x, err := d.exemption(v)
	if err != nil {
		d.formFor(v, x, nil, err.Error())
		return nil
	}
	if err := d.options.Editor.Write(v.Context(), x, v.PostFormValue("version")); err != nil {
		return err
	}
	return d.page(v, "written", struct {
		Exemption
		Config string
	}{x, d.options.Editor.File()})
}

// exemption reads the form; what is wrong in it is said beside what could be read.
func (d *Dashboard) exemption(v *visit) (Exemption, error) {
	x := Exemption{Site: v.PostFormValue("site"), Control: v.PostFormValue("control"), Mode: v.PostFormValue("mode"),
		Path: strings.TrimSpace(v.PostFormValue("path")), By: v.own.User}
	var errs []error
	var err error
	if x.Until, err = time.Parse(time.DateOnly, v.PostFormValue("until")); err != nil {
		errs = append(errs, fault("Give the last day of the exemption, such as 2027-03-31."))
	} else if now := d.options.Now(); x.Until.Before(now.Add(-24*time.Hour)) || x.Until.After(now.Add(lastEnd)) {
		errs = append(errs, fault("The last day must be today or later, and within two years."))
	}
	if x.Reason, err = given(v.PostFormValue("reason")); err != nil {
		errs = append(errs, err)
	}
	if _, err := pavise.ParsePattern(x.Path); err != nil {
		errs = append(errs, fault("The path is no pattern: "+err.Error()+"."))
	}
	if x.Mode != "off" && x.Mode != "observe" {
		errs = append(errs, fault("Choose how far the exemption goes."))
	}
	if len(errs) > 0 {
		return x, errs[0]
	}
	return x, nil
}

// diffLines tells apart what a unified diff adds, takes away and only shows.
func diffLines(diff string) []diffLine {
	var list []diffLine
	for line := range strings.Lines(diff) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "+++") || strings.HasPrefix(line, "---") || strings.HasPrefix(line, "@@"):
			list = append(list, diffLine{"head", "", line})
		case strings.HasPrefix(line, "+"):
			list = append(list, diffLine{"more", "added: ", line})
		case strings.HasPrefix(line, "-"):
			list = append(list, diffLine{"less", "removed: ", line})
		default:
			list = append(list, diffLine{"same", "", line})
		}
	}
	return list
}
