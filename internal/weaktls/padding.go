package weaktls

import "crypto/hmac"

// A judged is what can be said of a record in CBC mode once it is decrypted.
type judged struct {
	padded bool   // all bytes of the padding are right
	fits   bool   // there is room for what the last byte says and a MAC
	mac    bool   // it is right, if what the last byte says is left out
	whole  bool   // the padding is right, and nothing is before it
	data   []byte // without MAC and padding, where it fits
}

func (h *half) judge(typ byte, plain []byte) (r judged) {
	pad := int(plain[len(plain)-1]) + 1
	r.padded = pad <= len(plain)
	for i := len(plain) - min(pad, len(plain)); i < len(plain); i++ {
		r.padded = r.padded && int(plain[i])+1 == pad
	}
	r.whole = r.padded && pad == len(plain)
	n := len(plain) - pad - h.suite.mac().Size()
	if r.fits = n >= 0; r.fits {
		r.data = plain[:n]
		r.mac = hmac.Equal(h.sum(typ, r.data), plain[n:len(plain)-pad])
	}
	return r
}

// verdict says what becomes of a record; nil is that it is taken. What the flaw does
// not concern is judged as it should be: one alert for all (RFC 5246 6.2.3.2).
func (p Padding) verdict(r judged) error {
	switch {
	case r.mac && (r.padded || p == POODLE):
		return nil
	case p == Zombie && r.mac:
		return alert(decryptionFailed)
	case p == Golden && r.padded && r.fits:
		return errSilent
	case p == Sleeping && r.mac:
		return errDropped
	case p == ZeroLength && r.padded && r.fits && len(r.data) == 0:
		return errSilent
	case p == AESNI && !r.fits && (r.whole || !r.padded):
		return alert(recordOverflow)
	}
	return alert(badRecordMAC)
}
