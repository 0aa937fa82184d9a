// Package relay is mail that leaves the machine: pavise mail, and what stands in for sendmail.
package relay

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/admin"
	"pavise/mail"
	"pavise/mail/letter"
	"pavise/mail/postmark"
	"pavise/mail/queue"
	"pavise/mail/smarthost"
	"pavise/site"
)

// Command is pavise mail.
func Command() *cobra.Command {
	group := &cobra.Command{
		Use:   "mail",
		Short: "Send the mail of this machine's programs",
		Long: "Mail is a relay for the programs of this machine: it takes their messages on loopback alone, keeps each on\n" +
			"disk before it says that it has it, and sends it by Postmark or another mail server until that has taken it.\n" +
			"The section mail: of pavise.yaml says by whom. Port 25 of the machine shows nothing to others.",
		Example: "  pavise mail serve --config /etc/pavise/pavise.yaml\n  pavise mail test --to jane@example.com\n  pavise mail queue",
	}
	group.AddCommand(serveCommand(), testCommand(), queueCommand(), showCommand(), retryCommand(), dropCommand())
	return group
}

// installedFile is the file that mail commands read where none is named.
const installedFile = "/etc/pavise/pavise.yaml"

// flags say which relay is meant.
type flags struct{ config string }

func (f *flags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.config, "config", "", "`FILE` with the section mail: (default pavise.yaml here, or "+installedFile+")")
}

// section reads what the file says of mail.
func (f flags) section() (*site.Mail, error) {
	file := f.config
	if file == "" {
		if file = cli.ConfigFile; !cli.Exists(file) {
			file = installedFile
		}
	}
	m, err := site.LoadMail(file)
	switch {
	case errors.Is(err, site.ErrNoMail):
		return nil, cli.Usage("mail: {postmark: /etc/pavise/postmark.token} in "+file, "%s: %w", file, err)
	case errors.Is(err, fs.ErrNotExist):
		return nil, cli.Usage("--config FILE", "there is no configuration %s", file)
	case err != nil:
		return nil, cli.Usage("pavise check "+file, "%w", err)
	}
	if len(m.Listen) == 0 {
		m.Listen = []string{site.MailListen, "[::1]:25"}
	}
	m.Queue = cmp.Or(m.Queue, site.MailQueue)
	return m, nil
}

// relayOf is the relay that the section means.
func relayOf(m *site.Mail) (mail.Config, error) {
	c := mail.Config{Listen: m.Listen, Queue: m.Queue, Maker: makerOf(m), Local: m.Local,
		ReturnPath: m.ReturnPath, SenderDomains: m.SenderDomains, MaxSize: int64(m.MaxSize), MaxRecipients: m.MaxRecipients,
		PerHour: m.PerHour, Bounds: queue.Bounds{Messages: m.MaxQueued}, GiveUp: m.GiveUp}
	var err error
	c.Next, err = nextOf(m)
	return c, err
}

// makerOf takes the domains that the section names for those where people get mail.
func makerOf(m *site.Mail) letter.Maker {
	domains := slices.Clone(m.SenderDomains)
	for _, address := range []string{m.Local, m.ReturnPath} {
		_, domain := letter.Split(address)
		domains = append(domains, domain)
	}
	return letter.Maker{Host: hostName(m), Sender: m.Sender, Domains: domains}
}

func hostName(m *site.Mail) string {
	own, _ := os.Hostname()
	return cmp.Or(m.Host, own, "localhost")
}

// nextOf is the server that mail goes to.
func nextOf(m *site.Mail) (mail.Next, error) {
	if file := m.Postmark.TokenFile; file != "" {
		roots, err := rootsOf(m.Postmark.CA)
		if err != nil {
			return nil, err
		}
		if _, err := secretLine(file); err != nil {
			return nil, err
		}
		return postmark.New(cmp.Or(m.Postmark.URL, postmark.Endpoint), m.Postmark.Stream, func() (string, error) { return secretLine(file) }, roots), nil
	}
	s := m.SmartHost
	roots, err := rootsOf(s.CA)
	if err != nil {
		return nil, err
	}
	if s.User != "" {
		if _, err := secretLine(s.PasswordFile); err != nil {
			return nil, err
		}
	}
	_, port, _ := net.SplitHostPort(s.Address)
	return &smarthost.Host{Addr: s.Address, Implicit: s.TLS == "implicit" || s.TLS == "" && port == "465", TLS: roots, Hello: hostName(m),
		User: s.User, Password: func() (string, error) { return secretLine(s.PasswordFile) }}, nil
}

// rootsOf reads whom a server's certificate may come from; nil are the system's.
func rootsOf(file string) (*tls.Config, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, cli.Usage("ca: names a PEM file", "%w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, cli.Usage("ca: names a PEM file", "%s has no certificate in it", file)
	}
	return &tls.Config{RootCAs: pool}, nil
}

// secretLine reads the first line of a file, which nobody else may read.
func secretLine(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", cli.Usage("write the secret into it, mode 600, and give it to the account that pavise mail runs as", "%w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&0o007 != 0 {
		return "", cli.Usage("chmod 600 "+file, "everybody may read %s", file)
	}
	line, err := bufio.NewReader(io.LimitReader(f, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", cli.Usage("write the secret into its first line", "the first line of %s is empty", file)
	}
	return line, nil
}

func serveCommand() *cobra.Command {
	var f flags
	var format string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the relay",
		Long: "Serve runs the relay until it is told to stop. It listens on loopback alone and can be told nothing else.\n" +
			"What it has taken is on disk, and is sent by the next start if this one ends before.",
		Example: "  pavise mail serve\n  pavise mail serve --config /etc/pavise/pavise.yaml --log-format json",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			log, say, err := cli.NewVoice(c.ErrOrStderr(), format)
			if err != nil {
				return err
			}
			return serve(c.Context(), f, log, say)
		},
	}
	f.add(c)
	c.Flags().StringVar(&format, "log-format", "text", "`FORMAT` of the log: text or json")
	c.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions([]string{"text", "json"}, cobra.ShellCompDirectiveNoFileComp))
	return c
}

func serve(ctx context.Context, f flags, log *slog.Logger, say cli.Say) error {
	m, err := f.section()
	if err != nil {
		return err
	}
	config, err := relayOf(m)
	if err != nil {
		return err
	}
	config.Log = log
	relay, err := mail.Start(config)
	if err != nil {
		return trouble(err, config)
	}
	closed, err := admin.Serve(config.Queue, relaysQuestions(relay))
	if err != nil {
		say("warning: pavise mail retry and drop will find nobody: %v", err)
	} else {
		defer closed()
	}
	defer tellNumbers(relay, m.Metrics, say)()
	say("mail is taken at %s, kept in %s and sent by %s", strings.Join(relay.Addresses(), " and "), config.Queue, config.Next.Name())
	<-ctx.Done()
	say("stopping: what is not sent stays in the queue")
	until, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	return relay.Stop(until)
}

// grace is how long messages that are being sent may take when the relay stops.
const grace = 30 * time.Second

// trouble says what to do about a relay that cannot start.
func trouble(err error, c mail.Config) error {
	hint := ""
	switch {
	case errors.Is(err, queue.ErrLocked):
		hint = "a relay runs already: pavise mail queue"
	case errors.Is(err, queue.ErrOwner):
		hint = "run it as the account that owns " + c.Queue
	case errors.Is(err, fs.ErrPermission) && strings.Contains(err.Error(), "bind"):
		hint = "a port below 1024 needs a right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit, or listen: [127.0.0.1:2525]"
	case errors.Is(err, fs.ErrPermission):
		hint = "give " + c.Queue + " to the account that the relay runs as"
	case strings.Contains(err.Error(), "address already in use"):
		hint = "another mail server is there: systemctl disable --now postfix"
	}
	return cli.Failed(hint, "mail: %w", err)
}

func testCommand() *cobra.Command {
	var f flags
	var to, from string
	c := &cobra.Command{
		Use:   "test --to ADDRESS",
		Short: "Send one message, and say what became of it",
		Long: "Test sends a message to the next server itself, past the queue, and says what that server answered.\n" +
			"It exits with 1 where it was not taken.",
		Example: "  pavise mail test --to jane@example.com\n  pavise mail test --to jane@example.com --from shop@example.com",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			m, err := f.section()
			if err != nil {
				return err
			}
			from = cmp.Or(from, m.Sender)
			for flag, address := range map[string]string{"--to": to, "--from": from} {
				if letter.CheckAddress(address) != nil {
					return cli.Usage("pavise mail test --to jane@example.com --from shop@example.com", "%s: want a mail address, got %q", flag, address)
				}
			}
			return testMail(c, m, from, to)
		},
	}
	f.add(c)
	c.Flags().StringVar(&to, "to", "", "`ADDRESS` to send to")
	c.Flags().StringVar(&from, "from", "", "`ADDRESS` to send from (default the sender of the section)")
	return c
}

func testMail(c *cobra.Command, m *site.Mail, from, to string) error {
	next, err := nextOf(m)
	if err != nil {
		return err
	}
	h := letter.Header{{Name: "From", Body: " " + from}, {Name: "To", Body: " " + to}, {Name: "Subject", Body: " A test of pavise mail"}}
	maker := makerOf(m)
	maker.Complete(&h, from, "from pavise mail test", time.Now())
	text := string(h.Bytes()) + "The relay of " + maker.Host + " can send mail.\r\n"
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	outcomes, err := next.Send(ctx, &letter.Letter{From: cmp.Or(m.ReturnPath, from), To: []string{to}, Size: int64(len(text)),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }})
	if err != nil {
		return cli.Failed("a message in the queue would wait, and be tried again for days", "%s: %w", next.Name(), err)
	}
	for _, o := range outcomes {
		fmt.Fprintf(c.OutOrStdout(), "%s: %s by %s: %s %s\n", o.To, o.Fate, next.Name(), o.Status, cli.Clean(o.Said))
		if o.Fate != letter.Delivered {
			return cli.Exit(cli.ExitFailed)
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "Message-ID: %s\n", h.Get("Message-ID"))
	return nil
}
