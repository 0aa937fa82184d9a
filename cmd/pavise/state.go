package main

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"pavise/internal/admin"
	"pavise/internal/authority"
)

// stateDir is where keys and certificates are kept: what was asked for, else
// the user's state directory (XDG Base Directory Specification).
func stateDir(asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "pavise"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", usage("--state /var/lib/pavise", "there is no home directory to keep certificates in: %w", err)
	}
	return filepath.Join(home, ".local", "state", "pavise"), nil
}

// installedState is where the service that pavise install sets up keeps its state.
const installedState = "/var/lib/pavise"

// runningState is where the Pavise that is asked or told something keeps its state: what
// was asked for, else the user's own, and where nothing runs there that of the service.
func runningState(asked string) (string, error) {
	own, err := stateDir(asked)
	if err != nil || asked != "" {
		return own, err
	}
	return ownOrService(own, installedState), nil
}

func ownOrService(own, service string) string {
	if _, err := os.Stat(service); err != nil || admin.Used(own) {
		return own
	}
	return service
}

func openAuthority(asked string) (*authority.Authority, error) {
	dir, err := stateDir(asked)
	if err != nil {
		return nil, err
	}
	a, err := authority.Open(dir)
	if errors.Is(err, os.ErrPermission) {
		return nil, usage("--state DIR, with a directory of your own", "%w", err)
	}
	return a, err
}

// unwritable reports whether a disk is full, or takes nothing: that keeps nothing from being
// served.
func unwritable(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOSPC)
}
