package session

import (
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"pavise"
)

// A register is the list of one user's sessions. A session is entered before it is
// written, and looked for again behind that: who ends all of a user's sessions marks
// them here first, so a session that is beginning meets the mark or is ended with the
// others.
type register []registered

type registered struct {
	id, key       string
	created, ends time.Time
	ending        bool // somebody is about to end it
}

// A naming names what is kept of a user, so that the store does not tell whose it is,
// and seals it by the same secret. So whoever finds a register can read it, also a node
// that does not know the newer secret of others yet.
type naming struct {
	key  [short128]byte
	ring *pavise.Ring
}

// short128 are the bytes of a key of 128 bits: with a token behind it, or the name of a
// user, that is hashed at one go.
const short128 = 16

func newNaming(secret []byte, purpose string) *naming {
	key, err := hkdf.Key(sha256.New, secret, nil, "pavise sessions of users: "+purpose, short128)
	if err != nil {
		panic(err) // it is short enough for any hash
	}
	return &naming{[short128]byte(key), pavise.NewRing("session register "+purpose, secret)}
}

func (n *naming) of(user string) string {
	var room [64]byte
	return hashName("sessions:", append(append(room[:0], n.key[:]...), user...))
}

// hashName returns a prefix and a hash as a key of a store.
func hashName(prefix string, of []byte) string {
	sum := sha256.Sum256(of)
	var name [64]byte
	n := copy(name[:], prefix)
	base64.RawURLEncoding.Encode(name[n:], sum[:])
	return string(name[:n+base64.RawURLEncoding.EncodedLen(len(sum))])
}

// mostListed bounds a register, which is some 92 bytes of an entry, to what a store
// takes. There is room for renewals in the middle of theirs.
const mostListed = 170

// at is where a key is listed, or below 0.
func (r register) at(key string) int {
	return slices.IndexFunc(r, func(e registered) bool { return e.key == key })
}

// with returns the register with one session more.
func (r register) with(rec *Record) (register, error) {
	if len(r) >= mostListed {
		return nil, ErrChanged // so many at once
	}
	return append(r, registered{id: rec.ID, key: rec.key, created: rec.Created, ends: rec.Ends}), nil
}

const registerForm = 1

// appendTo writes a register: the form, then each entry with its mark, its strings
// behind their length, and its times in milliseconds.
func (r register) appendTo(b []byte) []byte {
	b = append(b, registerForm)
	for _, e := range r {
		mark := byte(0)
		if e.ending {
			mark = 1
		}
		b = append(b, mark)
		for _, s := range [...]string{e.id, e.key} {
			b = appendPrefixed(b, s)
		}
		b = binary.BigEndian.AppendUint64(b, uint64(e.created.UnixMilli()))
		b = binary.BigEndian.AppendUint64(b, uint64(e.ends.UnixMilli()))
	}
	return b
}

// decodeRegister reads what appendTo wrote.
func decodeRegister(b []byte) (register, error) {
	if len(b) == 0 || b[0] != registerForm {
		return nil, errForm
	}
	var list register
	for at := (reader{all: b, at: 1}); at.more(); {
		mark, id, key := at.take(1), at.prefixed(), at.prefixed()
		e := registered{created: at.time(), ends: at.time()}
		if at.bad || b[mark.from] > 1 {
			return nil, errForm
		}
		e.id, e.key, e.ending = string(at.bytes(id)), string(at.bytes(key)), b[mark.from] == 1
		list = append(list, e)
	}
	return list, nil
}

// look returns a register and its version. One that is damaged counts as empty.
func (k *Keeper) look(ctx context.Context, n *naming, user string) (register, uint64, error) {
	name := n.of(user)
	value, version, err := k.env.Store.Get(ctx, name)
	if err != nil {
		return nil, 0, fmt.Errorf("session: the list of a user: %w", err)
	}
	if version == 0 {
		return nil, 0, nil
	}
	plain, _, err := n.ring.Open(nil, value, []byte(name))
	if err != nil {
		return nil, version, nil
	}
	list, err := decodeRegister(plain)
	if err != nil {
		return nil, version, nil
	}
	return list, version, nil
}

// edit changes a register by what change makes of it. What has come to its absolute
// end, by any clock, is left out. It is never deleted, but for its end: that could
// take what somebody has just entered.
func (k *Keeper) edit(ctx context.Context, n *naming, user string, change func(register) (register, error)) error {
	for range tries {
		list, version, err := k.look(ctx, n, user)
		if err != nil {
			return err
		}
		now := k.env.Now()
		was := slices.Clone(list)
		list = slices.DeleteFunc(list, func(e registered) bool { return now.After(e.ends.Add(skew)) })
		if list, err = change(list); err != nil {
			return err
		}
		if slices.Equal(list, was) {
			return nil
		}
		life := time.Second
		for _, e := range list {
			life = max(life, e.ends.Add(skew).Sub(now))
		}
		name := n.of(user)
		sealed := n.ring.Seal(nil, list.appendTo(nil), []byte(name))
		done, err := k.env.Store.Swap(ctx, name, sealed, version, life)
		if err != nil {
			return fmt.Errorf("session: the list of a user: %w", err)
		}
		if done {
			return nil
		}
	}
	return fmt.Errorf("session: the list of a user: %w", ErrChanged)
}
