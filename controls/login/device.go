package login

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strings"
	"time"

	"pavise"
)

// The device cookie holds a token for each of the last accounts that somebody has
// logged in to with this browser: an id, the day, and a MAC over these and the
// account. Only the browser that holds it knows for which accounts it is.
const (
	idBytes    = 12
	tokenBytes = idBytes + 4 + 16
	tokenChars = (tokenBytes*8 + 5) / 6
	maxTokens  = 5
	deviceDays = 180
)

// device returns the id under which a browser has logged in to an account before,
// or "".
func (l *Ledger) device(cookie, account string) string {
	for _, token := range tokens(cookie) {
		if id := l.known(token, account); id != "" {
			return id
		}
	}
	return ""
}

// tokens takes a cookie apart. One of another size is not ours.
func tokens(cookie string) []string {
	if cookie == "" || len(cookie) > maxTokens*(tokenChars+1) {
		return nil
	}
	return strings.Split(cookie, ".")
}

func (l *Ledger) known(token, account string) string {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return ""
	}
	body, mac := raw[:idBytes+4], raw[idBytes+4:]
	age := int64(l.today()) - int64(binary.BigEndian.Uint32(body[idBytes:]))
	if age < -1 || age > deviceDays { // the clock of another node may be a little ahead
		return ""
	}
	for _, secret := range l.env.Secrets() {
		if hmac.Equal(mac, l.mac(secret, "device cookie", account, string(body))) {
			return string(body[:idBytes])
		}
	}
	return ""
}

func (l *Ledger) today() uint32 { return uint32(l.env.Now().Unix() / int64(day/time.Second)) }

// Remember returns the cookie to set for a browser after it has logged in, given
// the device cookie it sent, if any.
func (l *Ledger) Remember(device, account string) *http.Cookie {
	account = canonical(account)
	id, kept := "", []string{""}
	for _, token := range tokens(device) {
		if known := l.known(token, account); known != "" {
			id = known // its counter goes on
		} else if len(token) == tokenChars && len(kept) < maxTokens {
			kept = append(kept, token)
		}
	}
	if id == "" {
		fresh := make([]byte, idBytes)
		rand.Read(fresh)
		id = string(fresh)
	}
	body := binary.BigEndian.AppendUint32([]byte(id), l.today())
	kept[0] = base64.RawURLEncoding.EncodeToString(append(body, l.mac(l.env.Secret, "device cookie", account, string(body))...))
	return &http.Cookie{Name: pavise.DeviceCookie, Value: strings.Join(kept, "."), Path: "/",
		MaxAge: deviceDays * int(day/time.Second), Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// deviceOf returns the device cookie of a request. Where there are several, one of
// them is planted, and none is believed.
func deviceOf(r *http.Request) string {
	if c := r.CookiesNamed(pavise.DeviceCookie); len(c) == 1 {
		return c[0].Value
	}
	return ""
}
