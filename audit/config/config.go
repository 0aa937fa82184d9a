// Package config reads the configuration of services, with all that it includes: nginx,
// Apache, Postfix, OpenSSH and units of systemd.
package config

import (
	"context"

	"pavise"
	"pavise/audit/tree"
)

// Read adds what it finds to the machine.
func Read(ctx context.Context, t *tree.Tree, m *pavise.Machine) {}
