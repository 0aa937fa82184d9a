package site

import (
	"strings"
	"testing"
	"time"

	"pavise"
)

func TestEyes(t *testing.T) {
	site := "\nsites: [{hosts: [a.test], to: 3000}]\n"
	for text, said := range map[string]string{
		"metrics: 127.0.0.1:9909":                                "",
		"metrics: {listen: '[::1]:9909'}":                        "",
		"metrics: {listen: '0.0.0.0:9909', allow-remote: true}":  "",
		"metrics: :9909":                                         "can be reached from other machines",
		"metrics: 10.0.0.7:9909":                                 "can be reached from other machines",
		"metrics: 9909":                                          "want an address with a port",
		"metrics: {allow-remote: true}":                          "listen is missing",
		"log: access.log":                                        "",
		"log: {access: stderr, format: combined, query: off}":    "",
		"log: {access: x, format: comon}":                        `did you mean "common"`,
		"log: {access: x, rotate: {size: 1000}}":                 "want at least 65536 bytes",
		"log: {access: x, rotate: {size: 100MB}}":                "write 100000000",
		"log: {access: x, rotate: {age: 1s}}":                    "want at least 1m",
		"log: {access: x, rotate: {keep: -1}}":                   "want 0 to 10000",
		"log: {acces: x}":                                        `did you mean "access"`,
		"traces: http://127.0.0.1:4318":                          "",
		"traces: {to: 'https://otel.example.com', sample: 1}":    "",
		"traces: {to: 'http://otel.example.com:4318'}":           "in the clear",
		"traces: {to: 'http://127.0.0.1:4318', sample: 1.5}":     "want 0 to 1",
		"traces: {to: 'http://127.0.0.1:4318', trust: [banana]}": "banana",
		"traces: 127.0.0.1:4318":                                 "want the address of a collector",
		"traces: {to: 'http://u:p@127.0.0.1:4318'}":              "want the address of a collector",
	} {
		_, err := Parse("pavise.yaml", []byte(text+site), []pavise.Control{}, nil)
		if (err == nil) != (said == "") || err != nil && !strings.Contains(err.Error(), said) {
			t.Errorf("%s: %v", text, err)
		}
	}
	f, err := Parse("pavise.yaml", []byte("log: {access: x, rotate: {keep: 3}}\ntraces: http://127.0.0.1:4318"+site), []pavise.Control{}, nil)
	if err != nil || f.Log.Format != "json" || f.Log.Query != "names" || f.Log.Rotate != (Rotate{100 << 20, 24 * time.Hour, 3, true}) || f.Traces.Sample != .01 {
		t.Errorf("%+v %v", f, err)
	}
	f.Log.beside("/etc/pavise")
	if f.Log.Access != "/etc/pavise/x" {
		t.Error(f.Log.Access)
	}
}
