package dashboard

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"pavise"
	"pavise/internal/atomicfile"
)

// A User may log in where the dashboard is exposed: by a password and a code.
type User struct {
	Name  string    `json:"name"`
	Salt  []byte    `json:"salt"`
	Hash  []byte    `json:"hash"` // Argon2id (RFC 9106)
	TOTP  []byte    `json:"totp"`
	Added time.Time `json:"added"`
}

// Bounds of users. A password is as long as PCI DSS 4.0.1 8.3.6 and NIST SP 800-63B-4
// 3.1.1.2 want beside a second factor, and no longer than anybody types.
const (
	minPassword = 12
	maxPassword = 256
	maxUsers    = 64
	maxFile     = 1 << 20
)

// UsersFile is where a state directory keeps them.
func UsersFile(state string) string { return filepath.Join(state, "dashboard-users.json") }

// NewUser makes one, with a secret of its own for codes.
func NewUser(name, password string, now time.Time) (User, error) {
	switch {
	case !validUser(name):
		return User{}, fmt.Errorf("the name %q must be 1 to 64 letters, digits, dots, dashes, underscores or @", pavise.Clip(name, 80))
	case utf8.RuneCountInString(password) < minPassword:
		return User{}, fmt.Errorf("the password must have at least %d characters", minPassword)
	case len(password) > maxPassword:
		return User{}, fmt.Errorf("the password must have at most %d bytes", maxPassword)
	}
	u := User{Name: name, Salt: make([]byte, 16), TOTP: newTOTP(), Added: now.UTC()}
	rand.Read(u.Salt)
	u.Hash = stretch(password, u.Salt)
	return u, nil
}

func validUser(name string) bool {
	return name != "" && len(name) <= 64 &&
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_@") == ""
}

// stretching is one at a time: each takes 19 MiB, and strangers may ask for it.
var stretching = make(chan struct{}, 1)

// stretch is Argon2id with the least that OWASP's Password Storage Cheat Sheet asks for:
// a second factor and the login guard stand beside it.
func stretch(password string, salt []byte) []byte {
	stretching <- struct{}{}
	defer func() { <-stretching }()
	return argon2.IDKey([]byte(password), salt, 2, 19<<10, 1, 32)
}

// LoadUsers reads a file, which nobody but its owner may read; none is no users.
func LoadUsers(file string) ([]User, error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: others can read it: chmod 600 %[1]s", file)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return nil, err
	}
	var users []User
	if err := json.Unmarshal(data, &users); err != nil || len(users) > maxUsers {
		return nil, fmt.Errorf("%s is no file of users", file)
	}
	return users, nil
}

// SaveUsers replaces the file, whole or not at all.
func SaveUsers(file string, users []User) error {
	if len(users) > maxUsers {
		return fmt.Errorf("there are %d users already", maxUsers)
	}
	data, err := json.MarshalIndent(users, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(file, data, 0o600)
}

// A gate lets users in whose password and code fit. A code opens it once
// (RFC 6238 5.2), on all nodes together.
type gate struct {
	file  string
	store pavise.Store
	now   func() time.Time
}

// knows reports whether the user of a session is still one: not another of the same name,
// nor the same with a new password, whose old sessions may be somebody else's.
func (g *gate) knows(own *session) bool {
	users, err := LoadUsers(g.file)
	return err == nil && slices.ContainsFunc(users, func(u User) bool { return u.Name == own.User && !own.Began.Before(u.Added) })
}

// admits takes as long for a name that is nobody's.
func (g *gate) admits(ctx context.Context, name, password, code string) (bool, error) {
	users, err := LoadUsers(g.file)
	if err != nil {
		return false, err
	}
	u, known := User{Salt: make([]byte, 16), Hash: make([]byte, 32), TOTP: make([]byte, totpSecret)}, false
	if i := slices.IndexFunc(users, func(u User) bool { return u.Name == name }); i >= 0 {
		u, known = users[i], true
	}
	if len(password) > maxPassword {
		return false, nil
	}
	fits := subtle.ConstantTimeCompare(stretch(password, u.Salt), u.Hash) == 1
	step, current := totpMatch(u.TOTP, code, g.now())
	if !known || !fits || !current {
		return false, nil
	}
	times, _, err := g.store.Add(ctx, fmt.Sprintf("dashboard/code/%s/%d", name, step), 1, 4*totpStep)
	return err == nil && times == 1, err
}
