package clients

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"sync"
	"time"

	"pavise"
)

// A shelf keeps the bans of all nodes in the store: lists by the digest of the network,
// each one value, and an index that says which list has changed. So a node that asks
// whether there is something new reads one value.
type shelf struct {
	store pavise.Store
	now   func() time.Time
	table *table
	mu    sync.Mutex
	seen  [lists]uint32         // the index as it was read last
	known [lists][]netip.Prefix // the lists as they were read or written last
}

const (
	lists    = 256
	indexKey = "clients:bans"
	listKey  = "clients:bans:"
)

// A change is a ban that is added, or with nil removed.
type change struct {
	network netip.Prefix
	ban     *pavise.Ban
}

func listOf(p netip.Prefix) int {
	h := fnv.New32a()
	h.Write([]byte(p.String()))
	return int(h.Sum32() % lists)
}

// sync takes in the lists that have changed.
func (s *shelf) sync(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	index, _, err := s.index(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for i, mark := range index {
		if mark == s.seen[i] {
			continue
		}
		list, _, full, err := s.list(ctx, i)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.adopt(i, list, full)
		s.seen[i] = mark
	}
	return errors.Join(errs...)
}

// adopt has the table agree with a list.
func (s *shelf) adopt(i int, list []pavise.Ban, full bool) {
	var known []netip.Prefix
	now := s.now()
	for _, b := range list {
		known = append(known, b.Network)
		if old := s.table.get(b.Network); old == nil || !sameBan(old, &b) {
			b.Ends = ending(b.Since, b.Ends, now)
			s.table.put(&b)
		}
	}
	for _, p := range s.known[i] {
		if !slices.Contains(known, p) && !(full && s.crowdedOut(p, list)) {
			s.table.remove(p)
		}
	}
	s.known[i] = known
}

// crowdedOut reports whether a ban is not in a full list because it ends before all that are,
// and not because somebody has lifted it: it holds on where it is known.
func (s *shelf) crowdedOut(p netip.Prefix, list []pavise.Ban) bool {
	if len(list) == 0 {
		return false
	}
	b, last := s.table.get(p), list[len(list)-1]
	return b != nil && b.Automatic && !(last.Automatic && b.Ends.After(last.Ends))
}

// write puts changes into the store, list by list, and then into the index.
func (s *shelf) write(ctx context.Context, changes []change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	byList := map[int][]change{}
	for _, c := range changes {
		i := listOf(c.network)
		byList[i] = append(byList[i], c)
	}
	var errs []error
	var written []int
	for i, some := range byList {
		if err := s.writeList(ctx, i, some); err != nil {
			errs = append(errs, err)
			continue
		}
		written = append(written, i)
	}
	return errors.Join(append(errs, s.mark(ctx, written))...)
}

func (s *shelf) writeList(ctx context.Context, i int, changes []change) error {
	for range maxTries {
		list, version, _, err := s.list(ctx, i)
		if err != nil {
			return err
		}
		list = changed(list, changes, s.now())
		value, life, kept := encode(list, s.now())
		written, err := s.store.Swap(ctx, listKey+strconv.Itoa(i), value, version, life)
		if err != nil {
			return err
		}
		if written {
			s.adopt(i, list[:kept], len(value) > fullList)
			return nil
		}
	}
	return errBusy
}

// changed is a list with the changes in it. Of an owner's ban that runs an automatic one
// takes nothing away.
func changed(list []pavise.Ban, changes []change, now time.Time) []pavise.Ban {
	for _, c := range changes {
		if c.ban != nil && c.ban.Automatic && slices.ContainsFunc(list, func(b pavise.Ban) bool {
			return b.Network == c.network && !b.Automatic && b.Runs(now)
		}) {
			continue
		}
		list = slices.DeleteFunc(list, func(b pavise.Ban) bool { return b.Network == c.network })
		if c.ban != nil {
			list = append(list, *c.ban)
		}
	}
	return list
}

// encode sorts a list and writes it as it is kept: for how long, and how many of it.
// Where it is too long, the automatic bans that end first go from it.
func encode(list []pavise.Ban, now time.Time) (value []byte, life time.Duration, kept int) {
	slices.SortStableFunc(list, func(a, b pavise.Ban) int {
		if a.Automatic != b.Automatic && b.Automatic {
			return -1
		} else if a.Automatic != b.Automatic {
			return 1
		}
		return cmp.Compare(b.Ends.UnixNano(), a.Ends.UnixNano())
	})
	value, life = []byte{'['}, time.Second
	for i, b := range list {
		one, err := json.Marshal(b)
		if err != nil || len(value)+len(one)+2 > pavise.MaxValue {
			break
		}
		if i > 0 {
			value = append(value, ',')
		}
		value, life, kept = append(value, one...), max(life, b.Ends.Add(memory).Sub(now)), i+1
	}
	return append(value, ']'), life, kept
}

// fullList is how long a list is that may have had no room for some; a few may be lifted
// from it since.
const fullList = pavise.MaxValue * 3 / 4

// list reads one, without what is to be forgotten.
func (s *shelf) list(ctx context.Context, i int) (list []pavise.Ban, version uint64, full bool, err error) {
	value, version, err := s.store.Get(ctx, listKey+strconv.Itoa(i))
	if err != nil || version == 0 {
		return nil, version, false, err
	}
	if err := json.Unmarshal(value, &list); err != nil {
		return nil, version, false, fmt.Errorf("the bans in the store cannot be read: %w", err)
	}
	now := s.now()
	return slices.DeleteFunc(list, func(b pavise.Ban) bool {
		return !b.Network.IsValid() || !b.Runs(now) && (!b.Automatic || now.Sub(b.Ends) >= memory)
	}), version, len(value) > fullList, nil
}

// mark says in the index that lists have changed.
func (s *shelf) mark(ctx context.Context, written []int) error {
	for range maxTries {
		if len(written) == 0 {
			return nil
		}
		index, version, err := s.index(ctx)
		if err != nil {
			return err
		}
		for _, i := range written {
			index[i] = rand.Uint32() | 1 // 0 is a list that never was
		}
		value := make([]byte, 0, 4*lists)
		for _, mark := range index {
			value = binary.BigEndian.AppendUint32(value, mark)
		}
		done, err := s.store.Swap(ctx, indexKey, value, version, MaxBan+memory)
		if err != nil || done {
			return err
		}
	}
	return errBusy
}

func (s *shelf) index(ctx context.Context) (index [lists]uint32, version uint64, err error) {
	value, version, err := s.store.Get(ctx, indexKey)
	if err == nil && version != 0 && len(value) != 4*lists {
		err = errors.New("the index of the bans in the store cannot be read")
	}
	for i := range len(value) / 4 {
		if err == nil {
			index[i] = binary.BigEndian.Uint32(value[4*i:])
		}
	}
	return index, version, err
}
