package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/user"

	"pavise"
	"pavise/internal/admin"
)

// maxOrder bounds what the owner's commands send.
const maxOrder = 1 << 20

// done is a handler that has something done, and answers with what it came to, or with
// 422 and why not.
func done[In, Out any](do func(context.Context, In) (Out, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in In
		err := json.NewDecoder(io.LimitReader(r.Body, maxOrder)).Decode(&in)
		var out Out
		if err == nil {
			out, err = do(r.Context(), in)
		}
		switch {
		case errors.Is(err, pavise.ErrAway):
			http.Error(w, "the store is away, so no other node and no restart would know: try again when pavise status says it is in reach", http.StatusUnprocessableEntity)
		case err != nil:
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		default:
			answerList(w, out)
		}
	}
}

func answerList(w io.Writer, list any) { json.NewEncoder(w).Encode(list) }

// order has every Pavise that keeps its state there do something. Each answers a list.
func order[T any](ctx context.Context, state, path string, what any) ([]T, error) {
	dir, err := runningState(state)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	answers, err := admin.Tell(ctx, dir, path, body)
	var refused *admin.RefusedError
	switch {
	case errors.As(err, &refused):
		return nil, &advised{err: refused, code: exitFailed}
	case errors.Is(err, admin.ErrNobody):
		return nil, &advised{err: err, hint: "name the directory that pavise serve was given: --state DIR", code: exitFailed}
	case err != nil:
		return nil, &advised{err: err, hint: "ask as the user that pavise serve runs as", code: exitFailed}
	}
	all := []T{}
	for _, answer := range answers {
		var some []T
		if err := json.Unmarshal(answer, &some); err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// whoami is who types, as the machine knows them: also behind sudo.
func whoami() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if before := os.Getenv("SUDO_USER"); before != "" && before != name {
		name += " (" + before + ")"
	}
	return pavise.Clip(name, 100)
}
