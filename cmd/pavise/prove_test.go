package main

import (
	"errors"
	"slices"
	"testing"

	"pavise"
	"pavise/catalog"
	"pavise/controls/headers"
	"pavise/controls/login"
	"pavise/controls/requests"
	"pavise/proxy"
)

// A hollow control promises what the real one does, and does nothing.
type hollow struct{ headers.NoSniff }

func (hollow) Enforce(pavise.Env) (pavise.Hooks, error) { return pavise.Hooks{}, nil }

// with is the recommended policy, but for one control.
func with(other pavise.Control) pavise.Policy {
	policy := pavise.Recommend(catalog.Controls())
	for i := range policy {
		if policy[i].Control.Doc().ID == other.Doc().ID {
			policy[i].Control = other
		}
	}
	return policy
}

func provenSite(policy pavise.Policy, hosts ...string) proxy.Site {
	return proxy.Site{Hosts: hosts, Policy: policy}
}

// TestProve: what is recommended holds for every kind of host; equal policies are proven once.
func TestProve(t *testing.T) {
	t.Parallel()
	recommended := pavise.Recommend(catalog.Controls())
	proofs, err := prove(t.Context(), proxy.Config{HTTP: ":80", Sites: []proxy.Site{
		provenSite(recommended, "shop.example.com", "www.shop.example.com"), provenSite(recommended, "127.0.0.1"), provenSite(pavise.Recommend(catalog.Controls()), "other.example.com")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range proofs {
		if p.Passed < 80 || len(p.Failed)+len(p.Weaker)+len(p.Unknown) > 0 {
			t.Errorf("%+v", p)
		}
	}
	if proofs[0].As != "" || proofs[1].As != "" || proofs[2].As != "shop.example.com" {
		t.Error("not as often as needed:", proofs[0].As, proofs[1].As, proofs[2].As)
	}
	if list := warnings(proofs); list != nil {
		t.Error(list)
	}
}

// TestProveRefuses: a control that does not do what it says, and is on everywhere, refuses;
// what its owner has weakened in so many words is told.
func TestProveRefuses(t *testing.T) {
	t.Parallel()
	off := append(with(hollow{}), pavise.Setting{Control: headers.NoSniff{}, Mode: pavise.Off, Paths: []string{"/old/*"}, Reason: "old"})
	for name, tt := range map[string]struct {
		policy                  pavise.Policy
		failed, weaker, unknown string
	}{
		"hollow":   {with(hollow{}), "headers.nosniff.present", "", ""},
		"excepted": {off, "", "", ""},
		"seldom":   {with(login.Rate{Rate: 1, Burst: 1}), "", "", ""},
		"kept":     {with(headers.Fingerprint{Keep: []string{"X-Powered-By"}}), "", "headers.fingerprint.powered-by", ""},
		"not made": {with(requests.Methods{Allow: []string{"TRACE"}}), "", "", "headers.nosniff.present"}, // it is refused elsewhere
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			proofs, err := prove(t.Context(), proxy.Config{Sites: []proxy.Site{provenSite(tt.policy, "shop.example.com")}})
			var unproven *unprovenError
			if refused := errors.As(err, &unproven); refused != (tt.failed != "") {
				t.Errorf("refused: %v", err)
			}
			for what, list := range map[string][]provenRule{tt.failed: proofs[0].Failed, tt.weaker: proofs[0].Weaker, tt.unknown: proofs[0].Unknown} {
				if what != "" && !slices.ContainsFunc(list, func(r provenRule) bool { return r.Rule == what }) {
					t.Errorf("no %s in %v", what, list)
				}
			}
			if told := len(warnings(proofs)) > 0; told != (tt.weaker+tt.unknown != "") {
				t.Error(warnings(proofs))
			}
		})
	}
}
