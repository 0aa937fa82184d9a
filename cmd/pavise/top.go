package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pavise/cmd/pavise/internal/cli"
)

func topCommand() *cobra.Command {
	var state string
	var once, asJSON bool
	var every time.Duration
	c := &cobra.Command{
		Use:   "top",
		Short: "Watch what goes through the running Pavise",
		Long: "Top shows what goes through the running Pavise, anew every second: requests of each site, the slowest apps,\n" +
			"what controls have done, certificates, and what is wrong. q or Ctrl-C ends it. Rates are of the last ten\n" +
			"seconds, durations of the last minute. Where the output is no terminal it shows one look, as --once does.",
		Example: "  pavise top\n  pavise top --once\n  pavise top --json --state /var/lib/pavise",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if every < minEvery {
				return cli.Usage("--every 1s", "--every must be at least %s, not %s", minEvery, every)
			}
			out, terminal := c.OutOrStdout().(*os.File)
			switch terminal = terminal && term.IsTerminal(int(out.Fd())); {
			case asJSON:
				list, err := cli.Ask[status](c.Context(), state, "/glance")
				if err != nil {
					return err
				}
				return cli.Indented(c.OutOrStdout(), list)
			case once || !terminal:
				return lookOnce(c.Context(), c.OutOrStdout(), state)
			}
			return watch(c.Context(), out, state, every)
		},
	}
	cli.StateFlag(c, &state)
	c.Flags().BoolVar(&once, "once", false, "show one look, and end")
	c.Flags().BoolVar(&asJSON, "json", false, "print one look as JSON")
	c.Flags().DurationVar(&every, "every", time.Second, "`TIME` between two looks")
	return c
}

// minEvery bounds what looking costs who is looked at.
const minEvery = 200 * time.Millisecond

func lookOnce(ctx context.Context, out io.Writer, state string) error {
	list, err := cli.Ask[status](ctx, state, "/glance")
	if err != nil {
		return err
	}
	for i, s := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, strings.Join(frameOf(s, 80, 1000, false, time.Now()), "\n"))
	}
	return nil
}

// Sequences of ECMA-48 and of xterm, which every terminal of today knows.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	toTop       = "\x1b[H"
	clearLine   = "\x1b[K"
	clearBelow  = "\x1b[J"
)

// watch draws until it is told to end. The terminal is then as it was.
func watch(ctx context.Context, out *os.File, state string, every time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if in := int(os.Stdin.Fd()); term.IsTerminal(in) {
		before, err := term.MakeRaw(in)
		if err != nil {
			return err
		}
		defer term.Restore(in, before)
		go keys(os.Stdin, stop)
	}
	fmt.Fprint(out, enterScreen)
	defer fmt.Fprint(out, leaveScreen)
	resized, quiet := resizes()
	defer quiet()
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		width, height, _ := term.GetSize(int(out.Fd()))
		list, err := cli.Ask[status](ctx, state, "/glance")
		if ctx.Err() == nil {
			fmt.Fprint(out, screen(list, err, width, height, os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", time.Now()))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		case <-resized:
		}
	}
}

// keys ends the watch at q and Ctrl-C, which a raw terminal hands to us.
func keys(in io.Reader, stop func()) {
	var b [1]byte
	for {
		if n, err := in.Read(b[:]); err != nil || n == 1 && (b[0] == 'q' || b[0] == 'Q' || b[0] == 3) {
			stop()
			return
		}
	}
}

// screen draws what all have told, one below the other. A Pavise that has ended may be
// followed by another: what is wrong is shown, and the watch goes on.
func screen(list []status, err error, width, height int, color bool, now time.Time) string {
	if width <= 0 || height <= 0 { // as a serial line has, or nobody knows
		width, height = 80, 24
	}
	var lines []string
	if err != nil {
		lines = []string{cli.OneLine(err)}
	}
	for i, s := range list {
		share := (height - 1) / len(list)
		if i > 0 {
			lines = append(lines, "")
			share--
		}
		lines = append(lines, frameOf(s, width, share, color, now)...)
	}
	lines = append(lines[:min(len(lines), height-1)], "q quits")
	return toTop + strings.Join(lines, clearLine+"\r\n") + clearLine + clearBelow
}
