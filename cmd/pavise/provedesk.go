package main

import (
	"pavise"
	"pavise/dashboard"
)

// verdict is a proof as the dashboard shows it.
func (p siteProof) verdict() *dashboard.Verdict {
	v := &dashboard.Verdict{Outcome: pavise.Pass, At: p.At, Text: p.outcome()}
	switch {
	case len(p.Failed) > 0:
		v.Outcome = pavise.Fail
	case p.Passed == 0 && len(p.Unknown) > 0:
		v.Outcome = pavise.Unknown
	}
	return v
}

// proofOf is the verdict of a site's last proof, or nil.
func proofOf(proofs []siteProof, site string) *dashboard.Verdict {
	for _, p := range proofs {
		if p.Site == site {
			return p.verdict()
		}
	}
	return nil
}
