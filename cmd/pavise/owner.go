package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"pavise"
	"pavise/internal/admin"
	"pavise/proxy"
)

// answerOwner answers why and observed while we serve. Without it the site is
// served all the same.
func answerOwner(say say, state string, j *proxy.Journal) (closed func() error) {
	dir, err := stateDir(state)
	if err == nil {
		closed, err = admin.Serve(dir, ownersQuestions(j))
	}
	if err != nil {
		say("warning: pavise why and pavise observed will find nobody: %v", err)
		return func() error { return nil }
	}
	return closed
}

func ownersQuestions(j *proxy.Journal) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /why/{id}", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(j.Why(r.PathValue("id")))
	})
	mux.HandleFunc("GET /observed", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(j.Groups(pavise.Observed))
	})
	return mux
}

// askOwn asks every Pavise that keeps its state there.
func askOwn(ctx context.Context, state, question string) ([]proxy.Group, error) {
	dir, err := stateDir(state)
	if err != nil {
		return nil, err
	}
	answers, err := admin.Ask(ctx, dir, question)
	if errors.Is(err, admin.ErrNobody) {
		return nil, &advised{err: err, hint: "name the directory that pavise serve was given: --state DIR", code: exitFailed}
	}
	if err != nil {
		return nil, &advised{err: err, hint: "ask as the user that pavise serve runs as", code: exitFailed}
	}
	groups := []proxy.Group{}
	for _, answer := range answers {
		var some []proxy.Group
		if err := json.Unmarshal(answer, &some); err != nil {
			return nil, fmt.Errorf("the running Pavise answers what is not understood: %w", err)
		}
		groups = append(groups, some...)
	}
	return groups, nil
}
