package scan

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"

	"pavise"
)

// An Account is one that the asker has at the site, with what is secret. Its addresses
// may be paths of the site.
type Account struct {
	pavise.Account
	Password string
	Form     Form
	Cookie   string      // of a session given ready
	Header   http.Header // likewise
}

// A Form is what a login page does not show of itself.
type Form struct {
	Account, Password string            // names of the fields; "" is as the page has them
	Fields            map[string]string // further ones
	JSON              bool              // it is sent as JSON, without a look at the page
	Token             string            // the field of the JSON answer that is borne from then on
}

// settle makes addresses of the site of what is a path.
func (opt *Options) settle() {
	at := func(s *string) {
		if strings.HasPrefix(*s, "/") {
			*s = opt.Target.URL + *s
		}
	}
	at(&opt.Target.Login)
	opt.Accounts = slices.Clone(opt.Accounts)
	for i := range opt.Accounts {
		a := &opt.Accounts[i]
		at(&a.Login)
		at(&a.Check)
		if a.Logout != nil {
			r := *a.Logout
			at(&r.URL)
			a.Logout = &r
		}
		a.Paths = slices.Clone(a.Paths)
		for j := range a.Paths {
			at(&a.Paths[j])
		}
	}
}

// public is what the evidence says of the accounts: nothing where nobody agreed.
func public(opt Options) []pavise.Account {
	if opt.Target.Agreed == "" {
		return nil
	}
	var list []pavise.Account
	for _, a := range opt.Accounts {
		list = append(list, a.Account)
	}
	return list
}

// clientsOf has a client for each account, which logs in when it is first needed.
func (c client) clientsOf(accounts []Account) map[string]*walker {
	clients := map[string]*walker{}
	for i := range accounts {
		clients[accounts[i].Name] = &walker{client: c, account: &accounts[i], once: new(sync.Once)}
	}
	return clients
}

// requestAs asks with the session of an account. Its requests come one after the
// other, as those of one browser tab.
func (c client) requestAs(ctx context.Context, r pavise.Request) (*pavise.Response, error) {
	w := c.clients[r.As]
	if w == nil || c.opt.Target.Agreed == "" {
		return nil, fmt.Errorf("no account is called %q", r.As)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.once.Do(func() {
		w.client = c // whole, now
		w.refused = w.enter(ctx)
	})
	if w.refused != nil {
		return nil, w.refused
	}
	seen, err := w.ask(ctx, r)
	if err != nil {
		return nil, err
	}
	return w.veiled(seen), nil
}

// enter begins the session of the account.
func (w *walker) enter(ctx context.Context) error {
	if w.ready(); w.account.Login == "" {
		return nil
	}
	seen, err := w.login(ctx, w.account.Login, pavise.Login{})
	switch {
	case err != nil:
		return fmt.Errorf("login of %s: %w", w.account.Name, err)
	case seen.Status >= http.StatusBadRequest:
		return fmt.Errorf("the login of %s is answered %d", w.account.Name, seen.Status)
	}
	return w.inside(ctx)
}

// inside looks whether the account is logged in: what only it sees must not be refused.
func (w *walker) inside(ctx context.Context) error {
	seen, err := w.ask(ctx, pavise.Request{URL: w.account.Check})
	switch {
	case err != nil:
		return err
	case seen.Status != http.StatusOK:
		return fmt.Errorf("the login of %s has failed: its check page is answered %d", w.account.Name, seen.Status)
	case asksPassword(seen.Forms):
		return errors.New("the login of " + w.account.Name + " has failed: its check page asks for a password")
	}
	return nil
}

func asksPassword(forms []pavise.Form) bool {
	for _, f := range forms {
		if f.Password && len(f.Fields) <= 6 { // not one to change it
			return true
		}
	}
	return false
}
