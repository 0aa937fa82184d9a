package weaktls

import (
	"bytes"
	"cmp"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
	"errors"
)

// The types of a record, and the alerts that are sent (RFC 5246 6.2.1 and 7.2).
const (
	changeCipherSpec = 20
	alertRecord      = 21
	handshakeRecord  = 22
	dataRecord       = 23
	heartbeatRecord  = 24

	closeNotify       = 0
	unexpectedMessage = 10
	badRecordMAC      = 20
	decryptionFailed  = 21
	recordOverflow    = 22
	handshakeFailure  = 40
	illegalParameter  = 47
	decodeError       = 50
	decryptError      = 51
	protocolVersion   = 70
	internalError     = 80
	noRenegotiation   = 100
)

// maxRecord bounds a record, encrypted (RFC 5246 6.2.3).
const maxRecord = 1<<14 + 2048

// An alert is why a connection ends.
type alert byte

func (a alert) Error() string { return "weaktls: a connection ended with an alert" }

// errSilent ends a connection without a word, errDropped a record alone.
var (
	errSilent  = errors.New("weaktls: a connection ended in silence")
	errDropped = errors.New("weaktls: a record was dropped")
)

// A half is one direction of a connection: in the clear until it has a suite.
type half struct {
	*suite
	version uint16
	mac     []byte // its key
	cipher  cipher.Block
	stream  cipher.Stream
	iv      []byte // TLS 1.0: what the last record left
	seq     uint64
}

// recordHead is the length of what goes before the data of a record.
const recordHead = 5

// fill reads until so many bytes are there to be taken. Where it is interrupted nothing
// is lost.
func (c *conn) fill(n int) error {
	for len(c.raw) < n {
		more := make([]byte, 4096)
		m, err := c.Conn.Read(more)
		c.raw = append(c.raw, more[:m]...)
		if err != nil && len(c.raw) < n {
			return err
		}
	}
	return nil
}

// readRecord returns the next record, decrypted.
func (c *conn) readRecord() (typ byte, data []byte, err error) {
	for {
		if err := c.fill(recordHead); err != nil {
			return 0, nil, err
		}
		head := c.raw[:recordHead]
		n := int(binary.BigEndian.Uint16(head[3:]))
		if n > maxRecord {
			return 0, nil, alert(recordOverflow)
		}
		if head[1] != 3 {
			return 0, nil, alert(protocolVersion)
		}
		if err := c.fill(recordHead + n); err != nil {
			return 0, nil, err
		}
		head, data := c.raw[:recordHead], c.raw[recordHead:recordHead+n:recordHead+n]
		c.raw = c.raw[recordHead+n:]
		data, err = c.in.open(head[0], data, c.cfg.Padding)
		switch {
		case err == errDropped:
			continue
		case err != nil && c.early != nil: // as OpenSSL, by keys that were taken too early
			err = alert(decryptionFailed)
		}
		return head[0], data, err
	}
}

// writeRecord sends data in as many records as it needs.
func (c *conn) writeRecord(typ byte, data []byte) error {
	c.sending.Lock()
	defer c.sending.Unlock()
	version := cmp.Or(c.version, TLS10)
	for first := true; first || len(data) > 0; first = false {
		part := data[:min(len(data), 1<<14)]
		data = data[len(part):]
		sealed := c.out.seal(typ, part)
		record := append([]byte{typ, byte(version >> 8), byte(version), byte(len(sealed) >> 8), byte(len(sealed))}, sealed...)
		if _, err := c.Conn.Write(record); err != nil {
			return err
		}
	}
	return nil
}

// sum is the MAC of a record (RFC 5246 6.2.3.1).
func (h *half) sum(typ byte, data []byte) []byte {
	mac := hmac.New(h.suite.mac, h.mac)
	head := binary.BigEndian.AppendUint64(nil, h.seq)
	mac.Write(append(head, typ, byte(h.version>>8), byte(h.version), byte(len(data)>>8), byte(len(data))))
	mac.Write(data)
	return mac.Sum(nil)
}

func (h *half) seal(typ byte, data []byte) []byte {
	if h.suite == nil {
		return data
	}
	plain := append(append([]byte(nil), data...), h.sum(typ, data)...)
	h.seq++
	switch {
	case h.stream != nil:
		h.stream.XORKeyStream(plain, plain)
	case h.cipher != nil:
		size := h.cipher.BlockSize()
		pad := size - len(plain)%size
		plain = append(plain, bytes.Repeat([]byte{byte(pad - 1)}, pad)...)
		iv := h.iv
		if h.version >= TLS11 {
			iv = make([]byte, size)
			rand.Read(iv)
		}
		cipher.NewCBCEncrypter(h.cipher, iv).CryptBlocks(plain, plain)
		h.iv = plain[len(plain)-size:]
		if h.version >= TLS11 {
			return append(iv, plain...)
		}
	}
	return plain
}

func (h *half) open(typ byte, data []byte, padding Padding) ([]byte, error) {
	switch {
	case h.suite == nil:
		return data, nil
	case h.cipher != nil:
		return h.openCBC(typ, data, padding)
	case h.stream != nil:
		h.stream.XORKeyStream(data, data)
	}
	n := len(data) - h.suite.mac().Size()
	if n < 0 || !hmac.Equal(h.sum(typ, data[:n]), data[n:]) {
		return nil, alert(badRecordMAC)
	}
	h.seq++
	return data[:n], nil
}

func (h *half) openCBC(typ byte, data []byte, padding Padding) ([]byte, error) {
	size := h.cipher.BlockSize()
	iv := h.iv
	if h.version >= TLS11 && len(data) >= size {
		iv, data = data[:size], data[size:]
	}
	if len(data) == 0 || len(data)%size != 0 {
		return nil, alert(badRecordMAC)
	}
	h.iv = append([]byte(nil), data[len(data)-size:]...)
	cipher.NewCBCDecrypter(h.cipher, iv).CryptBlocks(data, data)
	r := h.judge(typ, data)
	if err := padding.verdict(r); err != nil {
		return nil, err
	}
	h.seq++
	return r.data, nil
}
