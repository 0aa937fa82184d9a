package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// completed offers what the running Pavise answers to a question, and no files.
func completed[T any](state *string, question string, word func(T) string) cobra.CompletionFunc {
	return func(c *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // somebody waits at a prompt
		defer cancel()
		list, _ := askOwn[T](ctx, *state, question)
		var words []string
		for _, v := range list {
			words = append(words, word(v))
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}
