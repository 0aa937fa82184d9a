package cli

import (
	"fmt"
	"io"
	"log/slog"
)

// Say tells the operator a line about the whole.
type Say func(format string, args ...any)

// SayTo says it for a person to read.
func SayTo(w io.Writer) Say {
	return func(format string, args ...any) { fmt.Fprintf(w, "pavise: "+format+"\n", args...) }
}

// NewVoice is how serve speaks: about single requests in the log, and about the
// whole. As JSON both are lines of the log, for a machine that reads them all.
func NewVoice(w io.Writer, format string) (*slog.Logger, Say, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), SayTo(w), nil
	case "json":
		log := slog.New(slog.NewJSONHandler(w, nil))
		return log, func(format string, args ...any) { log.Info(fmt.Sprintf(format, args...)) }, nil
	}
	return nil, nil, Usage("--log-format json", "log format must be text or json, not %q", format)
}
