package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
)

// keepSecret gives the sites secrets that last: those of the file that was named, or
// else of the state directory. Where none can be kept there the sites are served all
// the same, with one for this run.
func (g *ground) keepSecret(p *plan) error {
	var list authority.Secrets
	if p.file.SecretFile != "" {
		var err error
		if list, err = authority.ReadSecrets(p.file.SecretFile); err != nil {
			return secretTrouble(p.file.SecretFile, err)
		}
	} else {
		dir, err := cli.StateDir(p.file.State)
		if err == nil {
			list, err = authority.OpenSecrets(dir)
		}
		if err != nil {
			g.warn("after a restart no browser is known to have logged in before: %v", err)
			return nil
		}
	}
	g.secret, g.former = list[0], list[1:]
	return nil
}

// secretTrouble says what to type about a file of secrets.
func secretTrouble(path string, err error) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, "secret")
	}
	hint := "give Pavise a file of its own: pavise secret add --secret-file " + path
	switch {
	case errors.Is(err, authority.ErrSecretOpen):
		hint = "chmod 600 " + path
	case errors.Is(err, authority.ErrSecretSize):
		hint = "copy it whole from a node that has it, or make one: pavise secret add --secret-file NEW"
	case errors.Is(err, fs.ErrPermission):
		hint = "give it to the user that Pavise runs as: chown USER " + path
	}
	return cli.Usage(hint, "%w", err)
}

// secretFlags say whose secrets are meant.
type secretFlags struct{ state, file string }

func (f *secretFlags) add(c *cobra.Command) {
	cli.StateFlag(c, &f.state)
	c.Flags().StringVar(&f.file, "secret-file", "", "`FILE` of the secrets, where it is not in the state directory")
}

func (f secretFlags) path() (string, error) {
	if f.file != "" {
		return f.file, nil
	}
	dir, err := cli.RunningState(f.state)
	return authority.SecretFile(dir), err
}

// complete offers the fingerprints of those that are not in use.
func (f *secretFlags) complete(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	path, err := f.path()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	list, _ := authority.ReadSecrets(path)
	for i, one := range list {
		if name := authority.Fingerprint(one); i > 0 && name != authority.Fingerprint(list[0]) {
			names = append(names, name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func secretCommand() *cobra.Command {
	group := &cobra.Command{
		Use:   "secret",
		Short: "Show and change what Pavise seals and signs with",
		Long: "Secret lists and changes the secrets that cookies and what is remembered are sealed with. They lie in the\n" +
			"state directory, or in the file that pavise serve is given by --secret-file, and are themselves never shown.\n" +
			"The first is in use; the others only open what they have sealed. Nodes that share a store have the same file.",
		Example: "  pavise secret show\n  pavise secret rotate",
	}
	group.AddCommand(secretShowCommand(), secretAddCommand(), secretRotateCommand(), secretForgetCommand())
	return group
}

func secretShowCommand() *cobra.Command {
	var f secretFlags
	c := &cobra.Command{
		Use:     "show",
		Short:   "List the fingerprints",
		Long:    "Show lists the fingerprint of each secret. Nodes with the same list can share a store.",
		Example: "  pavise secret show\n  pavise secret show --state /var/lib/pavise",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			path, err := f.path()
			if err != nil {
				return err
			}
			list, err := authority.ReadSecrets(path)
			if err != nil {
				return secretTrouble(path, err)
			}
			listSecrets(c, list)
			return nil
		},
	}
	f.add(c)
	return c
}

func secretAddCommand() *cobra.Command {
	var f secretFlags
	c := &cobra.Command{
		Use:   "add",
		Short: "Make a secret, which only opens until it is the first",
		Long: "Add makes a secret, and the file if there is none. It is not in use before pavise serve was restarted with\n" +
			"it on every node, and pavise secret rotate has made it the first.",
		Example: "  pavise secret add\n  pavise secret add --secret-file /etc/pavise/secret",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return changeSecrets(c, f, func(s authority.Secrets) (authority.Secrets, error) {
				s, _, err := s.Add()
				return s, err
			})
		},
	}
	f.add(c)
	return c
}

func secretRotateCommand() *cobra.Command {
	var f secretFlags
	c := &cobra.Command{
		Use:   "rotate [FINGERPRINT]",
		Short: "Seal with another secret from now on",
		Long: "Rotate makes the secret with the FINGERPRINT the one in use, or a new one if none is named. The one before\n" +
			"still opens what it has sealed. On several nodes first add it everywhere: docs/nodes.md has the order.",
		Example:           "  pavise secret rotate\n  pavise secret rotate 5f0c3b1e9a7d2468",
		ValidArgsFunction: f.complete,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return cli.Usage("pavise secret rotate "+args[0], "rotate takes one fingerprint, not %d", len(args))
			}
			return changeSecrets(c, f, func(s authority.Secrets) (authority.Secrets, error) {
				if len(args) == 1 {
					return s.First(args[0])
				}
				s, fresh, err := s.Add()
				if err != nil {
					return nil, err
				}
				return s.First(authority.Fingerprint(fresh))
			})
		},
	}
	f.add(c)
	return c
}

func secretForgetCommand() *cobra.Command {
	var f secretFlags
	c := &cobra.Command{
		Use:               "forget FINGERPRINT",
		Short:             "Take away a secret that is not in use",
		Long:              "Forget takes away the secret with the FINGERPRINT: what it has sealed opens no more.",
		Example:           "  pavise secret forget 5f0c3b1e9a7d2468",
		ValidArgsFunction: f.complete,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage("pavise secret show lists them", "forget takes the one fingerprint")
			}
			return changeSecrets(c, f, func(s authority.Secrets) (authority.Secrets, error) { return s.Forget(args[0]) })
		},
	}
	f.add(c)
	return c
}

// changeSecrets writes what the change makes of the file, and says what is left to do.
func changeSecrets(c *cobra.Command, f secretFlags, change func(authority.Secrets) (authority.Secrets, error)) error {
	path, err := f.path()
	if err != nil {
		return err
	}
	before, err := authority.ReadSecrets(path)
	if err != nil && !errors.Is(err, authority.ErrNoSecret) {
		return secretTrouble(path, err)
	}
	after, err := change(before)
	switch {
	case errors.Is(err, authority.ErrNotAmong):
		return cli.Usage("pavise secret show lists them", "%w", err)
	case errors.Is(err, authority.ErrTooMany):
		return cli.Usage("pavise secret forget "+longestOut(before)+", if nothing needs it any more", "%w", err)
	case errors.Is(err, authority.ErrInUse):
		return cli.Usage("pavise secret rotate, and some days later forget it", "%w", err)
	case err != nil:
		return err
	}
	if dir := filepath.Dir(path); os.MkdirAll(dir, 0o700) != nil {
		return cli.Usage("--state DIR, or --secret-file FILE, in a directory of your own", "there can be no directory %s", dir)
	}
	if err := after.Write(path); err != nil {
		return cli.Usage("--state DIR, or --secret-file FILE, in a directory of your own", "secret: %w", err)
	}
	listSecrets(c, after)
	fmt.Fprintf(c.ErrOrStderr(), "pavise: copy %s to the other nodes, if there are any, and restart pavise serve\n", path)
	return nil
}

// longestOut is the fingerprint of the oldest that is not in use.
func longestOut(list authority.Secrets) string {
	for _, one := range slices.Backward(list) {
		if name := authority.Fingerprint(one); name != authority.Fingerprint(list[0]) {
			return name
		}
	}
	return "FINGERPRINT"
}

func listSecrets(c *cobra.Command, list authority.Secrets) {
	first := authority.Fingerprint(list[0])
	fmt.Fprintf(c.OutOrStdout(), "%s  in use\n", first)
	for _, one := range list.Unique() { // from the newest
		if name := authority.Fingerprint(one); name != first {
			fmt.Fprintf(c.OutOrStdout(), "%s  only opens\n", name)
		}
	}
}
