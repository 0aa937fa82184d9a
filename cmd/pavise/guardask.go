package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"pavise"
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
