package mend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pavise"
	"pavise/internal/versions"
)

var (
	errOffline = errors.New("no registry is asked")
	errTooMany = fmt.Errorf("more than %d packages would have to be asked for", MaxAsked)
)

// Bounds of an answer of a registry.
const (
	MaxPackument  = 96 << 20
	packumentTime = 30 * time.Second
)

// NPM asks the registries that the settings name, by GET alone.
func NPM(client *http.Client, settings NPMRC) func(context.Context, string) ([]Release, error) {
	var s shelf
	return func(ctx context.Context, name string) ([]Release, error) {
		return s.ask(name, func() ([]Release, error) { return packument(ctx, client, settings, name) })
	}
}

// packument reads what a registry knows of a package.
func packument(ctx context.Context, client *http.Client, settings NPMRC, name string) ([]Release, error) {
	if name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, " \\?#%") || strings.Count(name, "/") > 1 {
		return nil, fmt.Errorf("%q is no name of a package", name)
	}
	registry := settings.Registry(name)
	address := strings.TrimSuffix(registry, "/") + "/" + strings.ReplaceAll(url.PathEscape(name), "%40", "@")
	ctx, cancel := context.WithTimeout(ctx, packumentTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	if auth := settings.Authorization(address); auth != "" {
		req.Header.Set("Authorization", auth)
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the registry: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the registry: %s is answered %d", address, res.StatusCode)
	}
	return readPackument(&bounded{res.Body, MaxPackument})
}

// bounded fails where there is more.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the registry: an answer is longer than %d MB", MaxPackument>>20)
	}
	return n, err
}

func readPackument(from io.Reader) ([]Release, error) {
	var doc struct {
		Tags     map[string]string    `json:"dist-tags"`
		Time     map[string]time.Time `json:"time"`
		Versions map[string]struct {
			Dependencies map[string]string `json:"dependencies"`
			Optional     map[string]string `json:"optionalDependencies"`
			Deprecated   any               `json:"deprecated"`
		} `json:"versions"`
	}
	if err := json.NewDecoder(from).Decode(&doc); err != nil {
		return nil, fmt.Errorf("the registry: %w", err)
	}
	npm, _ := versions.Of(pavise.NPM)
	latest := doc.Tags["latest"]
	var list []Release
	for v, d := range doc.Versions {
		if latest != "" && npm.Compare(v, latest) > 0 && npm.Major(v) != npm.Major(latest) {
			continue // a major that its author does not yet hand out
		}
		r := Release{Version: v, Published: doc.Time[v], Needs: maps.Clone(d.Dependencies)}
		for name, within := range d.Optional {
			if r.Needs == nil {
				r.Needs = map[string]string{}
			}
			r.Needs[name] = within
		}
		if why, ok := d.Deprecated.(string); ok {
			r.Ended = why
		}
		list = append(list, r)
	}
	return list, nil
}
