package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"pavise/internal/truststore"
)

func trustCommand() *cobra.Command {
	return trustChange("trust", "Put the local authority into this user's trust stores",
		"Trust puts the certificate of the local authority into the trust stores of this machine's user, so that\n"+
			"browsers accept what serve and try show without a certificate of your own.",
		truststore.Store.Add)
}

func untrustCommand() *cobra.Command {
	return trustChange("untrust", "Take the local authority out of this user's trust stores",
		"Untrust takes the certificate of the local authority out of every trust store that trust has put it into.",
		truststore.Store.Remove)
}

func trustChange(name, short, long string, change func(truststore.Store, context.Context, string) error) *cobra.Command {
	var state string
	c := &cobra.Command{
		Use: name, Short: short, Long: long, Args: noArguments,
		Example: "  pavise " + name,
		RunE: func(c *cobra.Command, _ []string) error {
			local, err := openAuthority(state)
			if err != nil {
				return err
			}
			stores := truststore.Find()
			failed := 0
			for _, s := range stores {
				if err := change(s, c.Context(), local.CertificateFile()); err != nil {
					failed++
					fmt.Fprintf(c.ErrOrStderr(), "pavise: %s: %v\n", s.Name, err)
					continue
				}
				fmt.Fprintf(c.OutOrStdout(), "%s: done\n", s.Name)
			}
			if len(stores) == failed {
				return &advised{
					err:  errors.New("no trust store of this user could be changed"),
					hint: "import it by hand: " + local.CertificateFile() + truststore.Advice(),
					code: exitFailed,
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&state, "state", "", "`DIR` with the local authority (default the user's state directory)")
	return c
}
