package catalog

import (
	"pavise"
	"pavise/controls/host"
	"pavise/controls/project"
)

// OnDisk returns the controls that are verified by what was read of a project and of a
// host, in the order of the report. No policy has them: there is nothing to enforce.
func OnDisk() []pavise.Control {
	return []pavise.Control{
		project.Secrets{},
		host.Listeners{},
		host.Updates{},
	}
}
