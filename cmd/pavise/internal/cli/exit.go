// Package cli is what the commands of pavise share: how they end, how they speak, and how
// they reach the Pavise that runs.
package cli

import (
	"errors"
	"fmt"
	"io"
)

// Exit codes, the same for every command.
const (
	ExitClean   = 0
	ExitFailed  = 1 // could not run, or could not look
	ExitUsage   = 2
	ExitFinding = 3
)

// An Exit ends a command with a code and nothing more to say.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// An advised error says what to do about it, and how the command ends.
type advised struct {
	error
	hint string
	code int
}

func (e *advised) Unwrap() error { return e.error }
func (e *advised) Hint() string  { return e.hint }

// Advise ends the command with a code, and says what to do about it.
func Advise(code int, hint string, err error) error {
	return &advised{err, hint, code}
}

// IsAdvised reports whether somebody has said already what to do about an error.
func IsAdvised(err error) bool {
	_, ok := errors.AsType[*advised](err)
	return ok
}

// HintOf is what to do about an error, as far as somebody has said so.
func HintOf(err error) string {
	if hinted, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return hinted.Hint()
	}
	return ""
}

// CodeOf is with what a command ends that failed so.
func CodeOf(err error) int {
	if own, ok := errors.AsType[*advised](err); ok {
		return own.code
	}
	return ExitFailed
}

// Failed is what could not be done, or could not be looked at.
func Failed(hint, format string, args ...any) error {
	return Advise(ExitFailed, hint, fmt.Errorf(format, args...))
}

// Usage is a mistake in what was typed or configured.
func Usage(hint, format string, args ...any) error {
	return Advise(ExitUsage, hint, fmt.Errorf(format, args...))
}

// Explain writes what went wrong and what to type next, and returns the exit code.
func Explain(stderr io.Writer, err error) int {
	if err == nil {
		return ExitClean
	}
	if code, ok := errors.AsType[Exit](err); ok {
		return int(code)
	}
	fmt.Fprintf(stderr, "pavise: error: %v\n", err)
	if hint := HintOf(err); hint != "" {
		fmt.Fprintf(stderr, "pavise: hint: %s\n", hint)
	}
	return CodeOf(err)
}
