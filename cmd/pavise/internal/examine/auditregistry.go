package examine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/advisories"
	"pavise/cmd/pavise/internal/database"
	"pavise/mend"
)

// askRegistries has the registries that npm is set up with in a folder say what they know
// against the packages. A registry tells of the versions alone that it is asked about, so
// nothing of it is kept.
func askRegistries(c *cobra.Command, library *advisories.Library, dir string) func(context.Context, []pavise.Package) error {
	return func(ctx context.Context, packages []pavise.Package) error {
		npm := mend.LoadNPMRC(dir, os.Environ())
		ask := map[string]map[string][]string{}
		for _, p := range packages {
			if p.Ecosystem != pavise.NPM || p.From != pavise.FromRegistry || p.Version == "" {
				continue
			}
			registry := npm.Registry(p.Name)
			if ask[registry] == nil {
				ask[registry] = map[string][]string{}
			}
			if of := ask[registry]; !slices.Contains(of[p.Name], p.Version) {
				of[p.Name] = append(of[p.Name], p.Version)
			}
		}
		var failed []error
		for registry, names := range ask {
			f := database.Fetcher(c, "registry")
			f.Authorization = npm.Authorization(strings.TrimRight(registry, "/") + "/-/npm")
			if err := library.AskRegistry(ctx, f, registry, names); err != nil {
				fmt.Fprintf(c.ErrOrStderr(), "pavise: %v\n", err)
				failed = append(failed, err)
			}
		}
		return errors.Join(failed...)
	}
}
