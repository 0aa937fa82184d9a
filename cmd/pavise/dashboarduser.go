package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/dashboard"
)

func dashboardUserAdd() *cobra.Command {
	var state, host string
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Let somebody log in, by a password and a code",
		Long: "Add asks for a password, and prints the address that an authenticator program makes codes from: type it there,\n" +
			"or show it as a picture with qrencode -t utf8. A name that is there gets a new password and new codes.\n" +
			"Without a terminal the password is the first line of the standard input.",
		Example: "  pavise dashboard user add ada\n  pass dashboard/ada | pavise dashboard user add ada --state /var/lib/pavise",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage("pavise dashboard user add ada", "add takes the one NAME")
			}
			return addUser(c, state, args[0], host)
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().StringVar(&host, "host", "dashboard", "`NAME` under which the authenticator shows the codes")
	return c
}

func addUser(c *cobra.Command, state, name, host string) error {
	file, users, err := usersOf(state)
	if err != nil {
		return err
	}
	password, err := askPassword(c)
	if err != nil {
		return err
	}
	user, err := dashboard.NewUser(name, password, time.Now())
	if err != nil {
		return cli.Usage("pavise dashboard user add ada, with a password of 12 characters or more", "%w", err)
	}
	users = slices.DeleteFunc(users, func(u dashboard.User) bool { return u.Name == name })
	if err := saveUsers(file, append(users, user)); err != nil {
		return err
	}
	fmt.Fprintln(c.OutOrStdout(), dashboard.TOTPAddress(user.TOTP, name, host))
	fmt.Fprintf(c.ErrOrStderr(), "pavise: %s may log in; give the address above to an authenticator, and to nobody else\n", name)
	return nil
}

// maxTyped bounds the line that a password is read from.
const maxTyped = 4 << 10

// askPassword reads one twice from the terminal, unseen, or once from elsewhere.
func askPassword(c *cobra.Command) (string, error) {
	in, ok := c.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		line, err := bufio.NewReader(io.LimitReader(c.InOrStdin(), maxTyped)).ReadString('\n')
		if err != nil && err != io.EOF {
			return "", err
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	var typed [2]string
	for i, ask := range []string{"Password: ", "Again: "} {
		fmt.Fprint(c.ErrOrStderr(), ask)
		line, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(c.ErrOrStderr())
		if err != nil {
			return "", err
		}
		typed[i] = string(line)
	}
	if typed[0] != typed[1] {
		return "", cli.Usage("type it once more", "the two passwords differ")
	}
	return typed[0], nil
}

func dashboardUserList() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:     "list",
		Short:   "List who may log in",
		Long:    "List prints the name of each user, and the day it was added.",
		Example: "  pavise dashboard user list",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, users, err := usersOf(state)
			for _, u := range users {
				fmt.Fprintf(c.OutOrStdout(), "%s  %s\n", u.Added.Format(time.DateOnly), u.Name)
			}
			return err
		},
	}
	cli.StateFlag(c, &state)
	return c
}

func dashboardUserRemove() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:     "remove NAME",
		Short:   "Let somebody log in no more",
		Long:    "Remove takes a user away. Sessions that are open end with the user's next request.",
		Example: "  pavise dashboard user remove ada",
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return cli.Usage("pavise dashboard user remove ada", "remove takes the one NAME")
			}
			file, users, err := usersOf(state)
			if err != nil {
				return err
			}
			left := slices.DeleteFunc(slices.Clone(users), func(u dashboard.User) bool { return u.Name == args[0] })
			if len(left) == len(users) {
				var names []string
				for _, u := range users {
					names = append(names, u.Name)
				}
				hint := "pavise dashboard user list"
				if near := pavise.Nearest(args[0], names); near != "" {
					hint = "did you mean " + near + "?"
				}
				return cli.Usage(hint, "there is no user %q", args[0])
			}
			return saveUsers(file, left)
		},
	}
	cli.StateFlag(c, &state)
	return c
}

func usersOf(state string) (file string, users []dashboard.User, err error) {
	dir, err := cli.RunningState(state)
	if err != nil {
		return "", nil, err
	}
	file = dashboard.UsersFile(dir)
	users, err = dashboard.LoadUsers(file)
	return file, users, err
}

func saveUsers(file string, users []dashboard.User) error {
	err := os.MkdirAll(filepath.Dir(file), 0o700)
	if err == nil {
		err = dashboard.SaveUsers(file, users)
	}
	if err != nil {
		return cli.Usage("--state DIR, the one that pavise serve is given, as its user", "%w", err)
	}
	return nil
}
