package catalog

//go:generate go -C ../internal/docgen run .
