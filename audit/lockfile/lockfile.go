// Package lockfile reads manifests and lockfiles: what a project needs and what it has taken.
package lockfile

import (
	"context"

	"pavise"
	"pavise/audit/tree"
)

// Read adds what it finds to the project.
func Read(ctx context.Context, t *tree.Tree, p *pavise.Project) {}
