package main
import "github.com/spf13/cobra"
func siteImportCommand() *cobra.Command { return &cobra.Command{Use:"import"} }
