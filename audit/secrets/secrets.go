// Package secrets reads what must not stand in files.
package secrets

import (
	"context"

	"pavise"
	"pavise/audit/tree"
)

// Read adds what it finds to the project.
func Read(ctx context.Context, t *tree.Tree, p *pavise.Project) {}
