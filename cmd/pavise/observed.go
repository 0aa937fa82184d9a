package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/proxy"
)

func observedCommand() *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:   "observed",
		Short: "List what would have been refused",
		Long: "Observed asks the running Pavise what its controls in Observe mode would have refused since it started:\n" +
			"grouped by rule, method, host and path, the most frequent first, each with the exemption that would let it\n" +
			"pass once the control is enforced.",
		Example: "  pavise serve shop.example.com --to 3000 --observe\n  pavise observed",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			groups, err := cli.Ask[proxy.Group](c.Context(), state, "/observed")
			if err != nil {
				return err
			}
			if asJSON {
				return cli.Indented(c.OutOrStdout(), groups)
			}
			if len(groups) == 0 {
				fmt.Fprintln(c.OutOrStdout(), "Nothing would have been refused so far.")
			}
			for i, g := range groups {
				if i > 0 {
					fmt.Fprintln(c.OutOrStdout())
				}
				explainGroup(c.OutOrStdout(), g)
			}
			return nil
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print them as JSON")
	return c
}
