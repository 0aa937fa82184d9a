package session

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"pavise"
)

// namesLife is how long names are remembered that nobody has learnt anew.
const namesLife = 365 * 24 * time.Hour

func namesKey(purpose string) string {
	sum := sha256.Sum256([]byte(purpose))
	return "session.vault names " + base64.RawURLEncoding.EncodeToString(sum[:])
}

// recallEvery is how often a node asks what others have learnt.
const recallEvery = 10 * time.Second

// recall learns what was known before this start, or is at another node: else a cookie
// under a name of the app's own would come in from outside until the app sets it again,
// which one that takes any id may never do.
func (v *vault) recall(ctx context.Context) {
	value, version, err := v.env.Store.Get(ctx, v.namesKey)
	if err != nil || version == 0 {
		return // what is not known is learnt
	}
	for name := range strings.SplitSeq(string(value), "\n") {
		if possibleName(name) && v.names.of(name) == unknown { // what the app does here counts more
			v.names.learn(name, ours)
		}
	}
	v.env.Store.Touch(ctx, v.namesKey, namesLife)
}

// recallAgain is for what other nodes have learnt since.
func (v *vault) recallAgain(x *pavise.Exchange) {
	now, last := v.env.Now().UnixNano(), v.recalled.Load()
	if !v.env.Shared || now >= last && now-last < int64(recallEvery) || !v.recalled.CompareAndSwap(last, now) {
		return
	}
	ctx, cancel := v.patient(x)
	defer cancel()
	v.recall(ctx)
}

// remember writes down which names are known to be the app's sessions.
func (v *vault) remember(ctx context.Context) {
	for range tries {
		value, version, err := v.env.Store.Get(ctx, v.namesKey)
		if err != nil {
			return
		}
		next := strings.Join(v.names.among(strings.Split(string(value), "\n")), "\n")
		if next == string(value) {
			return
		}
		if done, err := v.env.Store.Swap(ctx, v.namesKey, []byte(next), version, namesLife); done || err != nil {
			return
		}
	}
}

// among are the names that are ours, and those of a list that nobody here knows better
// of, in order.
func (n *cookieNames) among(list []string) []string {
	list = slices.DeleteFunc(list, func(name string) bool { return !possibleName(name) || n.of(name) != unknown })
	for name, where := range *n.learnt.now.Load() {
		if where == ours && len(list) < maxLearnt {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
