//go:build !race

package poison

// On is whether what is released is spoilt.
const On = false
