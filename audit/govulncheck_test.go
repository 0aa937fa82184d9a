package audit

import (
	"slices"
	"strings"
	"testing"
)

// TestReadTraces: calls are told from the entry to what is flawed; that a module is there is no
// call.
func TestReadTraces(t *testing.T) {
	said := `{"config":{"protocol_version":"v1.0.0"}}
{"osv":{"id":"GO-2024-1"}}
{"finding":{"osv":"GO-2024-1","trace":[{"module":"golang.org/x/net"}]}}
{"finding":{"osv":"GO-2024-1","trace":[{"module":"golang.org/x/net","package":"golang.org/x/net/html","function":"Parse","receiver":"*Tokenizer"},{"module":"shop","package":"shop","function":"main"}]}}`
	list, err := readTraces(strings.NewReader(said))
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if one := list[0]; one.Advisory != "GO-2024-1" || one.Package != "golang.org/x/net" ||
		!slices.Equal(one.Calls, []string{"shop.main", "golang.org/x/net/html.Tokenizer.Parse"}) {
		t.Errorf("%+v", one)
	}
	if _, err := readTraces(strings.NewReader(`{"finding":`)); err == nil {
		t.Error("half a value is read as a whole")
	}
}

// FuzzTraces: whatever is said is read or refused, and bounded.
func FuzzTraces(f *testing.F) {
	f.Add(`{"finding":{"osv":"GO-1","trace":[{"function":"f"}]}}`)
	f.Fuzz(func(t *testing.T, said string) {
		list, _ := readTraces(strings.NewReader(said))
		for _, one := range list {
			if len(one.Calls) == 0 || len(one.Calls) > maxCalls {
				t.Errorf("%d calls", len(one.Calls))
			}
		}
	})
}
