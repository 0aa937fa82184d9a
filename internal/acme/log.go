package acme

import (
	"log/slog"

	"go.uber.org/zap/zapcore"

	"pavise"
)

// bridge takes the library's warnings to our log, as details: what they come to we
// say ourselves.
type bridge struct {
	log    func(slog.Level, string, ...slog.Attr)
	fields []zapcore.Field
}

// Enabled leaves out all that goes well.
func (b bridge) Enabled(level zapcore.Level) bool { return level >= zapcore.WarnLevel }

// With adds fields to every line.
func (b bridge) With(fields []zapcore.Field) zapcore.Core {
	b.fields = append(b.fields[:len(b.fields):len(b.fields)], fields...)
	return b
}

// Check asks for the entry if it is enabled.
func (b bridge) Check(e zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if b.Enabled(e.Level) {
		return to.AddCore(e, b)
	}
	return to
}

// Write takes the entry down. Of the fields it keeps names and errors: others may
// hold whole documents.
func (b bridge) Write(e zapcore.Entry, fields []zapcore.Field) error {
	attrs := []slog.Attr{slog.String("said", pavise.Clip(e.Message, 200))}
	for _, f := range append(b.fields[:len(b.fields):len(b.fields)], fields...) {
		switch {
		case f.Type == zapcore.StringType && (f.Key == "identifier" || f.Key == "challenge_type"):
			attrs = append(attrs, slog.String(f.Key, pavise.Clip(f.String, 200)))
		case f.Type == zapcore.ErrorType:
			if err, ok := f.Interface.(error); ok {
				attrs = append(attrs, slog.String("error", pavise.Clip(err.Error(), 500)))
			}
		}
	}
	b.log(slog.LevelDebug, "acme", attrs...)
	return nil
}

// Sync has nothing to flush.
func (b bridge) Sync() error { return nil }
