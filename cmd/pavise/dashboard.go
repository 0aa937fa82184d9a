package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/dashboard"
	"pavise/internal/admin"
)

func dashboardCommand() *cobra.Command {
	var state string
	var asJSON bool
	c := &cobra.Command{
		Use:   "dashboard",
		Short: "Open the dashboard of the running Pavise",
		Long: "Dashboard prints the address at which a browser on this machine finds the dashboard, with a token that is good\n" +
			"once, for five minutes. From another machine, forward the port: ssh -L 9910:127.0.0.1:9910 SERVER.\n" +
			"Nothing listens before this is asked for, unless the file has a dashboard section.",
		Example: "  pavise dashboard\n  pavise dashboard --state /var/lib/pavise\n  pavise dashboard user add ada",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return openDashboard(c, state, asJSON)
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	user := &cobra.Command{
		Use:     "user",
		Short:   "Say who may log in to a dashboard that is exposed",
		Long:    "User adds, lists and removes those who may log in by a password and a code where the dashboard is exposed.",
		Example: "  pavise dashboard user add ada\n  pavise dashboard user list",
		Args:    cli.NoArguments,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	user.AddCommand(dashboardUserAdd(), dashboardUserList(), dashboardUserRemove())
	c.AddCommand(user)
	return c
}

// An entrance is where a browser gets in, once.
type entrance struct {
	URL  string    `json:"url"`
	Ends time.Time `json:"ends"`
}

func openDashboard(c *cobra.Command, state string, asJSON bool) error {
	list, err := cli.Tell[entrance](c.Context(), state, "/dashboard")
	if refused, ok := errors.AsType[*admin.RefusedError](err); ok {
		return cli.Failed("give it another port: dashboard: {listen: 127.0.0.1:9911}", "%w", refused)
	} else if err != nil {
		return err
	}
	if asJSON {
		return cli.Indented(c.OutOrStdout(), list)
	}
	for _, one := range list {
		fmt.Fprintln(c.OutOrStdout(), one.URL)
	}
	fmt.Fprintf(c.ErrOrStderr(), "pavise: good once, for %s\n", dashboard.TokenLife)
	return nil
}
