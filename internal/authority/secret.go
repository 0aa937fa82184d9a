package authority

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	secretFile = "secret" // for this user alone
	secretSize = 32
)

// Secret reads the secret of this machine in the directory, or makes it and a new
// directory. Several processes may do so at once: they end up with the same one.
func Secret(dir string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w", err)
	}
	path := filepath.Join(dir, secretFile)
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		fresh := make([]byte, secretSize)
		rand.Read(fresh)
		if err := linkFile(path, fresh); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("secret: %w", err)
		}
		secret, err = os.ReadFile(path)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("secret: %w", err)
	case len(secret) != secretSize:
		return nil, fmt.Errorf("secret: %s must have %d bytes, not %d; without it a new one is made", path, secretSize, len(secret))
	}
	return secret, nil
}
