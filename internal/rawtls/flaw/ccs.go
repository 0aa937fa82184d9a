package flaw

import (
	"context"
	"slices"

	"pavise/internal/rawtls"
)

// ccs sends a change of cipher before there is a key, and another. A server with the
// flaw decrypts the second with keys that anybody can compute, and complains of what
// came of it; a sound one complains of the first.
func (s Server) ccs(ctx context.Context) (Result, error) {
	r, err := again(func() (Result, error) { return s.early(ctx, rawtls.RecordChangeCipherSpec, []byte{1}) })
	if err != nil || !r.Has {
		return r, err
	}
	// A server that says the same of any record it does not expect has told nothing.
	other, err := s.early(ctx, rawtls.RecordData, []byte("early"))
	if err != nil {
		return Result{}, err
	}
	if other.Has {
		return Result{Unknown: "the server takes any record that comes too early for one that it cannot decrypt"}, nil
	}
	return r, nil
}

func (s Server) early(ctx context.Context, kind byte, data []byte) (Result, error) {
	conn, reply, refused, err := s.greet(ctx, s.hello(within(authentic)...))
	if conn == nil {
		return orRefused(refused, err)
	}
	defer conn.Close()
	one := rawtls.Record{Type: kind, Version: reply.Version, Data: data}.Marshal()
	conn.Write(slices.Concat(one, one))
	a := hear(conn, nil)
	if alert := a.alert(); alert == 20 || alert == 21 { // bad_record_mac, decryption_failed
		return Result{Has: true, Saw: "a change of cipher before the key exchange was taken: " + a.String() + " for the next record",
			Sent: slices.Concat(one, one), Received: a.records[len(a.records)-1].Marshal()}, nil
	}
	if a.ended == "silence" {
		return Result{Unknown: "the server said nothing of a change of cipher that came too early"}, nil
	}
	return Result{Saw: "a change of cipher before the key exchange was refused: " + a.String()}, nil
}
