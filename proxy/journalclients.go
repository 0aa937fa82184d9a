package proxy

import (
	"context"
	"log/slog"
)

// Owner takes down what the owner has done, or what has come to its end by itself: it is
// never left out, however much strangers have us write.
func (j *Journal) Owner(message string, attrs ...slog.Attr) {
	j.log.LogAttrs(context.Background(), slog.LevelWarn, message, attrs...)
}
