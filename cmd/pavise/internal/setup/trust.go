package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"pavise/cmd/pavise/internal/cli"
	"pavise/internal/authority"
	"pavise/internal/truststore"
)

// TrustCommand is pavise trust.
func TrustCommand() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:   "trust",
		Short: "Put the local authority into this user's trust stores",
		Long: "Trust puts the certificate of the local authority into the trust stores of this machine's user, so that\n" +
			"browsers accept what serve and try show without a certificate of your own. Run by root it changes the\n" +
			"store of the whole machine too, where curl and most programs look.",
		Example: "  pavise trust\n  sudo pavise trust --state ~/.local/state/pavise",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			local, err := cli.OpenAuthority(state)
			if err != nil {
				return err
			}
			return changeStores(c, local, truststore.Store.Add)
		},
	}
	c.Flags().StringVar(&state, "state", "", "`DIR` that serve keeps its state in (default the user's state directory)")
	return c
}

// UntrustCommand is pavise untrust.
func UntrustCommand() *cobra.Command {
	var state string
	c := &cobra.Command{
		Use:     "untrust",
		Short:   "Take the local authority out of this user's trust stores",
		Long:    "Untrust takes the certificate of the local authority out of every trust store that trust has put it into.",
		Example: "  pavise untrust",
		Args:    cli.NoArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := cli.StateDir(state)
			if err != nil {
				return err
			}
			local, err := authority.Load(dir)
			if errors.Is(err, fs.ErrNotExist) {
				fmt.Fprintf(c.OutOrStdout(), "nothing to take out: there is no local authority in %s\n", dir)
				return nil
			} else if err != nil {
				return err
			}
			return changeStores(c, local, truststore.Store.Remove)
		},
	}
	c.Flags().StringVar(&state, "state", "", "`DIR` that serve keeps its state in (default the user's state directory)")
	return c
}

// changeStores changes every store that can be, and says which.
func changeStores(c *cobra.Command, local *authority.Authority, change func(truststore.Store, context.Context) error) error {
	file := local.CertificateFile()
	done := 0
	for _, s := range truststore.Find(local.Certificate(), file) {
		if err := change(s, c.Context()); err != nil {
			fmt.Fprintf(c.ErrOrStderr(), "pavise: %s: %v\n", s.Name, err)
			continue
		}
		done++
		fmt.Fprintf(c.OutOrStdout(), "%s: done\n", s.Name)
	}
	if done == 0 {
		return cli.Failed("import it by hand: "+file+truststore.Advice(), "no trust store of this user could be changed")
	}
	if truststore.LeavesSystem() {
		fmt.Fprintf(c.OutOrStdout(), "system store: left alone, it belongs to root: sudo %s --state %s\n", c.CommandPath(), filepath.Dir(file))
	}
	return nil
}
