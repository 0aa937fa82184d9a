package sbom

import (
	"strings"
	"time"

	"pavise"
)

// The part of CycloneDX 1.6 that is written (ECMA-424).
type (
	cdxBOM struct {
		Schema       string          `json:"$schema"`
		Format       string          `json:"bomFormat"`
		Spec         string          `json:"specVersion"`
		Serial       string          `json:"serialNumber"`
		Version      int             `json:"version"`
		Metadata     cdxMetadata     `json:"metadata"`
		Components   []cdxComponent  `json:"components"`
		Dependencies []cdxDependency `json:"dependencies"`
		Compositions []cdxComplete   `json:"compositions"`
	}
	cdxMetadata struct {
		Timestamp  string        `json:"timestamp"`
		Tools      cdxTools      `json:"tools"`
		Component  cdxComponent  `json:"component"`
		Properties []cdxProperty `json:"properties,omitempty"`
	}
	cdxTools struct {
		Components []cdxComponent `json:"components"`
	}
	cdxComponent struct {
		Type       string         `json:"type"`
		Ref        string         `json:"bom-ref,omitempty"`
		Name       string         `json:"name"`
		Version    string         `json:"version,omitempty"`
		Scope      string         `json:"scope,omitempty"`
		Hashes     []cdxHash      `json:"hashes,omitempty"`
		PURL       string         `json:"purl,omitempty"`
		References []cdxReference `json:"externalReferences,omitempty"`
		Properties []cdxProperty  `json:"properties,omitempty"`
	}
	cdxHash struct {
		Algorithm string `json:"alg"`
		Content   string `json:"content"`
	}
	cdxReference struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	}
	cdxProperty struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	cdxDependency struct {
		Ref string   `json:"ref"`
		On  []string `json:"dependsOn,omitempty"`
	}
	cdxComplete struct {
		Aggregate  string   `json:"aggregate"`
		Assemblies []string `json:"assemblies"`
	}
)

func (b *bill) cycloneDX() cdxBOM {
	bom := cdxBOM{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6", Serial: "urn:uuid:" + b.uuid(), Version: 1,
		Metadata: cdxMetadata{
			Timestamp: b.about.At.Format(time.RFC3339),
			Tools:     cdxTools{[]cdxComponent{{Type: "application", Name: b.about.Tool, Version: b.about.Version}}},
			Component: cdxNode(b.app),
		},
		Components:   []cdxComponent{},
		Dependencies: []cdxDependency{},
		Compositions: []cdxComplete{{"complete", []string{b.app.key}}},
	}
	for _, m := range b.manifests {
		bom.Metadata.Properties = append(bom.Metadata.Properties, cdxProperty{"pavise:manifest", m.File + " (" + m.Form + ") sha256:" + m.SHA256})
	}
	for _, u := range b.unread {
		bom.Compositions[0].Aggregate = "incomplete"
		bom.Metadata.Properties = append(bom.Metadata.Properties, cdxProperty{"pavise:unread", u.What + ": " + u.Why})
	}
	for _, n := range b.nodes {
		bom.Components = append(bom.Components, cdxNode(n))
	}
	on := b.dependsOn()
	for _, n := range b.all() {
		bom.Dependencies = append(bom.Dependencies, cdxDependency{n.key, on[n.key]})
	}
	return bom
}

func cdxNode(n node) cdxComponent {
	c := cdxComponent{Type: "library", Ref: n.key, Name: n.name, Version: n.version, PURL: n.purl}
	if n.own {
		c.Type = "application"
		return c
	}
	c.Scope = map[pavise.Scope]string{"": "required", pavise.Dev: "excluded", pavise.Optional: "optional", pavise.Peer: "required"}[n.pkg.Scope]
	for _, s := range sums(n.pkg.Sum) {
		c.Hashes = append(c.Hashes, cdxHash{s.algorithm, s.hex})
	}
	if strings.Contains(n.pkg.Resolved, "://") {
		c.References = []cdxReference{{"distribution", n.pkg.Resolved}}
	}
	if n.version == "" && n.pkg.Range != "" {
		c.Properties = append(c.Properties, cdxProperty{"pavise:range", n.pkg.Range})
	}
	if n.pkg.Scope != "" {
		c.Properties = append(c.Properties, cdxProperty{"pavise:scope", string(n.pkg.Scope)})
	}
	return c
}
