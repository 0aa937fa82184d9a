package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"pavise/catalog"
	"pavise/cmd/pavise/internal/cli"
	"pavise/dashboard"
	"pavise/proxy"
	"pavise/site"
)

// A deskEditor writes exemptions into the file that says what is served.
type deskEditor struct {
	witness *witness
	config  string
}

// File is the file of --config.
func (e *deskEditor) File() string { return e.config }

// Preview shows what would be written; without a file, the lines to paste.
func (e *deskEditor) Preview(_ context.Context, x dashboard.Exemption) (dashboard.Change, error) {
	if catalog.Find(x.Control) == nil {
		return dashboard.Change{}, &dashboard.UnableError{Why: "there is no control " + x.Control, Command: "pavise controls"}
	}
	if e.config == "" {
		return dashboard.Change{Lines: exceptionLines(x)}, nil
	}
	doc, version, err := e.edited(x)
	if err != nil {
		return dashboard.Change{}, err
	}
	return dashboard.Change{File: e.config, Lines: exceptionLines(x), Diff: doc.Diff(), Version: version}, nil
}

// Write changes the file, if it is still of the version, and reloads.
func (e *deskEditor) Write(ctx context.Context, x dashboard.Exemption, version string) error {
	if e.config == "" || e.witness.reloader == nil {
		return &dashboard.UnableError{Why: "there is no file to write to", Command: "pavise serve --config pavise.yaml"}
	}
	doc, now, err := e.edited(x)
	switch {
	case err != nil:
		return err
	case now != version:
		return dashboard.ErrChanged
	}
	err = doc.Save()
	var changed *site.ChangedError
	switch {
	case errors.As(err, &changed):
		return dashboard.ErrChanged
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return &dashboard.UnableError{Command: "pavise reload",
			Why: "Pavise may not write to " + e.config + ". Paste these lines below except: of the site, and reload: " + exceptionLine(x)}
	case err != nil:
		return err
	}
	e.witness.journal.DashboardDid(x.By, x.String())
	if done := e.witness.reloader.reload(ctx, "dashboard"); !done.OK {
		return &dashboard.UnableError{Command: "pavise check " + e.config,
			Why: "The exemption stands in " + e.config + ", and what was before goes on, because the reload was refused: " + done.Refused}
	}
	return nil
}

// edited is the file with the exemption in it, and the version that it was read in.
func (e *deskEditor) edited(x dashboard.Exemption) (*site.Document, string, error) {
	doc, err := site.Open(e.config, catalog.Controls(), func(s string) error {
		_, err := proxy.ParseUpstream(s)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	sum := sha256.Sum256([]byte(doc.Text()))
	err = doc.AddException(x.Site, site.Exception{Control: site.ID(x.Control), Paths: []string{x.Path}, Mode: x.Mode, Reason: x.Reason, Until: x.Until})
	if err == nil {
		_, err = doc.Check()
	}
	if err != nil {
		return nil, "", &dashboard.UnableError{Why: cli.OneLine(err), Command: "pavise check " + e.config}
	}
	return doc, hex.EncodeToString(sum[:]), nil
}

// exceptionLines is what to paste below except: of the site.
func exceptionLines(x dashboard.Exemption) string {
	return "- " + strings.Join(exceptionKeys(x), "\n  ") + "\n"
}

// exceptionLine is the same in one.
func exceptionLine(x dashboard.Exemption) string {
	return "- {" + strings.Join(exceptionKeys(x), ", ") + "}"
}

func exceptionKeys(x dashboard.Exemption) []string {
	return []string{"control: " + x.Control, fmt.Sprintf("paths: [%q]", x.Path), "mode: " + x.Mode,
		fmt.Sprintf("reason: %q", x.Reason), "until: " + x.Until.Format(time.DateOnly)}
}
