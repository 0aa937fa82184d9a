package redis

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pavise"
)

// Parse reads options from a URL:
//
//	redis://[user[:password]@]host[:port][,host[:port]…][/database][?option=value&…]
//	rediss://…  the same over TLS
//	unix:///path/of/socket[?option=value&…]
//
// The options are sentinel (the name of the primary), cluster (true), prefix, timeout,
// password-file, ca, cert, key, server-name, sentinel-user, sentinel-password-file and,
// for a socket, user and database. No error shows what stands before the @.
func Parse(text string) (Options, error) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found {
		return Options{}, errors.New("redis: it must begin with redis://, rediss:// or unix://")
	}
	rest, query, _ := strings.Cut(rest, "?")
	options, err := url.ParseQuery(query)
	if err != nil {
		return Options{}, errors.New("redis: what follows the question mark is no list of options")
	}
	var o Options
	switch scheme {
	case "redis", "rediss", "valkey", "valkeys":
		o.TLS = scheme == "rediss" || scheme == "valkeys"
		err = o.servers(rest)
	case "unix":
		if o.Addresses = []string{rest}; !socket(rest) {
			err = errors.New("redis: the path of a socket begins with /: unix:///run/redis/redis.sock")
		}
	default:
		return Options{}, fmt.Errorf("redis: %.20q is no scheme of Redis: redis://, rediss:// or unix://", scheme)
	}
	if err = errors.Join(err, o.take(options)); err != nil {
		return Options{}, err
	}
	return o, o.Validate()
}

// servers takes what stands between the scheme and the question mark.
func (o *Options) servers(text string) error {
	text, database, _ := strings.Cut(text, "/")
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		user, password, _ := strings.Cut(text[:at], ":")
		text = text[at+1:]
		var errUser, errPassword error
		o.User, errUser = url.PathUnescape(user)
		o.Password, errPassword = url.PathUnescape(password)
		if errUser != nil || errPassword != nil {
			return errors.New("redis: what stands before the @ has a % that must be written %25")
		}
	}
	o.Addresses = strings.Split(text, ",")
	return o.numbers("", database)
}

// take takes the options, and adds the usual port to addresses without one.
func (o *Options) take(options url.Values) error {
	var cluster, timeout, database string
	texts := map[string]*string{
		"sentinel": &o.Primary, "cluster": &cluster, "prefix": &o.Prefix, "timeout": &timeout,
		"user": &o.User, "password-file": &o.PasswordFile, "database": &database,
		"sentinel-user": &o.SentinelUser, "sentinel-password-file": &o.SentinelPasswordFile,
		"ca": &o.CA, "cert": &o.Certificate, "key": &o.Key, "server-name": &o.ServerName,
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(options)) {
		text, known := texts[name]
		switch {
		case !known: // its value may be a password
			known := slices.Sorted(maps.Keys(texts))
			meant := "there are " + strings.Join(known, ", ")
			if nearest := pavise.Nearest(name, known); nearest != "" {
				meant = "is it " + nearest + "?"
			}
			errs = append(errs, fmt.Errorf("redis: there is no option %.40q; %s", name, meant))
		case len(options[name]) > 1:
			errs = append(errs, fmt.Errorf("redis: option %s is there twice", name))
		default:
			*text = options[name][0]
		}
	}
	port := "6379"
	if options.Has("sentinel") {
		o.Mode, port = Sentinel, "26379"
	}
	if cluster != "" {
		if o.Mode != "" || cluster != "true" {
			errs = append(errs, errors.New("redis: cluster=true stands alone, without sentinel"))
		}
		o.Mode = Cluster
	}
	errs = append(errs, o.numbers(timeout, database))
	for i, at := range o.Addresses {
		if _, _, err := net.SplitHostPort(at); err != nil && !socket(at) && at != "" {
			o.Addresses[i] = net.JoinHostPort(strings.Trim(at, "[]"), port)
		}
	}
	return errors.Join(errs...)
}

func (o *Options) numbers(timeout, database string) (err error) {
	if timeout != "" {
		if o.Timeout, err = time.ParseDuration(timeout); err != nil || o.Timeout <= 0 {
			return fmt.Errorf("redis: option timeout must be a length of time such as 500ms, not %.20q", timeout)
		}
	}
	if database != "" {
		if o.Database, err = strconv.Atoi(database); err != nil {
			return fmt.Errorf("redis: the database must be a number, not %.20q", database)
		}
	}
	return nil
}
