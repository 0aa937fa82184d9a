//go:build !unix

package host

import "io/fs"

// ids are not known where files belong to nobody by number.
func ids(fs.FileInfo) (user, group uint32, ok bool) { return 0, 0, false }
