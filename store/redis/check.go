package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/valkey-io/valkey-go"
)

// A State is what [Store.Check] has found out.
type State struct {
	Server   string   // such as "Redis 7.0.15"
	Warnings []string // what may cost what was promised as kept
}

// oldest is the first release of Redis with SET … KEEPTTL and users (ACL). Valkey began
// with 7.2.
const oldest = 6

// Check asks every server that is known whether it is there and fit, and how it was set
// up. It fails where one is away or too old. What a user may not read (ACL) is a
// warning: then nothing is known.
func (s *Store) Check(ctx context.Context) (State, error) {
	state, err := aside(ctx, s, func(ctx context.Context, c valkey.Client) (state State, err error) {
		nodes := c.Nodes()
		for _, at := range slices.Sorted(maps.Keys(nodes)) {
			err = errors.Join(err, state.look(ctx, nodes[at]))
		}
		return state, err
	})
	if s.options.unsealed() {
		state.Warnings = append(state.Warnings, "the password goes over the network in the clear: use rediss://")
	}
	slices.Sort(state.Warnings)
	state.Warnings = slices.Compact(state.Warnings)
	return state, err
}

// look takes in one server. HELLO is what every user may ask.
func (state *State) look(ctx context.Context, node valkey.Client) error {
	about, err := node.Do(ctx, node.B().Arbitrary("HELLO").Build()).AsMap()
	switch {
	case err != nil && strings.Contains(err.Error(), "unknown command"):
		return tooOld("it does not know HELLO, and")
	case err != nil:
		return meaning(err)
	}
	server, version := field(about, "server"), field(about, "version")
	if server == "" {
		return away(errAnswer)
	}
	state.Server = strings.ToUpper(server[:1]) + server[1:] + " " + version
	major, _, _ := strings.Cut(version, ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldest {
		return tooOld(state.Server)
	}
	info, err := node.Do(ctx, node.B().Info().Build()).ToString()
	if _, refused := valkey.IsValkeyErr(err); refused {
		state.Warnings = append(state.Warnings, "its user may not ask INFO: nothing is known of what it drops when it is full, nor of what it keeps when it ends")
		return nil
	}
	state.Warnings = append(state.Warnings, warnings(fields(info))...)
	return meaning(err)
}

func tooOld(server string) error {
	return fmt.Errorf("redis: %s is too old: it must be Redis %d or Valkey 7.2, or newer", server, oldest)
}

func field(about map[string]valkey.ValkeyMessage, name string) string {
	message := about[name]
	text, _ := message.ToString()
	return text
}

// fields reads what INFO tells.
func fields(info string) map[string]string {
	told := map[string]string{}
	for line := range strings.Lines(info) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), ":"); ok {
			told[name] = value
		}
	}
	return told
}

func warnings(told map[string]string) (list []string) {
	if policy := told["maxmemory_policy"]; policy != "noeviction" && policy != "" {
		list = append(list, fmt.Sprintf("maxmemory-policy is %s: when it is full it drops sessions and blocks without a word; noeviction says that it is full", policy))
	}
	if told["aof_enabled"] == "0" {
		list = append(list, "appendonly is no: what came after the last snapshot is lost when it ends")
	}
	if told["role"] == "master" && told["connected_slaves"] == "0" {
		list = append(list, "no replica follows it: when its machine is lost, so is what it keeps")
	}
	return list
}

// unsealed reports whether a password goes over a network in the clear.
func (o Options) unsealed() bool {
	return !o.TLS && o.Password+o.PasswordFile != "" && slices.ContainsFunc(o.Addresses, distant)
}
