package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"pavise"
	"pavise/internal/admin"
)

// answerOwner answers why, observed and status while we serve. Without it the site
// is served all the same.
func answerOwner(say say, state string, w *witness) (closed func() error) {
	dir, err := stateDir(state)
	if err == nil {
		closed, err = admin.Serve(dir, ownersQuestions(w))
	}
	if err != nil {
		say("warning: pavise why, observed and status will find nobody: %v", err)
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

// askOwn asks every Pavise that keeps its state there, each of which answers a list.
func askOwn[T any](ctx context.Context, state, question string) ([]T, error) {
	dir, err := runningState(state)
	if err != nil {
		return nil, err
	}
	answers, err := admin.Ask(ctx, dir, question)
	if err != nil {
		return nil, nobodyAnswers(err)
	}
	all := []T{}
	for _, answer := range answers {
		var some []T
		if err := json.Unmarshal(answer, &some); err != nil {
			return nil, fmt.Errorf("the running Pavise answers what is not understood: %w", err)
		}
		all = append(all, some...)
	}
	return all, nil
}
