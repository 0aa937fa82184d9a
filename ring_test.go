package pavise_test

import (
	"bytes"
	"errors"
	"testing"

	"pavise"
)

func TestRing(t *testing.T) {
	one, two := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	was := pavise.NewRing("cookies", one)
	now := pavise.NewRing("cookies", two, one)
	sealed := was.Seal(nil, []byte("alice"), []byte("sid"))
	if bytes.Contains(sealed, []byte("alice")) || len(sealed) != len("alice")+pavise.RingOverhead {
		t.Errorf("sealed to %q", sealed)
	}
	if bytes.Equal(sealed, was.Seal(nil, []byte("alice"), []byte("sid"))) {
		t.Error("twice the same is sealed the same")
	}
	if plain, stale, err := now.Open([]byte("I am "), sealed, []byte("sid")); string(plain) != "I am alice" || !stale || err != nil {
		t.Errorf("opened %q, stale %v, %v", plain, stale, err)
	}
	again := now.Seal(nil, []byte("alice"), []byte("sid"))
	if _, stale, err := now.Open(nil, again, []byte("sid")); stale || err != nil {
		t.Errorf("stale %v, %v", stale, err)
	}
	for name, ring := range map[string]*pavise.Ring{"another purpose": pavise.NewRing("store", two, one), "a key from before": was} {
		if _, _, err := ring.Open(nil, again, []byte("sid")); !errors.Is(err, pavise.ErrSealed) {
			t.Errorf("%s opens it: %v", name, err)
		}
	}
	if _, _, err := now.Open(nil, again, []byte("sjd")); !errors.Is(err, pavise.ErrSealed) {
		t.Errorf("opens beside another: %v", err)
	}
	for i := range again {
		broken := bytes.Clone(again)
		broken[i] ^= 1
		if _, _, err := now.Open(nil, broken, []byte("sid")); !errors.Is(err, pavise.ErrSealed) {
			t.Errorf("opens with byte %d changed: %v", i, err)
		}
		if _, _, err := now.Open(nil, again[:i], []byte("sid")); !errors.Is(err, pavise.ErrSealed) {
			t.Errorf("opens cut at %d: %v", i, err)
		}
	}
}

func BenchmarkRing(b *testing.B) {
	ring, plain, beside := pavise.NewRing("cookies", make([]byte, 32)), make([]byte, 200), []byte("sid")
	sealed := ring.Seal(nil, plain, beside)
	var room, back []byte
	for b.Loop() {
		room = ring.Seal(room[:0], plain, beside)
		back, _, _ = ring.Open(back[:0], sealed, beside)
	}
}
