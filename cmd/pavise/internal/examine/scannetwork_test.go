package examine

import (
	"testing"

	"github.com/spf13/pflag"

	"pavise/scan"
)

func TestNetworkFlags(t *testing.T) {
	for _, test := range []struct {
		args                  []string
		ports, resolver, mail string
		wrong                 bool
	}{
		{args: nil},
		{args: []string{"--ports", "22,80-90"}, ports: "22,80-90"},
		{args: []string{"--ports", "none", "--resolver", "9.9.9.9"}, ports: "none", resolver: "9.9.9.9:53"},
		{args: []string{"--resolver", "::1"}, resolver: "[::1]:53"},
		{args: []string{"--resolver", "[::1]:5353"}, resolver: "[::1]:5353"},
		{args: []string{"--mail", "Mail.example.com", "--mail", "mx:2525"}, mail: "mail.example.com:25,mail.example.com:465,mail.example.com:587,mx:2525"},
		{args: []string{"--ports", "some"}, wrong: true},
		{args: []string{"--ports", "0"}, wrong: true},
		{args: []string{"--resolver", "dns.example.com"}, wrong: true},
		{args: []string{"--mail", "https://mail"}, wrong: true},
		{args: []string{"--mail", "mail:0"}, wrong: true},
	} {
		var f networkFlags
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.add(flags)
		if err := flags.Parse(test.args); err != nil {
			t.Fatal(err)
		}
		var opt scan.Options
		err := f.into(&opt)
		if (err != nil) != test.wrong {
			t.Errorf("%q: %v", test.args, err)
		}
		if err == nil && (opt.Target.Ports != test.ports || opt.Resolver != test.resolver || opt.Target.Mail != test.mail) {
			t.Errorf("%q: ports %q, resolver %q, mail %q", test.args, opt.Target.Ports, opt.Resolver, opt.Target.Mail)
		}
	}
}

// TestAllPortsTakeTime unless the asker has none.
func TestAllPortsTakeTime(t *testing.T) {
	for _, test := range []struct {
		args []string
		long bool
	}{{[]string{"--ports", "all"}, true}, {[]string{"--ports", "all", "--timeout", "1m"}, false}} {
		var f networkFlags
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.add(flags)
		opt := scan.Options{MaxConnections: 300}
		flags.DurationVar(&opt.Timeout, "timeout", 0, "")
		if err := flags.Parse(test.args); err != nil {
			t.Fatal(err)
		}
		if err := f.into(&opt); err != nil || (opt.Timeout == allTime) != test.long || opt.MaxConnections != 300+65535 {
			t.Errorf("%q: %s, %d connections, %v", test.args, opt.Timeout, opt.MaxConnections, err)
		}
	}
}
