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
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
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
			"and looks at any site as a scan vendor would.",
		Example:       "  pavise try\n  pavise serve --to 127.0.0.1:3000\n  pavise scan https://shop.example.com",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArguments,
		Version:       version,
	}
	root.AddCommand(tryCommand(), serveCommand(), scanCommand(), controlsCommand(), checkCommand(),
		whyCommand(), observedCommand(),
		trustCommand(), untrustCommand(), versionCommand())
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(c.CommandPath()+" --help", "%w", err)
	})
	root.InitDefaultHelpCmd()
	root.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	return root
}

// noArguments refuses what a command does not take.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(c.CommandPath()+" --help", "%s does not know %q", c.CommandPath(), args[0])
	}
	return nil
}
