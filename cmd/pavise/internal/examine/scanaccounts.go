package examine

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"pavise"
	"pavise/cmd/pavise/internal/cli"
	"pavise/scan"
	"pavise/site"
)

// accountFlags name the asker's accounts at the site, and the login that is meant.
type accountFlags struct {
	as    []string
	login string
	idle  time.Duration
}

// maxAccounts bounds how many accounts one scan uses.
const maxAccounts = 4

func (f *accountFlags) add(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.as, "as", nil, "with --active: also look as the account of this `FILE`, and at what is its own; again for a second account")
	flags.StringVar(&f.login, "login", "", "`PATH` of the page with the login form that is meant, such as /login")
	flags.DurationVar(&f.idle, "idle", 0, "with --as: leave a session alone for `TIME`, such as 16m, and look whether it has ended")
}

// into reads the files, and gives the scan the time that it will wait.
func (f *accountFlags) into(opt *scan.Options) error {
	switch {
	case len(f.as) > 0 && opt.Target.Agreed == "":
		return cli.Usage(`--active --agreed "Ada Smith, who runs it" --as `+f.as[0], "--as goes with --active: a login leaves a session at the site")
	case len(f.as) > maxAccounts:
		return cli.Usage("", "--as names at most %d accounts, not %d", maxAccounts, len(f.as))
	case f.idle != 0 && len(f.as) == 0:
		return cli.Usage("--as account.yaml --idle 16m", "--idle goes with --as: it is the session of an account that rests")
	case f.idle < 0 || f.idle > time.Hour:
		return cli.Usage("--idle 16m", "--idle must be at most 1h, not %s", f.idle)
	}
	if f.login != "" && !strings.HasPrefix(f.login, "/") {
		return cli.Usage("--login /login", "--login takes a path, not %q", f.login)
	}
	opt.Target.Login = f.login
	opt.Target.Idle = f.idle
	if f.idle > 0 {
		opt.Timeout += f.idle
	}
	for _, file := range f.as {
		read, err := site.LoadAccount(file, os.LookupEnv)
		if err != nil {
			return cli.Usage("", "--as: %w", err)
		}
		a := accountOf(read)
		if slices.ContainsFunc(opt.Accounts, func(b scan.Account) bool { return b.Name == a.Name }) {
			return cli.Usage("", "--as %s: another account is called %s, too: give it a name", file, a.Name)
		}
		opt.Accounts = append(opt.Accounts, a)
	}
	return nil
}

// accountOf is the account as a scan knows it.
func accountOf(read *site.Account) scan.Account {
	a := scan.Account{
		Account:  pavise.Account{Name: read.Name, User: read.User, Login: read.Login.URL, Check: read.Check, Paths: read.Paths},
		Password: read.Password, Cookie: read.Cookie,
		Form: scan.Form{Account: read.Login.Account, Password: read.Login.Password, Fields: read.Login.Fields, JSON: read.Login.JSON, Token: read.Login.Token},
	}
	if method, path := read.LogoutBy(); path != "" {
		a.Logout = &pavise.Request{Method: method, URL: path}
	}
	if name, value, ok := strings.Cut(read.Header, ":"); ok {
		a.Header = http.Header{}
		a.Header.Set(strings.TrimSpace(name), strings.TrimSpace(value))
	}
	return a
}
