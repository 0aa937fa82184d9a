//go:build !unix

package main

import "os"

// resizes tells nothing: the next look sees the new size.
func resizes() (told <-chan os.Signal, quiet func()) { return nil, func() {} }

// ownSignals are none: a file that was moved is seen within a second.
func ownSignals() signals { return signals{} }
