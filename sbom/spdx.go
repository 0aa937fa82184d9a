package sbom

import (
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"pavise"
)

// The part of SPDX 2.3 that is written.
type (
	spdxDocument struct {
		Version       string             `json:"spdxVersion"`
		License       string             `json:"dataLicense"`
		ID            string             `json:"SPDXID"`
		Name          string             `json:"name"`
		Namespace     string             `json:"documentNamespace"`
		Creation      spdxCreation       `json:"creationInfo"`
		Comment       string             `json:"comment,omitempty"`
		Describes     []string           `json:"documentDescribes"`
		Packages      []spdxPackage      `json:"packages"`
		Relationships []spdxRelationship `json:"relationships"`
	}
	spdxCreation struct {
		Created  string   `json:"created"`
		Creators []string `json:"creators"`
	}
	spdxPackage struct {
		ID        string         `json:"SPDXID"`
		Name      string         `json:"name"`
		Version   string         `json:"versionInfo,omitempty"`
		Download  string         `json:"downloadLocation"`
		Analyzed  bool           `json:"filesAnalyzed"`
		Concluded string         `json:"licenseConcluded"`
		Declared  string         `json:"licenseDeclared"`
		Copyright string         `json:"copyrightText"`
		Purpose   string         `json:"primaryPackagePurpose"`
		Checksums []spdxChecksum `json:"checksums,omitempty"`
		Refs      []spdxRef      `json:"externalRefs,omitempty"`
	}
	spdxChecksum struct {
		Algorithm string `json:"algorithm"`
		Value     string `json:"checksumValue"`
	}
	spdxRef struct {
		Category string `json:"referenceCategory"`
		Type     string `json:"referenceType"`
		Locator  string `json:"referenceLocator"`
	}
	spdxRelationship struct {
		From string `json:"spdxElementId"`
		Kind string `json:"relationshipType"`
		To   string `json:"relatedSpdxElement"`
	}
)

const noAssertion = "NOASSERTION"

func (b *bill) spdx() spdxDocument {
	id := b.id()
	ids := map[string]string{}
	for i, n := range b.all() {
		ids[n.key] = fmt.Sprintf("SPDXRef-Package-%d", i)
	}
	doc := spdxDocument{
		Version: "SPDX-2.3", License: "CC0-1.0", ID: "SPDXRef-DOCUMENT", Name: b.app.name,
		Namespace: "https://pavise.invalid/spdx/" + url.PathEscape(b.app.name) + "-" + hex.EncodeToString(id[:16]),
		Creation:  spdxCreation{b.about.At.Format(time.RFC3339), []string{"Tool: " + b.about.Tool + "-" + b.about.Version}},
		Comment:   b.comment(), Describes: []string{ids[b.app.key]},
		Relationships: []spdxRelationship{{"SPDXRef-DOCUMENT", "DESCRIBES", ids[b.app.key]}},
	}
	scope := map[string]pavise.Scope{}
	for _, n := range b.all() {
		doc.Packages = append(doc.Packages, spdxNode(n, ids[n.key]))
		scope[n.key] = n.pkg.Scope
	}
	on := b.dependsOn()
	for _, n := range b.all() {
		for _, to := range on[n.key] {
			doc.Relationships = append(doc.Relationships, relation(ids[n.key], ids[to], scope[to]))
		}
	}
	return doc
}

// relation says that one needs the other, and for what (SPDX 2.3 11.1): what is needed for
// development is told the other way round.
func relation(from, to string, scope pavise.Scope) spdxRelationship {
	switch scope {
	case pavise.Dev:
		return spdxRelationship{to, "DEV_DEPENDENCY_OF", from}
	case pavise.Optional:
		return spdxRelationship{to, "OPTIONAL_DEPENDENCY_OF", from}
	}
	return spdxRelationship{from, "DEPENDS_ON", to}
}

func spdxNode(n node, id string) spdxPackage {
	p := spdxPackage{ID: id, Name: n.name, Version: n.version, Download: noAssertion, Concluded: noAssertion, Declared: noAssertion,
		Copyright: noAssertion, Purpose: "LIBRARY"}
	if n.own {
		p.Purpose = "APPLICATION"
	}
	if strings.Contains(n.pkg.Resolved, "://") {
		p.Download = n.pkg.Resolved
	}
	for _, s := range sums(n.pkg.Sum) {
		p.Checksums = append(p.Checksums, spdxChecksum{strings.ReplaceAll(s.algorithm, "-", ""), s.hex})
	}
	if n.purl != "" {
		p.Refs = []spdxRef{{"PACKAGE-MANAGER", "purl", n.purl}}
	}
	return p
}

// comment names the files that the bill was made of, and those that could not be read.
func (b *bill) comment() string {
	var lines []string
	for _, m := range b.manifests {
		lines = append(lines, fmt.Sprintf("made of %s (%s) sha256:%s", m.File, m.Form, m.SHA256))
	}
	for _, u := range b.unread {
		lines = append(lines, "not read: "+u.What+": "+u.Why)
	}
	return strings.Join(lines, "\n")
}
