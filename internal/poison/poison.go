// Package poison makes it visible where memory is used after it went back to a
// pool. In builds with the race detector released bytes are overwritten, so that
// whoever still looks sees nonsense; in others it costs nothing.
package poison

// Fill spoils what is about to be released.
func Fill(b []byte) {
	if On {
		for i := range b {
			b[i] = 0xdb
		}
	}
}
