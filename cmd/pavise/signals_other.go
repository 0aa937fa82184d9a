//go:build !unix

package main

import "os"

// resizes tells nothing: the next look sees the new size.
func resizes() (told <-chan os.Signal, quiet func()) { return nil, func() {} }

// reopens tells nothing: a file that was moved is seen within a second.
func reopens() (told <-chan os.Signal, quiet func()) { return nil, func() {} }
