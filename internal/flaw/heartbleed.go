package flaw

import (
	"context"
	"fmt"

	"pavise"
	"pavise/internal/rawtls"
)

// claimed is how much is asked for: enough to see, and little to leak.
const claimed = 32

// heartbleed sends a heartbeat without a payload that claims to have one. It must be
// discarded in silence (RFC 6520 4), so that a farewell behind it ends the wait.
func (s Server) heartbleed(ctx context.Context) (pavise.Trait, error) {
	return again(func() (pavise.Trait, error) {
		h := s.hello(within(authentic)...).With(rawtls.Heartbeat())
		conn, reply, refused, err := s.greet(ctx, h)
		if conn == nil {
			return orRefused(refused, err)
		}
		defer conn.Close()
		if _, offered := reply.Extension(rawtls.ExtHeartbeat); !offered {
			return pavise.Trait{Saw: "heartbeats are not agreed to"}, nil
		}
		beat := rawtls.Record{Type: rawtls.RecordHeartbeat, Version: reply.Version, Data: []byte{1, claimed >> 8, claimed & 255}}.Marshal()
		conn.Write(append(beat, farewell(reply.Version)...))
		a := hear(conn, nil)
		if back, ok := a.first(rawtls.RecordHeartbeat); ok && len(back.Data) >= 3+claimed && back.Data[0] == 2 {
			return pavise.Trait{Has: true, Sent: beat, Received: back.Marshal()[:8], // the rest is memory of the server
				Saw: fmt.Sprintf("a heartbeat of 3 bytes that claims %d more was answered with %d bytes", claimed, len(back.Data))}, nil
		}
		if a.ended == "silence" {
			return pavise.Trait{Unknown: "the server neither answered nor closed the connection"}, nil
		}
		return pavise.Trait{Saw: "a heartbeat that claims more than it has was not answered: " + a.String()}, nil
	})
}

// farewell is a close_notify.
func farewell(version uint16) []byte {
	return rawtls.Record{Type: rawtls.RecordAlert, Version: version, Data: []byte{1, 0}}.Marshal()
}

func orRefused(refused *pavise.Trait, err error) (pavise.Trait, error) {
	if refused == nil {
		return pavise.Trait{}, err
	}
	return *refused, nil
}
