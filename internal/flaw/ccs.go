package flaw

import (
	"context"
	"slices"

	"pavise"
	"pavise/internal/rawtls"
)

// ccs sends a change of cipher before there is a key, and another. A server with the
// flaw decrypts the second with keys that anybody can compute, and complains of what
// came of it; a sound one complains of the first.
func (s Server) ccs(ctx context.Context) (pavise.Trait, error) {
	r, err := again(func() (pavise.Trait, error) { return s.early(ctx, rawtls.RecordChangeCipherSpec, []byte{1}) })
	if err != nil || !r.Has {
		return r, err
	}
	// A server that says the same of any record it does not expect has told nothing.
	other, err := s.early(ctx, rawtls.RecordData, []byte("early"))
	if err != nil {
		return pavise.Trait{}, err
	}
	if other.Has {
		return pavise.Trait{Unknown: "the server takes any record that comes too early for one that it cannot decrypt"}, nil
	}
	return r, nil
}

func (s Server) early(ctx context.Context, kind byte, data []byte) (pavise.Trait, error) {
	conn, reply, refused, err := s.greet(ctx, s.hello(within(authentic)...))
	if conn == nil {
		return orRefused(refused, err)
	}
	defer conn.Close()
	one := rawtls.Record{Type: kind, Version: reply.Version, Data: data}.Marshal()
	conn.Write(slices.Concat(one, one))
	a := hear(conn, nil)
	if alert := a.alert(); alert == 20 || alert == 21 { // bad_record_mac, decryption_failed
		return pavise.Trait{Has: true, Saw: "a change of cipher before the key exchange was taken: " + a.String() + " for the next record",
			Sent: slices.Concat(one, one), Received: a.records[len(a.records)-1].Marshal()}, nil
	}
	if a.ended == "silence" {
		return pavise.Trait{Unknown: "the server said nothing of a change of cipher that came too early"}, nil
	}
	return pavise.Trait{Saw: "a change of cipher before the key exchange was refused: " + a.String()}, nil
}
