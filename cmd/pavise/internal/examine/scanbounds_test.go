package examine

import (
	"reflect"
	"testing"

	"github.com/spf13/pflag"

	"pavise/scan"
)

func TestBoundFlags(t *testing.T) {
	for _, test := range []struct {
		args  []string
		want  scan.Options
		wrong bool
	}{
		{want: scan.Options{MaxConnections: 300, Rate: 10, Depth: 4}}, // of requests the scan knows best
		{args: []string{"--max-requests", "1200", "--max-connections", "500", "--rate", "2", "--depth", "9", "--ignore-robots"},
			want: scan.Options{MaxRequests: 1200, MaxConnections: 500, Rate: 2, Depth: 9, IgnoreRobots: true}},
		{args: []string{"--max-requests", "0"}, wrong: true},
		{args: []string{"--max-requests", "10001"}, wrong: true},
		{args: []string{"--max-connections", "-1"}, wrong: true},
		{args: []string{"--rate", "0"}, wrong: true},
		{args: []string{"--depth", "21"}, wrong: true},
	} {
		var f boundFlags
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.add(flags)
		if err := flags.Parse(test.args); err != nil {
			t.Fatal(err)
		}
		var opt scan.Options
		if err := f.into(&opt); (err != nil) != test.wrong {
			t.Errorf("%q: %v", test.args, err)
		}
		if !test.wrong && !reflect.DeepEqual(opt, test.want) {
			t.Errorf("%q: %+v", test.args, opt)
		}
	}
}
