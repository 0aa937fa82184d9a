package main

import (
	"cmp"
	"errors"
	"path/filepath"
	"strings"

	"pavise/site"
	"pavise/store/redis"
)

// The kinds of a store, as pavise status names them.
const (
	inMemory = "memory"
	inFile   = "file"
	inRedis  = "redis"
)

// A place is where things are to be remembered.
type place struct {
	kind  string
	path  string // of a file; "" is the one in the state directory
	redis redis.Options
}

// storePlace reads where to remember things; no error shows a password.
func storePlace(s site.Store) (place, error) {
	scheme, rest, _ := strings.Cut(s.URL, ":")
	var at place
	switch scheme {
	case "":
		at.kind = inFile
	case inMemory:
		at.kind = inMemory
		if s.URL != inMemory {
			return at, errors.New("memory stands alone")
		}
	case "file":
		at = place{kind: inFile, path: strings.TrimPrefix(rest, "//")}
		if !filepath.IsAbs(at.path) {
			return at, errors.New("the path of a file must be absolute: file:///var/lib/pavise/store")
		}
	case "redis", "rediss", "valkey", "valkeys", "unix":
		return redisPlace(s)
	default:
		return at, errors.New("write memory, file:///PATH, redis://HOST:PORT, rediss://HOST:PORT or unix:///PATH")
	}
	if s.PasswordFile+s.CA+s.Cert+s.Prefix != "" {
		return at, errors.New("password-file, ca, cert and prefix are for Redis")
	}
	return at, nil
}

// redisPlace lays the other keys over what the URL says, and reads the files.
func redisPlace(s site.Store) (place, error) {
	o, err := redis.Parse(s.URL)
	if err != nil {
		return place{}, err
	}
	o.PasswordFile = cmp.Or(s.PasswordFile, o.PasswordFile)
	o.CA, o.Prefix = cmp.Or(s.CA, o.CA), cmp.Or(s.Prefix, o.Prefix)
	if s.Cert != "" {
		o.Certificate, o.Key = s.Cert, s.Key
	}
	opened, err := redis.Open(o) // connects to nobody
	if err != nil {
		return place{}, err
	}
	return place{kind: inRedis, redis: o}, opened.Close()
}

// masked is a URL without the password in it, for whoever reads along.
func masked(text string) string {
	scheme, rest, _ := strings.Cut(text, "://")
	at := strings.LastIndex(rest, "@")
	if at < 0 {
		return text
	}
	user, _, password := strings.Cut(rest[:at], ":")
	if !password {
		return text
	}
	return scheme + "://" + user + ":…" + rest[at:]
}
