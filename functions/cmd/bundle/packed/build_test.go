package packed

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/bundle/buildpack"
)

// description is what Terraform is told of the functions, from this directory.
const description = "../../../../terraform/functions.json"

// function is one function as it is described to Terraform, and what was built of its zip.
type function struct {
	name       string
	EntryPoint string `json:"entryPoint"`
	Variables  map[string]struct {
		Default  string `json:"default"`
		Required bool   `json:"required"`
	} `json:"variables"`

	zip, binary string
}

// described returns the functions that Terraform deploys, sorted by name.
func described(t *testing.T) []*function {
	t.Helper()
	text, err := os.ReadFile(description)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		Functions map[string]*function `json:"functions"`
	}
	if err = json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}

	var all []*function
	for name, f := range d.Functions {
		f.name = name
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *function) int { return strings.Compare(a.name, b.name) })

	return all
}

// build packs all functions by the command that a deployment uses, and builds each of its zip.
func build(t *testing.T, all []*function) {
	t.Helper()
	dir := t.TempDir()
	buildpack.Pack(t, dir)
	for _, f := range all {
		f.zip = filepath.Join(dir, f.name+".zip")
		f.binary = buildpack.Build(t, f.zip)
	}
}
