package catalog

import (
	"pavise"
	"pavise/controls/project"
)

// All returns every control: those of the traffic, and then those of what is on disk.
func All() []pavise.Control { return append(Controls(), OnDisk()...) }

// OnDisk returns the controls that are verified by what was read of a project and of a
// host, in the order of the report. No policy has them: there is nothing to enforce.
func OnDisk() []pavise.Control {
	return []pavise.Control{
		project.Dependencies{},
		project.Framework{},
		project.Runtime{},
	}
}
