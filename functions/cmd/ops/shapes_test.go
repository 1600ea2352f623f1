package main

import (
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// TestShapes lists forms that were not seen before, and prints the fixture of one so that it can be written to a file as it is.
func TestShapes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	if said := r.mustRun("shapes"); !strings.Contains(said, "every body had a form that our fixtures have") {
		t.Errorf("got %q", said)
	}
	for fingerprint, fixture := range map[string]string{"5a0c1e8f20d3b746": `{"entry":[{"id":"1"}]}`, "more-meta": ""} {
		err := r.store.AddShape(t.Context(), store.Shape{
			Fingerprint: fingerprint, Provider: "meta", Door: "callback", Kind: "status", Outline: "{entry:list}", Fixture: fixture, FirstAt: now, LastAt: now, Count: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if said := r.mustRun("shapes"); !strings.Contains(said, "5a0c1e8f20d3b746  meta callback, status, first 2026-11-20 10:20, last 2026-11-20 10:20, 2 bodies\n  the body {entry:list}\n") {
		t.Errorf("got %q", said)
	}
	if said := r.mustRun("shape", "5a0c1e8f20d3b746"); said != `{"entry":[{"id":"1"}]}`+"\n" {
		t.Errorf("got %q", said)
	}
	for fingerprint, want := range map[string]string{"none": "there is no form", "more-meta": "no body of the form"} {
		if _, err := r.run("shape", fingerprint); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", fingerprint, err, want)
		}
	}
}
