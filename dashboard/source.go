package dashboard

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pavise"
)

// A Source knows what the pages show. Text in what it returns may come from strangers.
type Source interface {
	Overview(context.Context) Overview
	Certificates() []Certificate
	// Deeds is what the controls did so far.
	Deeds() []Deed
	// Latest returns the latest events of the actions, the newest first, at most so many.
	Latest(n int, actions ...pavise.Action) []Event
	// Observed returns what would have been refused, the most frequent first.
	Observed() []Event
	// Why returns what was decided about one request.
	Why(id string) []Event
	// Scan returns the latest report of a site, by its name; nil where none was saved.
	Scan(site string) (*Report, error)
}

// An Editor weakens a control in the file that says what is served.
type Editor interface {
	// File is that file; "" where flags alone say what is served.
	File() string
	// Preview tells what an exemption would change, and writes nothing.
	Preview(context.Context, Exemption) (Change, error)
	// Write makes the change that was previewed, if the file is still of that version,
	// and has the running policy take it in.
	Write(ctx context.Context, x Exemption, version string) error
}

// A Guard keeps who is banned, and for whom a window is open.
type Guard interface {
	Bans(context.Context) ([]Ban, error)
	Ban(context.Context, Ban) error
	Unban(ctx context.Context, network, by string) error
	Windows(context.Context) ([]Window, error)
	OpenWindow(context.Context, Window) error
	CloseWindow(ctx context.Context, id, by string) error
}

// ErrChanged is that the file is no longer the one that was previewed.
var ErrChanged = errors.New("the file has changed since the preview: look at it again")

// An UnableError says why a deed cannot be done here, and how else it can.
type UnableError struct{ Why, Command string }

func (e *UnableError) Error() string { return e.Why }

// An Overview is how the running Pavise is doing.
type Overview struct {
	Version      string
	Started      time.Time
	Running      int
	Sites        []Site
	Store        Store
	Certificates []Certificate
	Traffic      *Traffic // nil: not measured
	Reload       *Reload  // the last; nil: none yet
}

// A Site is one of those that are served.
type Site struct {
	Name        string
	Hosts       []string
	Apps        []App
	Proof, Scan *Verdict // nil: there was none
	Observed    []string // controls that only report
	Exceptions  []string // a sentence each
	Off         string   // why it is not served as usual: maintenance
}

// An App is a backend of a site.
type App struct {
	At      string
	Answers bool
	Here    bool // it is no backend: Pavise itself answers
	Note    string
}

// A Verdict is what a look at a site came to.
type Verdict struct {
	Outcome pavise.Outcome
	At      time.Time
	Text    string
}

// A Store is where is kept what must be remembered.
type Store struct {
	What, Problem string
	OK            bool
}

// A Certificate is one that is shown to browsers.
type Certificate struct {
	Hosts   []string
	Issuer  string
	Ends    time.Time
	Problem string // why there is none, or no new one
	Local   bool   // of this machine's authority: browsers must be told to trust it
}

// A Deed is how often a control did something.
type Deed struct {
	Control string
	Action  pavise.Action
	Times   int
}

// Traffic is what was measured lately.
type Traffic struct {
	PerSecond float64
	History   []float64 // requests a second, the newest last
}

// A Reload is how the last change of the policy went.
type Reload struct {
	At    time.Time
	Error string
}

// An Event is what became of a request, and how often the like of it happened.
type Event struct {
	Time, First                      time.Time
	Times                            int
	ID                               string
	Action                           pavise.Action
	Control, Title, Rule, Meaning    string // the title is of the control, the meaning of the rule
	Why                              string // what the control is for
	Status                           int
	Reason, Saw                      string
	Client, Method, Host, Path, Site string
	Mend                             string // what helps better than an exemption
	Pattern                          string // of an exemption; "" where there is none
}

// An Exemption weakens a control on some paths until its last day.
type Exemption struct {
	Site, Control, Mode, Path, Reason string
	Until                             time.Time
	By                                string
}

// A Change is what an exemption makes of the file.
type Change struct {
	File, Lines, Diff string
	// Version names the file as it was read; "" where there is none to write.
	Version string
}

// A Ban keeps a network out.
type Ban struct {
	Network, Reason, By string
	Since, Until        time.Time
}

// A Window lets a network be unhindered by what refuses by behaviour.
type Window struct {
	ID, Networks, Reason, By string
	Since, Until             time.Time
}

// A Report is what a saved scan has found.
type Report struct {
	Site, Target string
	Verdict      Verdict
	Counts       []Count
	Findings     []Finding
}

// A Count is how many findings came to the like.
type Count struct {
	Name  string
	Times int
}

// A Finding is a rule that did not hold, or could not be looked at.
type Finding struct {
	Rule, Title, Severity, Where, Saw, Want string
	Outcome                                 pavise.Outcome
}

// String says in a sentence what the exemption weakens.
func (x Exemption) String() string {
	deed := "does nothing"
	if x.Mode == "observe" {
		deed = "only reports"
	}
	return fmt.Sprintf("At %s, %s %s for %s up to and including %s.", x.Site, x.Control, deed, x.Path, x.Until.Format(time.DateOnly))
}
