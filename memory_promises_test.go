package pavise_test

import (
	"testing"
	"time"

	"pavise"
	"pavise/store/storetest"
)

func TestMemoryPromises(t *testing.T) {
	storetest.Run(t, storetest.Kind{Room: 32 << 20, Yields: true, Open: func(t *testing.T, now func() time.Time) pavise.Store {
		return pavise.NewMemory(now)
	}})
}
