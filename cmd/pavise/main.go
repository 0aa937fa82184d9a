// Pavise stands in front of a web application and proves that it holds.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	_ "golang.org/x/crypto/x509roots/fallback" // for containers from scratch, which have no roots to trust

	"pavise"
)

func main() {
	os.Exit(run(asSendmail(os.Args), os.Stdout, os.Stderr))
}

// Exit codes, the same for every command.
const (
	exitClean   = 0
	exitFailed  = 1 // could not run, or could not look
	exitUsage   = 2
	exitFinding = 3
)

// An exit ends a command with a code and nothing more to say.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// An advised error says what to do about it, and how the command ends.
type advised struct {
	err  error
	hint string
	code int
}

func (e *advised) Error() string { return e.err.Error() }
func (e *advised) Unwrap() error { return e.err }
func (e *advised) Hint() string  { return e.hint }

// usage is a mistake in what was typed or configured.
func usage(hint, format string, args ...any) error {
	return &advised{err: fmt.Errorf(format, args...), hint: hint, code: exitUsage}
}

// run is main without the process: it returns the exit code. The first signal
// ends the context, the second the process.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := rootCommand()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	return explain(stderr, err)
}

// explain writes what went wrong and what to type next.
func explain(stderr io.Writer, err error) int {
	var code exit
	switch {
	case err == nil:
		return exitClean
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(stderr, "pavise: error: %v\n", err)
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) && hinted.Hint() != "" {
		fmt.Fprintf(stderr, "pavise: hint: %s\n", hinted.Hint())
	}
	var own *advised
	if errors.As(err, &own) {
		return own.code
	}
	return exitFailed
}

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "pavise",
		Short: "A shield for web applications that proves it holds",
		Long: "Pavise stands in front of a web application, enforces what a production site needs,\n" +
			"looks at any site as a scan vendor would, and audits what is on disk.",
		Example:       "  pavise try\n  pavise serve --to 127.0.0.1:3000\n  pavise scan https://shop.example.com\n  pavise audit",
		SilenceErrors: true,
		SilenceUsage:  true,
		Version:       version,
	}
	root.AddCommand(
		tryCommand(),
		serveCommand(),
		scanCommand(),
		auditCommand(),
		sbomCommand(),
		siteCommand(),
		controlsCommand(),
		checkCommand(),
		reloadCommand(),
		upgradeCommand(),
		statusCommand(),
		topCommand(),
		whyCommand(),
		observedCommand(),
		banCommand(),
		windowCommand(),
		dashboardCommand(),
		mailCommand(),
		sendmailCommand(),
		secretCommand(),
		dbCommand(),
		trustCommand(),
		untrustCommand(),
		installCommand(),
		uninstallCommand(),
		manCommand(),
		versionCommand(),
	)
	root.SetFlagErrorFunc(unknownFlag)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	mistaken(root)
	for _, c := range append(root.Commands(), root) {
		if c.HasSubCommands() && c.RunE == nil { // is a group, which alone only says what is in it
			c.Args = noArguments
			c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
		}
	}
	return root
}

// mistaken has a wrong number of arguments end every command below as a mistake in what
// was typed.
func mistaken(root *cobra.Command) {
	for _, c := range root.Commands() {
		mistaken(c)
		if check := c.Args; check != nil {
			c.Args = func(c *cobra.Command, args []string) error {
				if err := check(c, args); err != nil {
					return usage(c.UseLine(), "%w", err)
				}
				return nil
			}
		}
	}
}

// noArguments refuses what a command does not take.
func noArguments(c *cobra.Command, args []string) error {
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
	return usage(hint, "%s does not know %q", c.CommandPath(), args[0])
}

// unknownFlag says which flag may be meant. Before one that is none may stand a
// command that is none, and then the flag was meant for another.
func unknownFlag(c *cobra.Command, err error) error {
	if c.HasSubCommands() {
		if err := noArguments(c, c.Flags().Args()); err != nil {
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
	return usage(hint, "%w", err)
}
