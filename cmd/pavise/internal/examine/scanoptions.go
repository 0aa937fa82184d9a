package examine

import (
	"crypto/x509"
	"net/http"
	"strings"
	"time"

	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
)

// options are what all sites of a run are looked at with. Their targets name no site
// yet.
func (f scanFlags) options() (scan.Options, error) {
	return optionsOf(f.timeout, f.siteFlags.into, f.activeFlags.into, f.accountFlags.into, f.Flags.Into, f.boundFlags.into, f.networkFlags.into)
}

// optionsOf has each group of flags say its part.
func optionsOf(timeout time.Duration, groups ...func(*scan.Options) error) (scan.Options, error) {
	opt := scan.Options{Timeout: timeout}
	if timeout <= 0 {
		return opt, cli.Usage("--timeout 30s", "--timeout must be more than nothing, not %s", timeout)
	}
	for _, into := range groups {
		if err := into(&opt); err != nil {
			return opt, err
		}
	}
	return opt, nil
}

func (f siteFlags) into(opt *scan.Options) (err error) {
	opt.Cookie, opt.HTTP3 = f.cookie, f.http3
	opt.Target.Untrusted, opt.Target.Patient = f.insecure, f.slow
	if f.cookie != "" && !strings.Contains(f.cookie, "=") {
		return cli.Usage(`--cookie "name=value; …"`, "--cookie takes \"name=value\"")
	}
	if opt.Resolve, err = parseResolve(f.resolve); err != nil {
		return err
	}
	if opt.Header, err = parseHeaders(f.headers); err != nil {
		return err
	}
	if f.ca != "" {
		opt.Roots, err = rootsWith(f.ca)
	}
	return err
}

func parseResolve(lines []string) (map[string]string, error) {
	resolve := map[string]string{}
	for _, line := range lines {
		parts := strings.SplitN(line, ":", 3)
		if len(parts) != 3 || parts[0] == "" || parts[1] == "" || parts[2] == "" {
			return nil, cli.Usage("--resolve shop.example.com:443:127.0.0.1", "--resolve takes HOST:PORT:ADDR, not %q", line)
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
			return nil, cli.Usage(`--header "Authorization: Basic …"`, "--header takes \"Name: value\"")
		}
		h.Add(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return h, nil
}

func rootsWith(file string) (*x509.CertPool, error) {
	data, err := cli.ReadBounded(file)
	if err != nil {
		return nil, cli.Usage("", "--ca: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(data) {
		return nil, cli.Usage("", "--ca %s: no PEM certificate in it", file)
	}
	return roots, nil
}
