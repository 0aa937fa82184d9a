package login

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"pavise"
)

// keyed is a hash of the parts that nobody makes without the secret. Each part is
// preceded by its length, so no choice of parts makes two hashes one.
func keyed(secret []byte, parts ...string) []byte {
	mac := hmac.New(sha256.New, secret)
	var n [4]byte
	for _, part := range parts {
		binary.BigEndian.PutUint32(n[:], uint32(len(part)))
		mac.Write(n[:])
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}

// oldest is the secret that names counters: they outlive a new one.
func oldest(env pavise.Env) []byte {
	all := env.Secrets()
	return all[len(all)-1]
}
