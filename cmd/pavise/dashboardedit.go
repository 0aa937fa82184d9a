package main

import (
	"context"
	"fmt"
	"time"

	"pavise/catalog"
	"pavise/dashboard"
)

// A deskEditor writes exemptions into the file that says what is served.
type deskEditor struct {
	witness *witness
	config  string
}

// File is the file of --config.
func (e *deskEditor) File() string { return e.config }

// Preview shows the lines to paste.
func (e *deskEditor) Preview(_ context.Context, x dashboard.Exemption) (dashboard.Change, error) {
	if catalog.Find(x.Control) == nil {
		return dashboard.Change{}, &dashboard.UnableError{Why: "there is no control " + x.Control, Command: "pavise controls"}
	}
	return dashboard.Change{Lines: fmt.Sprintf("- control: %s\n  paths: [%q]\n  mode: %s\n  reason: %q\n  until: %s\n",
		x.Control, x.Path, x.Mode, x.Reason, x.Until.Format(time.DateOnly))}, nil
}

// Write has nothing to write to.
func (e *deskEditor) Write(context.Context, dashboard.Exemption, string) error {
	return &dashboard.UnableError{Why: "the file is not written from here: paste the lines below except: of the site", Command: "pavise reload"}
}
