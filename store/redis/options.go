package redis

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/valkey-io/valkey-go"
)

// A Mode is how the servers are arranged.
type Mode string

// The modes.
const (
	Single   Mode = "single"
	Sentinel Mode = "sentinel" // a primary and replicas, watched by Sentinels
	Cluster  Mode = "cluster"
)

// Options are where the servers are and how to speak to them. The zero value is no
// servers; [Parse] reads them from a URL.
type Options struct {
	Mode      Mode     // "" is Single
	Addresses []string // host:port of the server, of Sentinels or of nodes; one may be the path of a socket
	Primary   string   // what the Sentinels call the primary

	// A password is given, or a file that has it in its first line, which is read for
	// each connection, but only once with Sentinels. Neither is ever shown.
	User, Password, PasswordFile                         string
	SentinelUser, SentinelPassword, SentinelPasswordFile string

	TLS              bool
	CA               string // file of authorities; "" is those of the system
	Certificate, Key string // files of the client's certificate, where the servers want one
	ServerName       string // what their certificates name; "" is the host of each address

	Database int           // must be 0 in a Cluster
	Prefix   string        // before every key; "" is "pavise:"
	Timeout  time.Duration // no operation takes longer; 0 is a second
}

// DefaultPrefix is what keys begin with.
const DefaultPrefix = "pavise:"

func (o Options) complete() Options {
	o.Mode = cmp.Or(o.Mode, Single)
	o.Prefix = cmp.Or(o.Prefix, DefaultPrefix)
	o.Timeout = cmp.Or(o.Timeout, longest)
	return o
}

// String tells where the servers are, and no password.
func (o Options) String() string {
	o = o.complete()
	where := strings.Join(o.Addresses, ", ")
	if o.TLS {
		where += " over TLS"
	}
	switch o.Mode {
	case Sentinel:
		return fmt.Sprintf("Redis primary %q of the Sentinels at %s", o.Primary, where)
	case Cluster:
		return "Redis Cluster at " + where
	}
	return "Redis at " + where
}

// GoString is String: %#v shows no password either.
func (o Options) GoString() string { return o.String() }

// Validate reports every mistake at once.
func (o Options) Validate() error {
	o = o.complete()
	var errs []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf("redis: "+format, args...))
		}
	}
	wrong(o.Mode != Single && o.Mode != Sentinel && o.Mode != Cluster, "mode must be single, sentinel or cluster, not %q", o.Mode)
	wrong(len(o.Addresses) == 0, "there must be an address")
	for _, at := range o.Addresses {
		_, port, err := net.SplitHostPort(at)
		number, errNumber := strconv.ParseUint(port, 10, 16)
		wrong(!socket(at) && (errors.Join(err, errNumber) != nil || number == 0), "address %q must be host:port with a port of at most 65535, or the path of a socket", at)
		wrong(socket(at) && (o.Mode != Single || o.TLS), "a socket is for a single server without TLS")
	}
	wrong(o.Mode == Single && len(o.Addresses) > 1, "several addresses are those of Sentinels or of a Cluster: say which by sentinel=NAME or cluster=true")
	wrong((o.Mode == Sentinel) != (o.Primary != ""), "the name of a primary goes with Sentinels, and they need one")
	wrong(o.Password != "" && o.PasswordFile != "", "give a password or its file, not both")
	wrong(o.SentinelPassword != "" && o.SentinelPasswordFile != "", "give a password of the Sentinels or its file, not both")
	wrong(o.Mode != Sentinel && o.SentinelUser+o.SentinelPassword+o.SentinelPasswordFile != "", "there are no Sentinels to log in at")
	wrong(o.User != "" && o.Password+o.PasswordFile == "", "user %q needs a password or its file", o.User)
	wrong(o.SentinelUser != "" && o.SentinelPassword+o.SentinelPasswordFile == "", "user %q of the Sentinels needs a password or its file", o.SentinelUser)
	wrong(!o.TLS && o.CA+o.Certificate+o.Key+o.ServerName != "", "authorities, certificates and a server name are for TLS: rediss://")
	wrong((o.Certificate == "") != (o.Key == ""), "a certificate and its key go together")
	wrong(o.Database < 0, "database must not be negative, not %d", o.Database)
	wrong(o.Database > 0 && o.Mode == Cluster, "a Cluster has only database 0, not %d", o.Database)
	wrong(len(o.Prefix) > maxPrefix, "prefix must be at most %d bytes, not %d", maxPrefix, len(o.Prefix))
	wrong(o.Timeout < 0, "timeout must not be negative, not %s", o.Timeout)
	return errors.Join(errs...)
}

const maxPrefix = 64

// socket reports whether an address is the path of a unix socket.
func socket(at string) bool { return strings.HasPrefix(at, "/") }

// client translates the options.
func (o Options) client() (valkey.ClientOption, error) {
	var none valkey.ClientOption
	if err := o.Validate(); err != nil {
		return none, err
	}
	secure, err := o.tls()
	if err != nil {
		return none, err
	}
	password, err := secret(o.Password, o.PasswordFile)
	if err != nil {
		return none, err
	}
	dialer := net.Dialer{Timeout: longest, KeepAlive: longest}
	c := valkey.ClientOption{
		InitAddress: o.Addresses, ForceSingleClient: o.Mode == Single, SelectDB: o.Database,
		Dialer: dialer, ConnWriteTimeout: longest, DialCtxFn: dial, TLSConfig: secure,
		Username: o.User, Password: password, AuthCredentialsFn: o.credentials(),
		ClientSetInfo: valkey.DisableClientSetInfo, DisableCache: true,
		AlwaysPipelining:   true, // so that somebody reads, and a connection that ends is known to at once
		DisableRetry:       true,
		ReadBufferEachConn: buffer, WriteBufferEachConn: buffer,
		ClusterOption: valkey.ClusterOption{MaxMovedRedirections: 4, ShardsRefreshInterval: refresh},
	}
	if o.Mode == Sentinel {
		c.Sentinel = valkey.SentinelOption{Dialer: dialer, TLSConfig: secure, MasterSet: o.Primary,
			Username: o.SentinelUser, TopologyRefreshInterval: refresh}
		c.Sentinel.Password, err = secret(o.SentinelPassword, o.SentinelPasswordFile)
	}
	return c, err
}

const (
	buffer  = 32 << 10
	refresh = 5 * time.Second // who is the primary is asked so often, though the servers tell of changes
)

func dial(ctx context.Context, at string, d *net.Dialer, secure *tls.Config) (net.Conn, error) {
	switch {
	case socket(at):
		return d.DialContext(ctx, "unix", at)
	case secure != nil:
		return (&tls.Dialer{NetDialer: d, Config: secure}).DialContext(ctx, "tcp", at)
	}
	return d.DialContext(ctx, "tcp", at)
}

// credentials reads the file of the password for each connection. With Sentinels it
// is read once: the client would show them the same password.
func (o Options) credentials() func(valkey.AuthCredentialsContext) (valkey.AuthCredentials, error) {
	if o.Mode == Sentinel {
		return nil
	}
	return func(valkey.AuthCredentialsContext) (valkey.AuthCredentials, error) {
		password, err := secret(o.Password, o.PasswordFile)
		return valkey.AuthCredentials{Username: o.User, Password: password}, err
	}
}

// secret is what was given, or the first line of a file.
func secret(given, file string) (string, error) {
	if file == "" {
		return given, nil
	}
	data, err := os.ReadFile(file)
	line, _, _ := strings.Cut(string(data), "\n")
	if line = strings.TrimSuffix(line, "\r"); line == "" && err == nil {
		err = fmt.Errorf("the first line of %s is empty", file)
	}
	if err != nil {
		return "", fmt.Errorf("redis: password: %w", err)
	}
	return line, nil
}

func (o Options) tls() (*tls.Config, error) {
	if !o.TLS {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: o.ServerName}
	if o.CA != "" {
		data, err := os.ReadFile(o.CA)
		if err != nil {
			return nil, fmt.Errorf("redis: authorities: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(data) {
			return nil, fmt.Errorf("redis: %s has no certificate in PEM", o.CA)
		}
	}
	if o.Certificate != "" {
		pair, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
		if err != nil {
			return nil, fmt.Errorf("redis: certificate of the client: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// distant reports whether an address may be that of another machine.
func distant(at string) bool {
	host, _, err := net.SplitHostPort(at)
	ip, notIP := netip.ParseAddr(host)
	return err == nil && host != "localhost" && (notIP != nil || !ip.IsLoopback())
}
