package main

import (
	"encoding/json"
	"net/http"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/admin"
)

// answerOwner answers the owner's commands while we serve. Without it the site is served
// all the same.
func answerOwner(say cli.Say, state string, w *witness) (closed func() error) {
	dir, err := cli.StateDir(state)
	if err == nil {
		closed, err = admin.Serve(dir, ownersQuestions(w))
	}
	if err != nil {
		say("warning: no command will find this Pavise: %v", err)
		return func() error { return nil }
	}
	return closed
}

func ownersQuestions(witness *witness) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /why/{id}", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(witness.journal.Why(r.PathValue("id")))
	})
	mux.HandleFunc("GET /observed", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(witness.journal.Groups(pavise.Observed))
	})
	mux.HandleFunc("POST /dashboard", func(w http.ResponseWriter, r *http.Request) { witness.desk.answer(w, r) })
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { witness.answer(w) })
	mux.HandleFunc("GET /glance", func(w http.ResponseWriter, _ *http.Request) { witness.glance(w) })
	mux.HandleFunc("POST /reload", witness.answerReload)
	witness.guards(mux)
	mux.HandleFunc("POST /upgrade", witness.answerUpgrade)
	return mux
}
