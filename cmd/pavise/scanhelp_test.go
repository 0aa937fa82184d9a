package main

import (
	"testing"

	"github.com/spf13/pflag"
)

// TestScanGroups: the help of scan tells every flag once.
func TestScanGroups(t *testing.T) {
	c := scanCommand()
	c.InitDefaultHelpFlag()
	times := map[string]int{}
	for _, g := range scanGroups {
		for _, name := range g.names {
			times[name]++
		}
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if times[f.Name] != 1 {
			t.Errorf("--%s is told %d times", f.Name, times[f.Name])
		}
		delete(times, f.Name)
	})
	for name := range times {
		t.Errorf("there is no --%s", name)
	}
}
