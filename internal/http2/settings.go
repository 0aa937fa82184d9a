package http2

import (
	"encoding/binary"
)

// Settings (RFC 9113 6.5.2, RFC 9218 2.1).
const (
	settingTableSize    = 1
	settingPush         = 2
	settingStreams      = 3
	settingWindow       = 4
	settingFrame        = 5
	settingListSize     = 6
	settingNoPriorities = 9
)

// greet sends what begins the connection: our settings, and the window of it.
func (c *conn) greet() {
	c.control(func(b []byte) []byte {
		list := [][2]uint32{{settingStreams, maxStreams}, {settingWindow, streamWindow},
			{settingListSize, uint32(c.s.limits.MaxHeaderBytes)}, {settingNoPriorities, 1}}
		b = appendHeader(b, 6*len(list), frameSettings, 0, 0)
		for _, s := range list {
			b = binary.BigEndian.AppendUint16(b, uint16(s[0]))
			b = binary.BigEndian.AppendUint32(b, s[1])
		}
		c.greeted = true
		return appendNumber(b, frameWindow, 0, connWindow-firstWindow)
	})
}

// settings takes those of the client, the last of each that a frame has: nobody
// can have it go through all streams more than once a frame.
func (c *conn) settings(h header, p []byte) error {
	switch {
	case h.stream != 0:
		return connError{protocolError, "SETTINGS on a stream"}
	case h.has(flagAck) && h.length != 0, h.length%6 != 0:
		return connError{sizeError, "SETTINGS of a wrong size"}
	case h.has(flagAck):
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	window := c.peerWindow
	for ; len(p) > 0; p = p[6:] {
		id, value := binary.BigEndian.Uint16(p), binary.BigEndian.Uint32(p[2:])
		switch {
		case id == settingPush && value > 1:
			return connError{protocolError, "a setting is neither on nor off"}
		case id == settingWindow && value > maxWindow:
			return connError{flowError, "a window is too large"}
		case id == settingFrame && (value < 1<<14 || value > 1<<24-1):
			return connError{protocolError, "a frame of no size that may be"}
		case id == settingWindow:
			window = int64(value)
		case id == settingTableSize:
			c.encoder.limitTo(value)
		}
	}
	if err := c.rewindow(window); err != nil {
		return err
	}
	return c.answer(func(b []byte) []byte { return appendHeader(b, 0, frameSettings, flagAck, 0) })
}

// rewindow changes what the client takes of each stream (RFC 9113 6.9.2).
func (c *conn) rewindow(window int64) error {
	change := window - c.peerWindow
	if c.peerWindow = window; change == 0 {
		return nil
	}
	for _, x := range c.streams {
		if x.window += change; x.window > maxWindow {
			return connError{flowError, "a window is too large"}
		}
		x.wakeWriter()
	}
	return nil
}

// ping answers (RFC 9113 6.7), and hears the answer to our own.
func (c *conn) ping(h header, p []byte) error {
	switch {
	case h.stream != 0:
		return connError{protocolError, "PING on a stream"}
	case h.length != 8:
		return connError{sizeError, "PING of a wrong size"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if h.has(flagAck) {
		c.queued = true
		return c.heard()
	}
	return c.answer(func(b []byte) []byte { return append(appendHeader(b, 8, framePing, flagAck, 0), p...) })
}

// priority is that of RFC 7540, which is no more (RFC 9113 5.3.2).
func (c *conn) priority(h header, p []byte) error {
	switch {
	case h.stream == 0:
		return connError{protocolError, "PRIORITY on no stream"}
	case h.length != 5:
		return streamError{h.stream, sizeError}
	case dependsOn(p) == h.stream:
		return streamError{h.stream, protocolError} // RFC 7540 5.3.1
	}
	return nil
}

func dependsOn(p []byte) uint32 { return binary.BigEndian.Uint32(p) & maxStreamID }

// leaves hears that the client goes: what it has opened is answered all the same.
func (c *conn) leaves(h header) error {
	if h.stream != 0 {
		return connError{protocolError, "GOAWAY on a stream"}
	}
	return nil
}

// windowUpdate lets us send more (RFC 9113 6.9).
func (c *conn) windowUpdate(h header, p []byte) error {
	if h.length != 4 {
		return connError{sizeError, "WINDOW_UPDATE of a wrong size"}
	}
	n := int64(binary.BigEndian.Uint32(p) & maxWindow)
	c.mu.Lock()
	defer c.mu.Unlock()
	if h.stream == 0 {
		if c.window += n; n == 0 {
			return connError{protocolError, "a window is opened by nothing"}
		}
		if c.window > maxWindow {
			return connError{flowError, "a window is too large"}
		}
		for _, x := range c.streams {
			x.wakeWriter()
		}
		return nil
	}
	x := c.streams[h.stream]
	switch {
	case h.stream > c.last:
		return connError{protocolError, "WINDOW_UPDATE on a stream that was not opened"}
	case x == nil || x.err != nil:
		return nil // it may have been on its way
	case n == 0:
		return streamError{h.stream, protocolError}
	}
	if x.window += n; x.window > maxWindow {
		return streamError{h.stream, flowError}
	}
	x.wakeWriter()
	return nil
}

// reset ends a stream: the client wants no more of it.
func (c *conn) reset(h header, p []byte) error {
	switch {
	case h.length != 4:
		return connError{sizeError, "RST_STREAM of a wrong size"}
	case h.stream == 0 || h.stream > c.last:
		return connError{protocolError, "RST_STREAM on a stream that was not opened"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	x := c.streams[h.stream]
	if x == nil || x.err != nil {
		return nil
	}
	if !x.sentEnd && !c.budget.spend(costReset) { // CVE-2023-44487
		return errFlood
	}
	x.gone = true
	x.fail(errGone)
	return nil
}
