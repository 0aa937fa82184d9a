package source

import (
	"regexp"
	"slices"
	"strings"

	"pavise"
)

// baseNames take away what leads out of a folder, or make a value one of few.
var baseNames = regexp.MustCompile(`\b(basename|Base|parseInt|Number|encodeURIComponent|filepath\.IsLocal|sanitize\w*|isLocal\w*|safe\w*)\b`)

// filePath is the first argument, unless it is made safe.
func filePath(u pavise.Use) pavise.Value { return unsafePath(u.Arg(0)) }

func unsafePath(v pavise.Value) pavise.Value {
	if baseNames.MatchString(sourceOf(v, 4)) || uploaded(v) {
		return harmless(v)
	}
	return v
}

// uploaded reports whether the request's part is a name that the upload was given here
// (multer, formidable).
func uploaded(v pavise.Value) bool {
	if len(v.Asked) == 0 {
		return false
	}
	return !slices.ContainsFunc(v.Asked, func(a string) bool {
		return !strings.Contains(a, ".file.") && !strings.Contains(a, ".files") || strings.HasSuffix(a, "originalname")
	})
}

// sentFile is the path that is sent. Below a root Express stays itself.
func sentFile(u pavise.Use) pavise.Value {
	for _, options := range u.Args[min(1, len(u.Args)):] {
		if _, told := option(options, "root"); told == yes && options.Kind == pavise.ObjectValue {
			return harmless(u.Arg(0))
		}
	}
	return unsafePath(u.Arg(0))
}
