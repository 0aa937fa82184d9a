//go:build unix

package main

import "syscall"

// maskFiles has what is made bear the modes that are meant, whatever those of this user are.
func maskFiles() { syscall.Umask(0o022) }
