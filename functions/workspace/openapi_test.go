package workspace_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/workspace"
)

// TestDescription holds that openapi.yaml is sound, with its examples, and has exactly the routes that are served.
func TestDescription(t *testing.T) {
	t.Parallel()
	var served []string
	for _, r := range workspace.Routes() {
		served = append(served, r.Method+" "+r.Path)
	}
	described.Check(t, served...)
}
