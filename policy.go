package pavise

import (
	"errors"
	"fmt"
	"time"
)

// A Mode says how far a setting goes.
type Mode int

// The modes. Enforce is the zero value: whoever says nothing is protected.
const (
	Enforce Mode = iota
	Observe      // report what would be refused, and let it pass
	Off
)

func (m Mode) String() string { return [...]string{"enforce", "observe", "off"}[m] }

// A Setting is one line of a policy. A setting without paths sets a control; one
// with Observe or Off weakens it, everywhere or on the paths it names.
type Setting struct {
	Control Control
	Mode    Mode
	Paths   []string  // patterns, see ParsePattern; nil is everywhere
	Reason  string    // required unless Enforce
	Until   time.Time // an exception may end; zero is never
}

// A Policy is the ordered list of what is on. The order is the catalogue's.
type Policy []Setting

// Recommend returns the policy that enforces every control as it is.
func Recommend(controls []Control) Policy {
	p := make(Policy, len(controls))
	for i, c := range controls {
		p[i] = Setting{Control: c}
	}
	return p
}

// Controls returns the controls of the policy, each once, in order.
func (p Policy) Controls() []Control {
	var list []Control
	for _, s := range p {
		if s.Mode == Enforce && s.Paths == nil {
			list = append(list, s.Control)
		}
	}
	return list
}

// Enforced reports whether the control is on everywhere at the time, but for
// exceptions that name paths.
func (p Policy) Enforced(id string, now time.Time) bool { return p.is(Enforce, id, now) }

// Observed reports whether the control only reports, everywhere, at the time.
func (p Policy) Observed(id string, now time.Time) bool { return p.is(Observe, id, now) }

func (p Policy) is(mode Mode, id string, now time.Time) bool {
	var control Control
	weakened := Enforce
	for _, s := range p {
		switch {
		case s.Control.Doc().ID != id:
		case s.Mode == Enforce:
			control = s.Control
		case s.Paths == nil && !s.ended(now) && weakened == Enforce:
			weakened = s.Mode
		}
	}
	return control != nil && Enforceable(control) && weakened == mode
}

// Enforceable reports whether a control does anything to live traffic.
func Enforceable(c Control) bool {
	_, enforces := c.(Enforcer)
	_, tunes := c.(Tuner)
	return enforces || tunes
}

// Tune lets every Tuner of the policy that is not off set the listener.
func (p Policy) Tune(l *Listener, now time.Time) error {
	var errs []error
	for _, s := range p {
		t, ok := s.Control.(Tuner)
		if !ok || s.Mode != Enforce || !p.Enforced(s.Control.Doc().ID, now) {
			continue
		}
		if err := t.Tune(l); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Validate reports every mistake in the policy at once.
func (p Policy) Validate() error {
	var errs []error
	set := map[string]bool{}
	for _, s := range p {
		id := s.Control.Doc().ID
		if s.Mode == Enforce {
			if set[id] {
				errs = append(errs, fmt.Errorf("%s: set twice", id))
			}
			set[id] = true
			if err := s.Control.Validate(); err != nil {
				errs = append(errs, err)
			}
		}
		errs = append(errs, s.validateWeakening(id)...)
	}
	for _, s := range p {
		if id := s.Control.Doc().ID; s.Mode != Enforce && !set[id] {
			errs = append(errs, fmt.Errorf("%s: an exception to a control that is not on", id))
		}
	}
	return errors.Join(errs...)
}

func (s Setting) validateWeakening(id string) []error {
	var errs []error
	if s.Mode != Enforce && s.Reason == "" {
		errs = append(errs, fmt.Errorf("%s: mode %s needs a reason", id, s.Mode))
	}
	if s.Mode == Observe && !s.Control.Doc().Refuses {
		errs = append(errs, fmt.Errorf("%s: refuses nothing, so there is nothing to observe", id))
	}
	if s.Mode == Enforce && s.Paths != nil {
		errs = append(errs, fmt.Errorf("%s: only an exception may name paths", id))
	}
	if _, ok := s.Control.(Enforcer); !ok && s.Paths != nil {
		errs = append(errs, fmt.Errorf("%s: acts before there is a path, so no path can be excepted", id))
	}
	if s.Paths != nil && len(s.Paths) == 0 {
		errs = append(errs, fmt.Errorf("%s: an exception to no path does nothing", id))
	}
	for _, path := range s.Paths {
		if _, err := ParsePattern(path); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", id, err))
		}
	}
	return errs
}

func (s Setting) ended(now time.Time) bool {
	return !s.Until.IsZero() && !now.Before(s.Until)
}
