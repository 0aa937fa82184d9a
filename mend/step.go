package mend

import (
	"fmt"

	"pavise/internal/versions"
)

// A Deed is what one step does.
type Deed int

// The deeds, in the order in which they are told.
const (
	Raise    Deed = iota // let a manifest ask for a newer version
	Drop                 // take a package out of a manifest
	Overrule             // give an asker another version than it asks for
	Renew                // have the package manager take the newest that is admitted
)

// A Step is one thing that a choice does.
type Step struct {
	Do        Deed
	Ecosystem string
	File      string // the manifest that is edited, or the lockfile that names the package
	Module    string // the folder of the module
	Name      string // as the manifest calls it
	By        string // who gets another version than it asks for
	Range     string // that is asked for
	From, To  string // versions
}

func (s Step) String() string {
	switch s.Do {
	case Raise:
		return fmt.Sprintf("%s %s → %s in %s", s.Name, s.From, s.To, s.File)
	case Drop:
		return fmt.Sprintf("%s out of %s", s.Name, s.File)
	case Overrule:
		return fmt.Sprintf("%s %s → %s for %s", s.Name, s.From, s.To, s.By)
	}
	if s.To == "" {
		return fmt.Sprintf("%s %s renewed", s.Name, s.From)
	}
	return fmt.Sprintf("%s %s → %s in %s", s.Name, s.From, s.To, s.File)
}

// newer reports whether a step brings a newer version than another of the same package.
func newer(a, b Step) bool {
	sys, ok := versions.Of(a.Ecosystem)
	return ok && sys.Valid(a.To) && (!sys.Valid(b.To) || sys.Compare(a.To, b.To) > 0)
}
