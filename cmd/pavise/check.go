package main

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"pavise/site"
)

func checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "check [FILE]",
		Short:   "Read a configuration and report every mistake at once",
		Long:    "Check reads FILE, pavise.yaml if none is named. It exits with 2 if there is a mistake, or an exception has ended.",
		Example: "  pavise check\n  pavise check /etc/pavise/pavise.yaml",
		RunE: func(c *cobra.Command, args []string) error {
			name := "pavise.yaml"
			if len(args) > 1 {
				return usage("pavise check "+args[0], "check takes one file, not %d", len(args))
			} else if len(args) == 1 {
				name = args[0]
			}
			return check(c, name)
		},
	}
}

func check(c *cobra.Command, name string) error {
	file, err := loadFile(name)
	var mistakes site.Errors
	switch {
	case errors.As(err, &mistakes):
		fmt.Fprintln(c.ErrOrStderr(), mistakes)
		fmt.Fprintf(c.ErrOrStderr(), "pavise: %s has %s\n", name, plural(len(mistakes), "mistake"))
		return exit(exitUsage)
	case errors.Is(err, fs.ErrNotExist):
		return usage("pavise check FILE", "there is no %s here", name)
	case err != nil:
		return err
	}
	now, ended := time.Now(), 0
	for _, n := range file.Ended(now) {
		fmt.Fprintf(c.ErrOrStderr(), "%s:%d: %s\n", name, n.Line, n.Text)
		if n.Ended {
			ended++
		}
	}
	if ended > 0 {
		fmt.Fprintf(c.ErrOrStderr(), "pavise: %s in %s\n", plural(ended, "ended exception"), name)
		return exit(exitUsage)
	}
	for _, s := range file.Sites {
		on, _ := families(s.Policy, now)
		fmt.Fprintf(c.OutOrStdout(), "%s: %s to %s; %s; %s\n", name, s.Hosts[0], s.To, on, plural(len(s.Except), "exception"))
	}
	return nil
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
