package acme

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"

	"pavise"
)

// copied is the store that nodes share, and beside it a copy of what has been seen of
// it in the state directory: a node that finds the store away still has what it needs
// to serve.
type copied struct {
	*shared
	files *certmagic.FileStorage
	until atomic.Pointer[time.Time] // while it was just found away
}

// awayFor is how long the copy does without asking: each question of many hosts would
// wait for as long as the store is given.
const awayFor = 2 * time.Second

// worthACopy leaves out what is of use for a moment alone.
func worthACopy(name string) bool { return lifeOf(name) == fileLife }

// Store writes into the store, and then into the copy.
func (c *copied) Store(ctx context.Context, name string, value []byte) error {
	err := c.shared.Store(ctx, name, value)
	if err == nil && worthACopy(name) {
		c.copy(ctx, name, value)
	}
	return err
}

// Load reads from the store, or from the copy where the store is away.
func (c *copied) Load(ctx context.Context, name string) ([]byte, error) {
	if !worthACopy(name) {
		return c.shared.Load(ctx, name)
	}
	var value []byte
	err := missing("load", name, pavise.ErrAway)
	if until := c.until.Load(); until == nil || !c.now().Before(*until) {
		value, err = c.shared.Load(ctx, name)
	}
	switch {
	case err == nil:
		c.copy(ctx, name, value)
	case errors.Is(err, pavise.ErrAway):
		until := c.now().Add(awayFor)
		c.until.Store(&until)
		if own, unread := c.files.Load(ctx, name); unread == nil {
			return own, nil
		}
	}
	return value, err
}

// Delete deletes from both.
func (c *copied) Delete(ctx context.Context, name string) error {
	err := c.shared.Delete(ctx, name)
	if err == nil {
		err = c.files.Delete(ctx, name)
	}
	return err
}

// copy keeps a value in the state directory. Without it there is still the store.
func (c *copied) copy(ctx context.Context, name string, value []byte) {
	if own, err := c.files.Load(ctx, name); err == nil && bytes.Equal(own, value) {
		return
	}
	if err := c.files.Store(ctx, name, value); err != nil {
		c.log(slog.LevelWarn, "no copy of a certificate in the state directory", slog.String("error", err.Error()))
	}
}

// adopt gives the store the certificate of a host that lies in the state directory
// alone: from before there was a store, or from before it lost what it had. While
// another node asks for one it leaves it to that.
func (c *copied) adopt(ctx context.Context, issuer, host string) error {
	if _, err := readPair(ctx, c.files, issuer, host); err != nil {
		return err
	}
	name := "issue_cert_" + host // the library's own
	ours, err := c.TryLock(ctx, name)
	if err != nil || !ours {
		return err
	}
	defer c.Unlock(ctx, name)
	keys := certmagic.StorageKeys
	if c.shared.Exists(ctx, keys.SiteCert(issuer, host)) {
		return nil
	}
	for _, file := range []string{keys.SitePrivateKey(issuer, host), keys.SiteMeta(issuer, host), keys.SiteCert(issuer, host)} {
		if err := c.adoptFile(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

// adoptAccounts gives the store the accounts at an authority that it has none of.
func (c *copied) adoptAccounts(ctx context.Context, issuer string) error {
	dir := "acme/" + certmagic.StorageKeys.Safe(issuer) + "/users"
	own, err := c.files.List(ctx, dir, true)
	if err != nil {
		own = nil // there are none
	}
	const name = "adopt_accounts"
	if err := c.Lock(ctx, name); err != nil {
		return err
	}
	defer c.Unlock(ctx, name)
	kept, err := c.shared.List(ctx, dir, true)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, file := range own {
		folder := file[:strings.LastIndex(file, "/")+1]
		if strings.Contains(strings.Join(kept, "\n")+"\n", folder) {
			continue // of the account of the same address
		}
		if info, err := c.files.Stat(ctx, file); err != nil || !info.IsTerminal {
			continue
		}
		if err := c.adoptFile(ctx, file); err != nil {
			return err
		}
	}
	return nil
}

func (c *copied) adoptFile(ctx context.Context, name string) error {
	value, err := c.files.Load(ctx, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = c.shared.Store(ctx, name, value)
	}
	return err
}

// readPair reads the certificate of a host and its key, which must fit together.
func readPair(ctx context.Context, from certmagic.Storage, issuer, host string) (*tls.Certificate, error) {
	chain, err := from.Load(ctx, certmagic.StorageKeys.SiteCert(issuer, host))
	if err != nil {
		return nil, err
	}
	private, err := from.Load(ctx, certmagic.StorageKeys.SitePrivateKey(issuer, host))
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(chain, private)
	if err != nil {
		return nil, err
	}
	return &cert, cert.Leaf.VerifyHostname(host)
}
