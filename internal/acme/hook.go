package acme

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"slices"
	"strings"
	"time"

	acmeproto "github.com/mholt/acmez/v3/acme"

	"pavise"
)

const (
	hookTime = time.Minute // what a program of the operator may take
	hookSays = 4 << 10     // and say
)

// runHook runs a program, not through a shell, in the environment that Pavise has.
func runHook(ctx context.Context, program string, args ...string) (said string, err error) {
	ctx, leave := context.WithTimeout(ctx, hookTime)
	defer leave()
	var out bounded
	c := exec.CommandContext(ctx, program, args...)
	c.Stdout, c.Stderr = &out, &out
	c.WaitDelay = time.Second // its children may hold the output open
	if err = c.Run(); ctx.Err() != nil {
		err = fmt.Errorf("it took more than %s", hookTime)
	}
	return strings.TrimSpace(out.kept.String()), err
}

// bounded keeps the beginning of what is written.
type bounded struct{ kept bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	b.kept.Write(p[:min(len(p), hookSays-b.kept.Len())])
	return len(p), nil
}

func logHook(cfg *Config, program, said string, err error) {
	level, attrs := slog.LevelInfo, []slog.Attr{slog.String("program", program)}
	if err != nil {
		level, attrs = slog.LevelError, append(attrs, slog.String("error", err.Error()))
	}
	if said != "" {
		attrs = append(attrs, slog.String("said", pavise.Clip(said, 500)))
	}
	cfg.Log(level, "hook ran", attrs...)
}

// dnsHook solves dns-01 by a program: present DOMAIN NAME VALUE sets a TXT record,
// cleanup DOMAIN NAME VALUE removes it.
type dnsHook struct{ cfg *Config }

// A hookError is a dns-hook that failed.
type hookError struct {
	verb string
	err  error
}

func (e *hookError) Error() string { return "dns-hook " + e.verb + ": " + e.err.Error() }

func (d *dnsHook) call(ctx context.Context, verb string, c acmeproto.Challenge) error {
	said, err := runHook(ctx, d.cfg.DNSHook, verb, c.Identifier.Value, c.DNS01TXTRecordName(), c.DNS01KeyAuthorization())
	logHook(d.cfg, d.cfg.DNSHook, said, err)
	if err != nil {
		return &hookError{verb, err}
	}
	return nil
}

// Present sets the record.
func (d *dnsHook) Present(ctx context.Context, c acmeproto.Challenge) error {
	return d.call(ctx, "present", c)
}

// CleanUp removes it.
func (d *dnsHook) CleanUp(ctx context.Context, c acmeproto.Challenge) error {
	return d.call(context.WithoutCancel(ctx), "cleanup", c)
}

// spread is how long a record may take until every resolver knows it.
const spread = 2 * time.Minute

// An unseenError is a record that did not spread.
type unseenError struct{ name, resolver string }

func (e *unseenError) Error() string {
	return fmt.Sprintf("the TXT record %s was not seen by %s within %s", e.name, e.resolver, spread)
}

// Wait returns when every resolver knows the record: an authority that asks too
// early counts a failure.
func (d *dnsHook) Wait(ctx context.Context, c acmeproto.Challenge) error {
	ctx, leave := context.WithTimeout(ctx, spread)
	defer leave()
	resolvers := d.cfg.Resolvers
	if len(resolvers) == 0 {
		resolvers = []string{""}
	}
	for _, at := range resolvers {
		if err := seen(ctx, at, c.DNS01TXTRecordName(), c.DNS01KeyAuthorization()); err != nil {
			return err
		}
	}
	return nil
}

func seen(ctx context.Context, at, name, value string) error {
	r := net.DefaultResolver
	if at != "" {
		r = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, at)
		}}
	} else {
		at = "the system's resolver"
	}
	for {
		texts, _ := r.LookupTXT(ctx, name+".")
		if slices.Contains(texts, value) {
			return nil
		}
		select {
		case <-ctx.Done():
			return &unseenError{name, at}
		case <-time.After(2 * time.Second):
		}
	}
}
