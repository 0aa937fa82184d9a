package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Root is the program with these commands.
func Root(commands ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   "pavise",
		Short: "A shield for web applications that proves it holds",
		Long: "Pavise stands in front of a web application, enforces what a production site needs,\n" +
			"looks at any site as a scan vendor would, and audits what is on disk.",
		Example:       "  pavise try\n  pavise serve --to 127.0.0.1:3000\n  pavise scan https://shop.example.com\n  pavise audit",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       Version,
	}
	root.AddCommand(commands...)
	root.SetFlagErrorFunc(unknownFlag)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	mistaken(root)
	for _, c := range append(root.Commands(), root) {
		if c.HasSubCommands() && c.RunE == nil { // is a group, which alone only says what is in it
			c.Args = NoArguments
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	return root
}

// Run runs what the arguments say and returns the exit code. The first signal ends the
// context, the second the process.
func Run(root *cobra.Command, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	if len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd) {
		unquote(root)
	}
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return Explain(stderr, root.ExecuteContext(ctx))
}

// unquote takes the marks out of what is said of flags, by which --help knows the names of
// their values: a shell shows the text as it is.
func unquote(c *cobra.Command) {
	c.Flags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) })
	for _, sub := range c.Commands() {
		unquote(sub)
	}
}
