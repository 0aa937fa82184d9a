//go:build !unix

package main

import "os"

// upgradeSignal never comes: this system has none.
func upgradeSignal() <-chan os.Signal { return nil }
