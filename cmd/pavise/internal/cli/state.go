package cli

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"pavise/internal/admin"
	"pavise/internal/authority"
)

// StateDir is where keys and certificates are kept: what was asked for, else
// the user's state directory (XDG Base Directory Specification).
func StateDir(asked string) (string, error) {
	if asked != "" {
		return asked, nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "pavise"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", Usage("--state /var/lib/pavise", "there is no home directory to keep certificates in: %w", err)
	}
	return filepath.Join(home, ".local", "state", "pavise"), nil
}

// installedState is where the service that pavise install sets up keeps its state.
const installedState = "/var/lib/pavise"

// RunningState is where the Pavise that is asked or told something keeps its state: what
// was asked for, else the user's own, and where nothing runs there that of the service.
func RunningState(asked string) (string, error) {
	own, err := StateDir(asked)
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

// StateFlag is how a command asks for what [RunningState] is given.
func StateFlag(c *cobra.Command, state *string) {
	c.Flags().StringVar(state, "state", "", "`DIR` that serve keeps its state in (default the user's, or that of the service where nothing runs there)")
}

// OpenAuthority opens the local authority, and makes it where there is none yet.
func OpenAuthority(asked string) (*authority.Authority, error) {
	dir, err := StateDir(asked)
	if err != nil {
		return nil, err
	}
	a, err := authority.Open(dir)
	if errors.Is(err, os.ErrPermission) {
		return nil, Usage("--state DIR, with a directory of your own", "%w", err)
	}
	return a, err
}
