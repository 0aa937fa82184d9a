package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"pavise"
	"pavise/internal/admin"
)

// Ask asks every Pavise that keeps its state there, each of which answers a list.
func Ask[T any](ctx context.Context, state, question string) ([]T, error) {
	lists, err := answers[[]T](state, func(dir string) ([][]byte, error) { return admin.Ask(ctx, dir, question) })
	return append([]T{}, slices.Concat(lists...)...), err
}

// Tell has every Pavise that keeps its state there do what the path says; each answers
// with what came of it, also those that did it before one could not.
func Tell[T any](ctx context.Context, state, path string) ([]T, error) {
	return answers[T](state, func(dir string) ([][]byte, error) { return admin.Tell(ctx, dir, path, nil) })
}

// Order is [Tell] that says more than the path, and each answers a list.
func Order[T any](ctx context.Context, state, path string, what any) ([]T, error) {
	body, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	lists, err := answers[[]T](state, func(dir string) ([][]byte, error) { return admin.Tell(ctx, dir, path, body) })
	return append([]T{}, slices.Concat(lists...)...), err
}

// answers are those of every Pavise that keeps its state there.
func answers[T any](state string, ask func(dir string) ([][]byte, error)) ([]T, error) {
	dir, err := RunningState(state)
	if err != nil {
		return nil, err
	}
	texts, err := ask(dir)
	if err != nil {
		err = nobodyAnswers(err)
	}
	all := make([]T, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal(text, &all[i]); err != nil {
			return nil, fmt.Errorf("the running Pavise answers what is not understood: %w", err)
		}
	}
	return all, err
}

// nobodyAnswers says what to do where no running Pavise has answered.
func nobodyAnswers(err error) error {
	hint := "ask as the user that pavise serve runs as"
	switch {
	case errors.Is(err, admin.ErrNobody):
		hint = "name the directory that pavise serve was given: --state DIR"
	case errors.As(err, new(*admin.RefusedError)):
		hint = ""
	}
	return Failed(hint, "%w", err)
}

// Whoami is who types, as the machine knows them: also behind sudo.
func Whoami() string {
	name := "somebody"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if before := os.Getenv("SUDO_USER"); before != "" && before != name {
		name += " (" + before + ")"
	}
	return pavise.Clip(name, 100)
}

// Completed offers what the running Pavise answers to a question, and no files.
func Completed[T any](state *string, question string, word func(T) string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // somebody waits at a prompt
		defer cancel()
		list, _ := Ask[T](ctx, *state, question)
		var words []string
		for _, v := range list {
			words = append(words, word(v))
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
