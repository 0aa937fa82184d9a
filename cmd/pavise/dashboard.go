package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

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
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return openDashboard(c, state, asJSON)
		},
	}
	stateFlag(c, &state)
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON")
	user := &cobra.Command{
		Use:     "user",
		Short:   "Say who may log in to a dashboard that is exposed",
		Long:    "User adds, lists and removes those who may log in by a password and a code where the dashboard is exposed.",
		Example: "  pavise dashboard user add ada\n  pavise dashboard user list",
		Args:    noArguments,
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
	dir, err := runningState(state)
	if err != nil {
		return err
	}
	answers, err := admin.Tell(c.Context(), dir, "/dashboard", nil)
	var refused *admin.RefusedError
	switch {
	case errors.Is(err, admin.ErrNobody):
		return &advised{err: err, hint: "name the directory that pavise serve was given: --state DIR", code: exitFailed}
	case errors.As(err, &refused):
		return &advised{err: err, hint: "give it another port: dashboard: {listen: 127.0.0.1:9911}", code: exitFailed}
	case err != nil:
		return &advised{err: err, hint: "ask as the user that pavise serve runs as", code: exitFailed}
	}
	var list []entrance
	for _, answer := range answers {
		var one entrance
		if err := json.Unmarshal(answer, &one); err != nil {
			return fmt.Errorf("the running Pavise answers what is not understood: %w", err)
		}
		list = append(list, one)
	}
	if asJSON {
		return indented(c.OutOrStdout(), list)
	}
	for _, one := range list {
		fmt.Fprintln(c.OutOrStdout(), one.URL)
	}
	fmt.Fprintf(c.ErrOrStderr(), "pavise: good once, for %s\n", dashboard.TokenLife)
	return nil
}
