package http2

import (
	"encoding/binary"
	"fmt"
)

// Types of frames (RFC 9113 6).
const (
	frameData = iota
	frameHeaders
	framePriority
	frameReset
	frameSettings
	framePush
	framePing
	frameGoAway
	frameWindow
	frameContinuation
)

// Flags of frames; one bit means another thing in another type.
const (
	flagAck        = 0x1
	flagEndStream  = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

const (
	headSize    = 9        // of a frame
	maxFrame    = 16 << 10 // what we take and send in one: the least that RFC 9113 4.2 allows
	maxStreamID = 1<<31 - 1
	maxWindow   = 1<<31 - 1
)

// A code tells why a stream or a connection ends (RFC 9113 7).
type code uint32

const (
	noError         code = 0x0
	protocolError   code = 0x1
	internalError   code = 0x2
	flowError       code = 0x3
	streamClosed    code = 0x5
	sizeError       code = 0x6
	refusedStream   code = 0x7
	cancel          code = 0x8
	compressError   code = 0x9
	enhanceYourCalm code = 0xb
)

// A connError ends the connection.
type connError struct {
	code code
	why  string
}

func (e connError) Error() string {
	return fmt.Sprintf("http2: connection error %d: %s", e.code, e.why)
}

// A streamError ends one stream by the client's fault.
type streamError struct {
	stream uint32
	code   code
}

func (e streamError) Error() string {
	return fmt.Sprintf("http2: stream %d: error %d", e.stream, e.code)
}

// A header is what stands before the payload of a frame (RFC 9113 4.1).
type header struct {
	length int
	kind   byte
	flags  byte
	stream uint32
}

func parseHeader(b []byte) header {
	return header{length: int(b[0])<<16 | int(b[1])<<8 | int(b[2]), kind: b[3], flags: b[4],
		stream: binary.BigEndian.Uint32(b[5:]) & maxStreamID}
}

func (h header) has(flag byte) bool { return h.flags&flag != 0 }

func appendHeader(b []byte, length int, kind, flags byte, stream uint32) []byte {
	return append(b, byte(length>>16), byte(length>>8), byte(length), kind, flags,
		byte(stream>>24), byte(stream>>16), byte(stream>>8), byte(stream))
}

// appendNumber appends a frame that holds one number.
func appendNumber(b []byte, kind byte, stream, n uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(b, 4, kind, 0, stream), n)
}

// unpad takes the padding off a payload (RFC 9113 6.1).
func unpad(h header, p []byte) ([]byte, error) {
	if !h.has(flagPadded) {
		return p, nil
	}
	if len(p) == 0 {
		return nil, connError{sizeError, "a padded frame has no room for its padding"}
	}
	pad := int(p[0])
	if p = p[1:]; pad > len(p) {
		return nil, connError{protocolError, "the padding is longer than its frame"}
	}
	return p[:len(p)-pad], nil
}
