package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"pavise"
	"pavise/catalog"
	"pavise/report"
	"pavise/scan"
)

type scanFlags struct {
	ca, config, cookie, format, output string
	evidence, saveEvidence             string
	insecure, verbose, http3           bool
	slow                               bool
	activeFlags
	accountFlags
	headers, resolve []string
	timeout          time.Duration
}

func scanCommand() *cobra.Command {
	var f scanFlags
	c := &cobra.Command{
		Use:   "scan URL",
		Short: "Look at a site as a scan vendor would, and prove each verdict",
		Long: "Scan asks a site for every kind of response it has and judges them by the rules of the catalogue.\n" +
			"It exits with 3 if a rule failed, with 1 if the verdict needs what could not be looked at\n" +
			"or it was interrupted, else with 0.",
		Example: "  pavise scan https://shop.example.com\n" +
			"  pavise scan https://localhost:8443 --ca ~/.local/state/pavise/authority.crt\n" +
			"  pavise scan https://shop.example.com --format html -o report.html",
		RunE: func(c *cobra.Command, args []string) error { return scanSite(c, f, args) },
	}
	flags := c.Flags()
	flags.StringVar(&f.ca, "ca", "", "trust the certificates in this PEM `FILE` too")
	flags.BoolVar(&f.insecure, "insecure", false, "do not judge whether the certificate is trusted")
	f.activeFlags.add(flags)
	f.accountFlags.add(flags)
	flags.StringVar(&f.config, "config", "", "judge by the settings in `FILE`, pavise.yaml")
	flags.StringArrayVar(&f.headers, "header", nil, "send `HEADER`, \"Name: value\", with every request")
	flags.StringVar(&f.cookie, "cookie", "", "send `COOKIE`, \"name=value; …\", with every request")
	flags.StringArrayVar(&f.resolve, "resolve", nil, "connect to another address: `HOST:PORT:ADDR`, where ADDR may bear a port too")
	flags.BoolVar(&f.http3, "http3", false, "ask over HTTP/3, and not HTTP/2 or HTTP/1.1")
	flags.StringVar(&f.format, "format", "text", "`FORMAT`: text, json or html")
	flags.StringVarP(&f.output, "output", "o", "", "write to `FILE`")
	flags.DurationVar(&f.timeout, "timeout", 30*time.Second, "of the whole scan, such as 30s")
	flags.BoolVar(&f.slow, "slow", false, "look at what only waiting shows, too: some 15 s")
	flags.StringVar(&f.evidence, "evidence", "", "judge the evidence saved in `FILE` again, and ask nobody")
	flags.StringVar(&f.saveEvidence, "save-evidence", "", "save what was learnt to `FILE`")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "list the rules that hold, too")
	c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	return c
}

var formats = []string{"text", "json", "html"}

func scanSite(c *cobra.Command, f scanFlags, args []string) error {
	if !slices.Contains(formats, f.format) {
		return usage("--format html -o report.html", "format must be text, json or html, not %q", f.format)
	}
	if err := errors.Join(writable("--output", f.output), writable("--save-evidence", f.saveEvidence)); err != nil {
		return err
	}
	e, effort, policy, err := evidenceFor(c, f, args)
	if err != nil {
		return err
	}
	interrupted := c.Context().Err() != nil
	if interrupted {
		fmt.Fprintln(c.ErrOrStderr(), "pavise: interrupted; what follows is incomplete")
	}
	if f.saveEvidence != "" {
		if err := saveEvidence(f.saveEvidence, e); err != nil {
			return err
		}
	}
	if why := silence(e); why != "" && f.format == "text" && !interrupted {
		return &advised{err: fmt.Errorf("nothing answers at %s: %s", e.Target.URL, why), code: exitFailed,
			hint: "does it run there? --resolve HOST:PORT:ADDR looks for it elsewhere, --timeout 2m waits longer"}
	}
	if len(args) == 1 && !strings.Contains(args[0], "://") && inTheClear(e) {
		return usage("pavise scan "+e.Target.Clear, "%s speaks plain http, and not https", args[0])
	}
	r := judge(e, policy, effort)
	if err := writeReport(c, f, r); err != nil {
		return err
	}
	switch {
	case interrupted:
		return exit(exitFailed)
	case r.Verdict == pavise.Pass:
		return nil
	case r.Verdict == pavise.Fail:
		return exit(exitFinding)
	}
	return exit(exitFailed)
}

// writable reports a file that cannot be written before a scan is lost to that. What
// is no file of a disk is not opened: that could end whoever reads it.
func writable(flag, name string) error {
	if name == "" {
		return nil
	}
	info, absent := os.Stat(name)
	if absent == nil && info.Mode()&(os.ModeNamedPipe|os.ModeDevice|os.ModeSocket) != 0 {
		return nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return usage(flag+" FILE, in a directory that is there and yours", "%s: %w", flag, err)
	}
	file.Close()
	if absent != nil {
		os.Remove(name)
	}
	return nil
}

// evidenceFor collects evidence, or reads what was collected.
func evidenceFor(c *cobra.Command, f scanFlags, args []string) (*pavise.Evidence, report.Effort, pavise.Policy, error) {
	var effort report.Effort
	if f.evidence != "" {
		if len(args) > 0 {
			return nil, effort, nil, usage("pavise scan --evidence "+f.evidence, "saved evidence knows its site: no URL goes with it")
		}
		e, err := loadEvidence(f.evidence)
		if err != nil {
			return nil, effort, nil, err
		}
		policy, err := policyFor(f.config, e.Target)
		return e, effort, policy, err
	}
	opt, err := scanOptions(f, args)
	if err != nil {
		return nil, effort, nil, err
	}
	policy, err := policyFor(f.config, opt.Target)
	if err != nil {
		return nil, effort, nil, err
	}
	done := progress(c, &opt)
	e, effort := collect(c.Context(), opt, policy)
	done()
	return e, effort, policy, nil
}

// silence is why nothing at all was learnt; "" if something was.
func silence(e *pavise.Evidence) string {
	for _, a := range e.Answers {
		if a.Error == "" {
			return ""
		}
	}
	return e.Answers[0].Error
}

// inTheClear reports whether plain http answered at the very port where https was
// asked for.
func inTheClear(e *pavise.Evidence) bool {
	home := e.Answer(e.Target.Home())
	return strings.HasSuffix(e.Target.Clear, "//"+e.Target.TLS) && home != nil && strings.Contains(home.Error, "first record does not look like a TLS handshake")
}

// collect looks at the site and says what that took.
func collect(ctx context.Context, opt scan.Options, policy pavise.Policy) (*pavise.Evidence, report.Effort) {
	began := time.Now()
	opt.Agent = "Mozilla/5.0 (compatible; pavise/" + version + ")"
	e := scan.Collect(ctx, opt, policy.Controls())
	return e, report.Effort{Elapsed: time.Since(began), Requests: len(e.Answers), Connections: e.Connections}
}

// judge makes the report of one look: by the policy's settings, whether or not
// a control is weakened in front of the site.
func judge(e *pavise.Evidence, policy pavise.Policy, effort report.Effort) *report.Report {
	controls := policy.Controls()
	return report.New(report.Input{
		Tool: tool(), Target: e.Target.URL, Started: e.Taken, Effort: effort,
		Controls: controls, Findings: pavise.Judge(controls, e),
		Enforced: func(id string) bool { return policy.Enforced(id, e.Taken) },
	})
}

// policyFor returns the policy of the site in the file, else the recommended.
func policyFor(config string, t pavise.Target) (pavise.Policy, error) {
	if config == "" {
		return pavise.Recommend(catalog.Controls()), nil
	}
	file, err := loadFile(config)
	if err != nil {
		return nil, err
	}
	var hosts []string
	for _, s := range file.Sites {
		if slices.Contains(s.Hosts, t.Host()) {
			return s.Policy, nil
		}
		hosts = append(hosts, s.Hosts...)
	}
	return nil, usage("", "%s has no site %s; it has %s", config, t.Host(), strings.Join(hosts, ", "))
}

func scanOptions(f scanFlags, args []string) (scan.Options, error) {
	opt := scan.Options{Cookie: f.cookie, Timeout: f.timeout, HTTP3: f.http3}
	if len(args) != 1 {
		return opt, usage("pavise scan https://shop.example.com", "scan takes one URL, not %d", len(args))
	}
	if f.timeout <= 0 {
		return opt, usage("--timeout 30s", "--timeout must be more than nothing, not %s", f.timeout)
	}
	var err error
	if opt.Target, err = scan.ParseTarget(args[0]); err != nil {
		return opt, usage("pavise scan https://shop.example.com", "%w", err)
	}
	opt.Target.Untrusted, opt.Target.Patient = f.insecure, f.slow
	if err := f.activeFlags.into(&opt); err != nil {
		return opt, err
	}
	if err := f.accountFlags.into(&opt); err != nil {
		return opt, err
	}
	if f.cookie != "" && !strings.Contains(f.cookie, "=") {
		return opt, usage(`--cookie "name=value; …"`, "--cookie takes \"name=value\"")
	}
	if opt.Resolve, err = parseResolve(f.resolve); err != nil {
		return opt, err
	}
	if opt.Header, err = parseHeaders(f.headers); err != nil {
		return opt, err
	}
	if f.ca != "" {
		opt.Roots, err = rootsWith(f.ca)
	}
	return opt, err
}

func parseResolve(lines []string) (map[string]string, error) {
	resolve := map[string]string{}
	for _, line := range lines {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
			return nil, usage("--resolve shop.example.com:443:127.0.0.1", "--resolve takes HOST:PORT:ADDR, not %q", line)
		}
		resolve[strings.ToLower(parts[0])+":"+parts[1]] = parts[2]
	}
	return resolve, nil
}

func parseHeaders(lines []string) (http.Header, error) {
	h := http.Header{}
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(name) == "" {
			return nil, usage(`--header "Authorization: Basic …"`, "--header takes \"Name: value\"")
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}

func rootsWith(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("", "--ca: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(data) {
		return nil, usage("", "--ca %s: no PEM certificate in it", file)
	}
	return roots, nil
}

// progress shows on a terminal how far the scan is; done wipes it away.
func progress(c *cobra.Command, opt *scan.Options) (done func()) {
	out, ok := c.ErrOrStderr().(*os.File)
	if !ok || !term.IsTerminal(int(out.Fd())) {
		return func() {}
	}
	opt.Progress = func(done, wanted int) {
		fmt.Fprintf(out, "\r\x1b[Kpavise: looking at %s: %d of %d", opt.Target.Host(), done, wanted)
	}
	return func() { fmt.Fprint(out, "\r\x1b[K") }
}

func writeReport(c *cobra.Command, f scanFlags, r *report.Report) error {
	out := c.OutOrStdout()
	var file *os.File
	if f.output != "" {
		var err error
		if file, err = os.Create(f.output); err != nil {
			return err
		}
		defer file.Close()
		out = file
	}
	var err error
	switch f.format {
	case "json":
		err = r.JSON(out)
	case "html":
		err = r.HTML(out)
	default:
		opt := textOptions(out)
		opt.Verbose = f.verbose
		err = r.Text(out, opt)
	}
	if err != nil || file == nil {
		return err
	}
	fmt.Fprintf(c.ErrOrStderr(), "pavise: %s: grade %s, written to %s\n", r.Verdict, r.Grade, f.output)
	return file.Close()
}

// textOptions suits the text to where it goes (https://no-color.org).
func textOptions(w io.Writer) report.TextOptions {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return report.TextOptions{}
	}
	width, _, _ := term.GetSize(int(file.Fd()))
	return report.TextOptions{Width: min(width, 120), Color: os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func saveEvidence(file string, e *pavise.Evidence) error {
	data, err := json.MarshalIndent(e, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o600) // it may hold cookies
}

func loadEvidence(file string) (*pavise.Evidence, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, usage("", "--evidence: %w", err)
	}
	e := new(pavise.Evidence)
	err = json.Unmarshal(data, e)
	var mismatch *json.UnmarshalTypeError // of another schema, perhaps
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return nil, usage("pavise scan URL --save-evidence FILE", "--evidence %s is no saved evidence", file)
	}
	if err == nil || errors.As(err, &mismatch) && e.Schema != pavise.EvidenceSchema {
		err = e.Validate()
	}
	if err != nil {
		return nil, usage("pavise scan URL --save-evidence FILE", "--evidence %s: %w", file, err)
	}
	return e, nil
}
