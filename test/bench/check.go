package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

// check asks a front for the page, over every protocol that it speaks, and holds the
// answer to what the front promises.
func (r *rig) check(ctx context.Context, f front, s *server) error {
	t := r.target(s, page)
	if f.http2 {
		c, err := t.dial(ctx, "h2")
		if err != nil {
			return err
		}
		c.close()
	}
	got, err := t.fetch(ctx)
	if err != nil {
		return err
	}
	if f.dressed {
		for _, h := range r.headers {
			if !slices.Contains(got.Values(h.Name), h.Value) {
				return fmt.Errorf("does not send %s: %s, but %q", h.Name, h.Value, got.Values(h.Name))
			}
		}
	}
	for _, name := range f.headers {
		if got.Get(name) == "" {
			return fmt.Errorf("does not send %s", name)
		}
	}
	return nil
}

// fetch returns the headers of the page, if that is what comes.
func (t target) fetch(ctx context.Context) (http.Header, error) {
	c, err := t.dial(ctx, "http/1.1")
	if err != nil {
		return nil, err
	}
	defer c.close()
	if err := c.send(); err != nil {
		return nil, err
	}
	answer, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK || string(body) != pageText {
		return nil, fmt.Errorf("answers %s and %d bytes instead of the page", answer.Status, len(body))
	}
	return answer.Header, nil
}

// learnHeaders asks Pavise which headers it sends that the app does not: the other
// servers are to send the same.
func (r *rig) learnHeaders(ctx context.Context) error {
	app, err := http.Get("http://" + r.origin + page)
	if err != nil {
		return err
	}
	app.Body.Close()
	s, err := r.start(ctx, pavise)
	if err != nil {
		return err
	}
	defer s.process.stop()
	dressed, err := r.target(s, page).fetch(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(dressed)) {
		if app.Header.Values(name) != nil {
			continue
		}
		for _, v := range dressed.Values(name) {
			r.headers = append(r.headers, header{name, v})
		}
	}
	return nil
}
