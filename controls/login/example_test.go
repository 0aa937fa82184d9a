package login_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"

	"pavise"
	"pavise/controls/login"
)

// In front of an app that knows nothing of it.
func Example() {
	site := pavise.Site{Hosts: []string{"shop.example.com"}}
	protect, err := pavise.Protect(site, login.Rate{}, login.Guard{})
	if err != nil {
		fmt.Println(err)
		return
	}
	app := protect(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "Wrong name or password", http.StatusUnauthorized)
	}))
	for n := 1; n <= 11; n++ {
		r := httptest.NewRequest("POST", "https://shop.example.com/login", strings.NewReader("username=alice&password=guess"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		app.ServeHTTP(w, r)
		if n == 1 || n >= 10 {
			fmt.Printf("%d: %d %q\n", n, w.Code, w.Header().Get("Retry-After"))
		}
	}
	// Output:
	// 1: 401 ""
	// 10: 401 ""
	// 11: 429 "1800"
}

// Within a program that looks at passwords itself.
func ExampleLedger() {
	ledger, err := login.Guard{}.Ledger(pavise.Env{Site: pavise.Site{Hosts: []string{"shop.example.com"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	check := func(ctx context.Context, name, password string, from netip.Addr) error {
		attempt, err := ledger.Begin(ctx, login.Try{Accounts: []string{name}, Client: from})
		if err != nil {
			return err
		}
		defer attempt.Settle(ctx) // whatever happens now, it was counted
		if password != "right" {
			return errors.New("wrong name or password")
		}
		attempt.Succeed(ctx)
		return nil
	}
	from := netip.MustParseAddr("203.0.113.9")
	for range 10 {
		check(context.Background(), "alice", "guess", from)
	}
	var refused *pavise.Refusal
	if errors.As(check(context.Background(), "Alice", "right", from), &refused) {
		fmt.Println(refused.Status, refused.RetryAfter.Round(1e9))
	}
	// Output:
	// 429 30m0s
}

// A guard is not loosened in passing: less than PCI DSS asks for is an exception,
// with a reason.
func ExampleGuard_incorrect() {
	_, err := pavise.Protect(pavise.Site{}, login.Guard{Failures: 100, Block: 60e9})
	fmt.Println(err)
	// Output:
	// login.guard: failures must be 1 to 10, not 100
	// login.guard: block must be 30m to 24h, not 1m0s
}
