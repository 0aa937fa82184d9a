// Package javascript reads JavaScript and TypeScript: what a program sets up, and what it imports.
package javascript

import (
	"context"

	"pavise"
	"pavise/audit/tree"
)

// Read adds what it finds to the project.
func Read(ctx context.Context, t *tree.Tree, p *pavise.Project) {}
