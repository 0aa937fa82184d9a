// Shop is a small shop that stands behind every control of Pavise that a Go program
// can have. Its README says what is where.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8443", "`address` of the shop")
	clear := flag.String("http", "127.0.0.1:8080", "`address` in the clear, which leads to the other")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *listen, *clear, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "shop: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, listen, clear string, out io.Writer) error {
	server, err := start(listen, clear, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	ca, err := server.authority.save()
	if err != nil {
		return err
	}
	defer os.Remove(ca)
	fmt.Fprintf(out, "The shop is open at %s\n\n", server.url())
	for _, p := range demonstration {
		fmt.Fprintf(out, "  %-4s %-24s %s\n", p.ID, p.Password, p.Name)
	}
	fmt.Fprintf(out, "\nLook at it as two of them (end the shop with Ctrl-C):\n\n  go run ./cmd/pavise scan %s --ca %s \\\n"+
		"    --active --agreed \"me, on my own machine\" --as examples/shop/ann.yaml --as examples/shop/ben.yaml\n\n", server.url(), ca)
	<-ctx.Done()
	return server.stop()
}
