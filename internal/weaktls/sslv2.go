package weaktls

import (
	"crypto/rand"
	"encoding/binary"
	"io"
	"slices"
)

// sslv2 looks at the first bytes, and answers where they begin SSLv2.
func (c *conn) sslv2() (answered bool, err error) {
	if err := c.fill(3); err != nil {
		return false, err
	}
	length := int(c.raw[0]&0x7f)<<8 | int(c.raw[1])
	if c.raw[0] < 0x80 || c.raw[2] != 1 || length == 0 {
		return false, nil
	}
	if err := c.fill(2 + length); err != nil {
		return false, err
	}
	body := c.raw[2 : 2+length]
	r := &reader{b: body[1:]}
	version, specs := r.uint16(), r.uint16()
	r.uint16() // session
	r.uint16() // challenge
	offered := r.take(specs)
	if r.bad || version != SSL2 || !slices.Contains(c.cfg.Versions, SSL2) {
		return true, io.EOF
	}
	c.Conn.Write(c.hello2(offered))
	io.Copy(io.Discard, io.LimitReader(c.Conn, maxRecord)) // and never goes on
	return true, io.EOF
}

// hello2 is the SERVER-HELLO of SSLv2: unlike those after it, it names all suites that
// both know.
func (c *conn) hello2(offered []byte) []byte {
	var both []byte
	for i := 0; i+3 <= len(offered); i += 3 {
		id := uint32(offered[i])<<16 | uint32(offered[i+1])<<8 | uint32(offered[i+2])
		if slices.Contains(c.cfg.SSL2, id) {
			both = append(both, offered[i:i+3]...)
		}
	}
	connection := make([]byte, 16)
	rand.Read(connection)
	b := []byte{4, 0, 1, 0, 2} // SERVER-HELLO, no session, X.509, version
	for _, n := range []int{len(c.cfg.Certificate), len(both), len(connection)} {
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	}
	b = slices.Concat(b, c.cfg.Certificate, both, connection)
	return append([]byte{0x80 | byte(len(b)>>8), byte(len(b))}, b...)
}
