package acme

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"pavise"
)

// What lies in the store under one key: a line of JSON, and behind it the data, or
// else the data in parts under keys of their own.
type blob struct {
	Modified time.Time `json:"modified"`
	Size     int       `json:"size"`
	Parts    int       `json:"parts,omitempty"`
	ID       string    `json:"id,omitempty"` // of the parts

	data    []byte
	version uint64 // 0: there is none
}

const (
	partSize = 12 << 10 // of pavise.MaxValue, which has to hold the line and a seal as well
	maxBlob  = 256 << 10
)

// A blobs keeps blobs in a store. What a key has is written whole or not at all.
type blobs struct {
	store pavise.Store
	now   func() time.Time
}

var errTorn = errors.New("a value in the store has no end")

// get reads what lies under a key. Parts that vanish meanwhile were written anew.
func (s blobs) get(ctx context.Context, key string) (blob, error) {
	for range 5 {
		b, err := s.head(ctx, key)
		if err != nil || b.Parts == 0 {
			return b, err
		}
		if b.data, err = s.parts(ctx, b); !errors.Is(err, errTorn) {
			return b, err
		}
	}
	return blob{}, errTorn
}

// head reads a blob without its parts.
func (s blobs) head(ctx context.Context, key string) (b blob, err error) {
	var value []byte
	var version uint64
	err = patiently(ctx, func() (err error) {
		value, version, err = s.store.Get(ctx, key)
		return err
	})
	if err != nil || version == 0 {
		return blob{}, err
	}
	line, rest, _ := bytes.Cut(value, []byte("\n"))
	if err := json.Unmarshal(line, &b); err != nil || b.Parts < 0 || b.Parts > maxBlob/partSize+1 || b.Parts == 0 && b.Size != len(rest) {
		return blob{}, fmt.Errorf("a value in the store is not understood: %w", errors.Join(err, errTorn))
	}
	b.version, b.data = version, rest
	return b, nil
}

func (s blobs) parts(ctx context.Context, b blob) ([]byte, error) {
	var data []byte
	for i := range b.Parts {
		part, version, err := s.store.Get(ctx, partKey(b.ID, i))
		if err != nil {
			return nil, err
		}
		if version == 0 {
			return nil, errTorn
		}
		data = append(data, part...)
	}
	if len(data) != b.Size {
		return nil, errTorn
	}
	return data, nil
}

// swap writes data in place of the old blob, if that is still there.
func (s blobs) swap(ctx context.Context, key string, old blob, data []byte, life time.Duration) (bool, error) {
	if len(data) > maxBlob {
		return false, fmt.Errorf("%d bytes are more than the %d that one value may have: %w", len(data), maxBlob, pavise.ErrTooLarge)
	}
	b := blob{Modified: s.now(), Size: len(data)}
	rest := data
	if len(data) > partSize {
		b.ID, rest = rand.Text(), nil
		for part := range slices.Chunk(data, partSize) {
			if _, err := s.store.Swap(ctx, partKey(b.ID, b.Parts), part, 0, life); err != nil {
				return false, err
			}
			b.Parts++
		}
	}
	line, err := json.Marshal(b)
	if err != nil {
		return false, err
	}
	done, err := s.store.Swap(ctx, key, slices.Concat(line, []byte("\n"), rest), old.version, life)
	switch {
	case err != nil: // nobody knows whether it was written: parts live to their end
	case done:
		s.drop(ctx, old)
	default:
		s.drop(ctx, b)
	}
	return done, err
}

// drop deletes the parts of a blob; those that cannot be are left to their end.
func (s blobs) drop(ctx context.Context, b blob) {
	for i := range b.Parts {
		s.store.Delete(ctx, partKey(b.ID, i))
	}
}

func partKey(id string, i int) string { return "acme/part/" + id + "/" + strconv.Itoa(i) }

// patiently asks again where the store was away for a moment: what waits here is no
// visitor.
func patiently(ctx context.Context, ask func() error) error {
	err := ask()
	for _, wait := range []time.Duration{20 * time.Millisecond, 200 * time.Millisecond} {
		if !errors.Is(err, pavise.ErrAway) || !pause(ctx, wait) {
			return err
		}
		err = ask()
	}
	return err
}

// pause waits, and reports whether the context lasted.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
