package cli

import (
	"errors"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"pavise"
)

// mistaken has a wrong number of arguments end every command below as a mistake in what
// was typed.
func mistaken(root *cobra.Command) {
	for _, c := range root.Commands() {
		mistaken(c)
		if check := c.Args; check != nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if err := check(c, args); err != nil {
					return Usage(c.UseLine(), "%w", err)
				}
				return nil
			}
		}
	}
}

// NoArguments refuses what a command does not take.
func NoArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var known []string
	for _, sub := range c.Commands() {
		known = append(known, sub.Name())
	}
	hint := c.CommandPath() + " --help"
	if name := pavise.Nearest(args[0], known); name != "" {
		hint = "did you mean " + c.CommandPath() + " " + name + "?"
	}
	return Usage(hint, "%s does not know %q", c.CommandPath(), args[0])
}

// unknownFlag says which flag may be meant. Before one that is none may stand a
// command that is none, and then the flag was meant for another.
func unknownFlag(c *cobra.Command, err error) error {
	if c.HasSubCommands() {
		if err := NoArguments(c, c.Flags().Args()); err != nil {
			return err
		}
	}
	hint := c.CommandPath() + " --help"
	var none *pflag.NotExistError
	if errors.As(err, &none) {
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if name := pavise.Nearest(none.GetSpecifiedName(), known); name != "" {
			hint = "did you mean --" + name + "? " + hint
		}
	}
	return Usage(hint, "%w", err)
}
