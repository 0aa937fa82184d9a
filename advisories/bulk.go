package advisories

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"pavise"
	"pavise/internal/versions"
)

// Bounds of asking a registry.
const (
	bulkPackages = 1000 // that are asked about at once
	maxAnswer    = 64 << 20
)

// bulkAdvisory is one advisory of npm's bulk endpoint. It does not say which version
// mends it.
type bulkAdvisory struct {
	ID       any    `json:"id"`
	URL      string `json:"url"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
	Versions string `json:"vulnerable_versions"`
	CWE      words  `json:"cwe"`
	CVSS     struct {
		Vector string `json:"vectorString"`
	} `json:"cvss"`
}

// AskRegistry asks a registry of npm what it knows against versions of packages, by
// name, and answers with it from then on: POST /-/npm/v1/security/advisories/bulk. What
// the registry is told is these names and versions.
func (l *Library) AskRegistry(ctx context.Context, f Fetcher, registry string, packages map[string][]string) error {
	address := strings.TrimRight(registry, "/") + "/-/npm/v1/security/advisories/bulk"
	if err := trusted(address); err != nil {
		return err
	}
	client := f.client()
	defer client.CloseIdleConnections()
	heard := map[string]answered{}
	source := Source{Name: "registry " + registryName(registry), Address: address, Covers: []string{pavise.NPM}, Dated: time.Now().UTC().Truncate(time.Second)}
	for names := range slices.Chunk(slices.Sorted(maps.Keys(packages)), bulkPackages) {
		ask := map[string][]string{}
		for _, name := range names {
			ask[name] = packages[name]
		}
		answer, err := f.bulk(ctx, client, address, ask)
		if err != nil {
			return fmt.Errorf("%s: %w", address, err)
		}
		for _, name := range names {
			a := answered{source: source}
			for _, one := range answer[name] {
				e, err := one.entry(name)
				if err != nil {
					return fmt.Errorf("%s: %s: %w", address, name, err)
				}
				a.entries = append(a.entries, e)
			}
			heard[pavise.NPM+"\x00"+name] = a
		}
	}
	if l.asked == nil {
		l.asked = map[string]answered{}
	}
	maps.Copy(l.asked, heard)
	return nil
}

// registryName is the host: what else stands in the address may be a secret.
func registryName(registry string) string {
	if u, err := url.Parse(registry); err == nil {
		return u.Host
	}
	return "?"
}

// bulk asks once.
func (f Fetcher) bulk(ctx context.Context, client *http.Client, address string, ask map[string][]string) (map[string][]bulkAdvisory, error) {
	raw, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	zipped := gzip.NewWriter(&body)
	zipped.Write(raw) // into memory: cannot fail
	zipped.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, &body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", f.Agent)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Content-Encoding", "gzip")
	req.Header.Set("Accept", "application/json")
	if f.Authorization != "" {
		req.Header.Set("Authorization", f.Authorization)
	}
	res, err := client.Do(req)
	if err != nil {
		if wrapped := new(url.Error); errors.As(err, &wrapped) {
			err = wrapped.Err // the address is said once
		}
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the registry does not answer what it knows against versions", res.Status)
	}
	data, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(data) > maxAnswer:
		return nil, fmt.Errorf("the answer is longer than %d MB", maxAnswer>>20)
	}
	answer := map[string][]bulkAdvisory{}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fault("the answer", data, offset(err), "", err)
	}
	return answer, nil
}

// entry is an advisory as what is known of a package.
func (b bulkAdvisory) entry(name string) (Entry, error) {
	spans, err := vulnerable(b.Versions)
	if err != nil {
		return Entry{}, fmt.Errorf("vulnerable_versions: %w", err)
	}
	n := &pavise.Notice{ID: path.Base(b.URL), Title: clip(b.Title), Source: clip(b.URL), Severity: severities[strings.ToLower(b.Severity)], CVSS: clip(b.CVSS.Vector), CWE: b.CWE}
	if !strings.HasPrefix(n.ID, "GHSA-") {
		n.ID = clip(fmt.Sprint("npm-", b.ID))
	}
	if _, err := pavise.ParseCVSS(n.CVSS); err != nil {
		n.CVSS = "" // the registry writes null where there is none
	}
	return Entry{Ecosystem: pavise.NPM, Name: name, Spans: spans, Notice: n}, nil
}

// vulnerable reads the versions that an advisory is about: ">=4.0.0 <4.5.0 || <3.11.0".
// From which version on, not including it, no span says: it begins with that one.
func vulnerable(text string) ([]Span, error) {
	system, _ := versions.Of(pavise.NPM)
	var list []Span
	for alternative := range strings.SplitSeq(text, "||") {
		s, any := Span{}, false
		for _, word := range strings.Fields(comparators.Replace(alternative)) {
			op := word[:len(word)-len(strings.TrimLeft(word, "<>="))]
			version := word[len(op):]
			if version != "*" && !system.Valid(version) {
				return nil, fmt.Errorf("%q is no range such as >=4.0.0 <4.5.0", clip(text))
			}
			switch any = true; {
			case version == "*":
			case op == ">=" || op == ">":
				s.From = version
			case op == "<":
				s.Below = version
			case op == "<=":
				s.Last = version
			default:
				s.From, s.Last = version, version
			}
		}
		if !any {
			return nil, fmt.Errorf("%q is no range such as >=4.0.0 <4.5.0", clip(text))
		}
		list = append(list, s)
	}
	return list, nil
}

// comparators puts each operator beside its version, and no comma between them.
var comparators = strings.NewReplacer(",", " ", ">= ", ">=", "<= ", "<=", "> ", ">", "< ", "<", "= ", "=")

// client is one that follows only to where it may trust.
func (f Fetcher) client() *http.Client {
	return &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: f.Roots, ResponseHeaderTimeout: headerTime, ForceAttemptHTTP2: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 5 {
				return errors.New("it leads on and on")
			}
			return trusted(r.URL.String())
		},
	}
}
