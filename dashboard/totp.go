package dashboard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" // what authenticator programs understand (RFC 6238 1.2)
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"time"
)

const (
	totpStep   = 30 * time.Second
	totpDigits = 6
	totpSecret = 20 // bytes, as many as the hash has (RFC 4226 4, R6)
)

var base32text = base32.StdEncoding.WithPadding(base32.NoPadding)

func newTOTP() []byte {
	secret := make([]byte, totpSecret)
	rand.Read(secret)
	return secret
}

// totpAt is the code of one step (RFC 6238 4.2, RFC 4226 5.3).
func totpAt(secret []byte, step int64) string {
	mac := hmac.New(sha1.New, secret)
	binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", totpDigits, binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// TOTPCode is what an authenticator program shows at a time.
func TOTPCode(secret []byte, at time.Time) string {
	return totpAt(secret, at.Unix()/int64(totpStep/time.Second))
}

// totpMatch returns the step that a code is of: this one, or one beside it, for clocks
// differ (RFC 6238 5.2).
func totpMatch(secret []byte, code string, now time.Time) (step int64, ok bool) {
	this := now.Unix() / int64(totpStep/time.Second)
	for _, n := range []int64{this - 1, this, this + 1} {
		if subtle.ConstantTimeCompare([]byte(totpAt(secret, n)), []byte(code)) == 1 {
			step, ok = n, true
		}
	}
	return step, ok
}

// TOTPAddress is what an authenticator program takes in, as text or as a picture.
func TOTPAddress(secret []byte, user, host string) string {
	q := url.Values{"secret": {base32text.EncodeToString(secret)}, "issuer": {"Pavise " + host}}
	return "otpauth://totp/" + url.PathEscape("Pavise "+host+":"+user) + "?" + q.Encode()
}
