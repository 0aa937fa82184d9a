package store

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"pavise"
	"pavise/store/redis"
)

// A place is where a store is.
type place struct {
	kind  string
	path  string // of a file
	redis redis.Options
}

// String tells where it is, and no password.
func (p place) String() string {
	switch p.kind {
	case InFile:
		return "the file " + p.path
	case InRedis:
		return p.redis.String()
	}
	return p.kind
}

// forms are the schemes and how they are written.
var forms = map[string]string{
	"memory": "memory", "file": "file:/path", "redis": "redis://host:port", "rediss": "rediss://host:port",
	"valkey": "valkey://host:port", "valkeys": "valkeys://host:port", "unix": "unix:///path/of/socket",
}

// Validate reports what is wrong, without opening anything but the files that are
// named. No error shows a password.
func (o Options) Validate() error {
	at, err := o.place()
	if err == nil {
		err = o.sealable(at)
	}
	if err != nil || at.kind != InRedis {
		return err
	}
	r, err := redis.Open(at.redis) // it connects to nobody
	if err != nil {
		return err
	}
	return r.Close()
}

func (o Options) place() (place, error) {
	scheme, rest, more := strings.Cut(o.URL, ":")
	var p place
	var err error
	switch scheme {
	case "redis", "rediss", "valkey", "valkeys", "unix":
		p, err = o.redis()
	case "", "memory":
		if p.kind = InMemory; more {
			err = errors.New("store: memory stands alone")
		}
	case "file":
		p.kind, p.path = InFile, strings.TrimPrefix(rest, "//")
		if !more {
			p.path, err = o.file()
		} else if !filepath.IsAbs(p.path) {
			err = fmt.Errorf("store: the path of a file must be absolute: file:/var/lib/pavise/store, not %.80q", p.path)
		}
	default:
		err = unknown(scheme)
	}
	if err != nil {
		return place{}, err
	}
	if p.kind != InRedis && o.PasswordFile+o.CA+o.Cert+o.Key+o.Prefix != "" {
		return place{}, fmt.Errorf("store: a password file, certificates and a prefix are for Redis, not for %s", p.kind)
	}
	return p, nil
}

const minSecret = 32

// sealable is why what lies there cannot be sealed, or nil.
func (o Options) sealable(p place) error {
	if p.kind != InMemory && len(o.Secret) < minSecret {
		return fmt.Errorf("store: a secret of at least %d bytes is needed to seal with, not %d", minSecret, len(o.Secret))
	}
	return nil
}

// Shared reports whether other nodes may use the store, too.
func (o Options) Shared() bool {
	at, err := o.place()
	return err == nil && at.kind == InRedis
}

// File is the path of the store that is a file, else "".
func (o Options) File() string {
	at, _ := o.place()
	return at.path
}

// Secrets are the files that are nobody else's to read: the store itself, else its
// passwords and key.
func (o Options) Secrets() []string {
	at, _ := o.place()
	return []string{at.path, at.redis.PasswordFile, at.redis.SentinelPasswordFile, at.redis.Key}
}

// unknown names the nearest right form. What follows the scheme may be a password.
func unknown(scheme string) error {
	all := "memory, file:/path, redis://host:port, rediss://host:port or unix:///path/of/socket"
	if strings.HasPrefix(scheme, "/") {
		return fmt.Errorf("store: %.80q has no scheme: for a file write file:%.80s", scheme, scheme)
	}
	var known []string
	for name := range forms {
		known = append(known, name)
	}
	if nearest := pavise.Nearest(scheme, known); nearest != "" {
		return fmt.Errorf("store: there is no kind %.20q: is it %s?", scheme, forms[nearest])
	}
	return fmt.Errorf("store: there is no kind %.20q: write %s", scheme, all)
}

// redis lays what was given beside the URL over what it says.
func (o Options) redis() (place, error) {
	r, err := redis.Parse(o.URL)
	if err != nil {
		return place{}, fmt.Errorf("store: %w", err)
	}
	r.PasswordFile, r.CA, r.Prefix = cmp.Or(o.PasswordFile, r.PasswordFile), cmp.Or(o.CA, r.CA), cmp.Or(o.Prefix, r.Prefix)
	if o.Cert+o.Key != "" {
		r.Certificate, r.Key = o.Cert, o.Key
	}
	if err := r.Validate(); err != nil {
		return place{}, fmt.Errorf("store: %w", err)
	}
	return place{kind: InRedis, redis: r}, nil
}
