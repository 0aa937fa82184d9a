package flaw

import (
	"context"

	"pavise"
	"pavise/internal/rawtls"
)

// renegotiation begins a second handshake within the first. A farewell behind it ends
// the wait for a server that overlooks it.
func (s Server) renegotiation(ctx context.Context) (pavise.Trait, error) {
	return again(func() (pavise.Trait, error) {
		session, refused, err := s.shake(ctx, spoken(func(kind) bool { return true }))
		if session == nil {
			return orRefused(refused, err)
		}
		defer session.Close()
		h := rawtls.NewHello(rawtls.TLS12, s.Name, spoken(func(kind) bool { return true }), groups).
			With(rawtls.Extension{Type: rawtls.ExtRenegotiation, Data: append([]byte{byte(len(session.verify))}, session.verify...)})
		session.Write(append(session.out.seal(rawtls.RecordHandshake, h.Message()),
			session.out.seal(rawtls.RecordAlert, []byte{1, 0})...))
		a := hear(session, session.in.open)
		if r, ok := a.first(rawtls.RecordHandshake); ok && len(r.Data) > 0 && r.Data[0] == rawtls.MessageServerHello {
			return pavise.Trait{Has: true, Saw: "a second ClientHello within the connection was answered with a ServerHello"}, nil
		}
		if a.ended == "silence" {
			return pavise.Trait{Unknown: "the server neither answered a second ClientHello nor closed the connection"}, nil
		}
		return pavise.Trait{Saw: "a second ClientHello within the connection was not answered: " + a.String()}, nil
	})
}
