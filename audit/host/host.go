// Package host reads how a machine is set up, what listens and what is installed. It
// changes nothing, and says what it may not read.
package host

import (
	"context"

	"pavise"
	"pavise/audit/config"
	"pavise/audit/tree"
)

// Read reads the host whose root is the folder: "/" is this one.
func Read(ctx context.Context, root string) (*pavise.Machine, error) {
	t, err := tree.OpenHost(ctx, root)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	m := &pavise.Machine{Root: root}
	config.Read(ctx, t, m)
	m.Unread = append(m.Unread, t.Unread()...)
	return m, nil
}
