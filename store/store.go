// Package store opens what must be remembered: in memory, in one file on disk, or in
// Redis or Valkey, where several nodes share it. Whichever it is, values at rest are
// sealed, no operation takes longer than its budget, and trouble is told.
package store

import "pavise"

// A Store is what all of them are; [pavise.Store] says what it promises, and
// storetest holds an implementation to that.
type Store = pavise.Store
