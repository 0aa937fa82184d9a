package mend

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

const goListTime = time.Minute

// GoList asks the go command, which knows the proxies and what is private, for the
// versions of a module.
func GoList(environ []string) func(context.Context, string) ([]Release, error) {
	var s shelf
	return func(ctx context.Context, name string) ([]Release, error) {
		return s.ask(name, func() ([]Release, error) { return goList(ctx, environ, name) })
	}
}

func goList(ctx context.Context, environ []string, name string) ([]Release, error) {
	if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, "@ ") {
		return nil, fmt.Errorf("%q is no module", name)
	}
	if name == standardLibrary {
		name = "toolchain" // Go itself, of which the library is a part
	}
	dir, err := os.MkdirTemp("", "pavise-go-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	t := tool{dir: dir, env: append(environ, "GO111MODULE=on", "GOFLAGS=-mod=mod", "GOWORK=off"), time: goListTime}
	out, err := t.run(ctx, "go", "list", "-m", "-versions", "-json", name+"@latest")
	if err != nil {
		return nil, err
	}
	var m struct{ Versions []string }
	if err := json.Unmarshal(out, &m); err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var list []Release
	for _, v := range m.Versions { // v1.2.0, and go1.25.3 of Go itself
		list = append(list, Release{Version: strings.TrimPrefix(strings.TrimPrefix(v, "go"), "v")})
	}
	return list, nil
}
