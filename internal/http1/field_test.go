package http1

import (
	"strings"
	"testing"
)

// TestPrintable: every byte, wherever it stands and whatever stands beside it.
func TestPrintable(t *testing.T) {
	for c := range 256 {
		want := c == '\t' || c >= ' ' && c != 0x7f
		for size := 1; size <= 17; size++ {
			for at := range size {
				for _, beside := range []string{"a", "\t", " ", "~", "\x80", "\xff"} {
					value := strings.Repeat(beside, at) + string([]byte{byte(c)}) + strings.Repeat(beside, size-at-1)
					if printable(value) != want {
						t.Fatalf("%q is %v", value, !want)
					}
				}
			}
		}
	}
}
