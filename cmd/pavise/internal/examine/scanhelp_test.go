package examine

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestFlagGroups: the help tells every flag once.
func TestFlagGroups(t *testing.T) {
	toldOnce(t, ScanCommand(), scanGroups)
	toldOnce(t, AuditCommand(), auditGroups)
}

func toldOnce(t *testing.T, c *cobra.Command, groups []flagGroup) {
	c.InitDefaultHelpFlag()
	times := map[string]int{}
	for _, g := range groups {
		for _, name := range g.names {
			times[name]++
		}
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if times[f.Name] != 1 {
			t.Errorf("%s: --%s is told %d times", c.Name(), f.Name, times[f.Name])
		}
		delete(times, f.Name)
	})
	for name := range times {
		t.Errorf("%s: there is no --%s", c.Name(), name)
	}
}
