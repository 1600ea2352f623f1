package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// Kept is a plan that has found something, as it is kept in testdata: TestPlans runs it from then on.
type Kept struct {
	// Comment says what the plan found, and since when that is mended.
	Comment string
	Plan    Plan
}

// lean returns a value as JSON, without the members of objects that are zero: a plan has many of them.
func lean(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // a plan is plain data
	}

	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // a seed has more digits than a float

	var tree any
	if err = d.Decode(&tree); err == nil {
		data, err = json.Marshal(withoutZeros(tree))
	}
	if err != nil {
		panic(err) // it was made here
	}

	return data
}

// withoutZeros leaves out the zero members of objects, at every depth.
func withoutZeros(tree any) any {
	switch tree := tree.(type) {
	case map[string]any:
		for key, member := range tree {
			if member = withoutZeros(member); isZero(member) {
				delete(tree, key)
			} else {
				tree[key] = member
			}
		}
	case []any:
		for i := range tree {
			tree[i] = withoutZeros(tree[i])
		}
	}

	return tree
}

func isZero(member any) bool {
	switch member := member.(type) {
	case map[string]any:
		return len(member) == 0
	case []any:
		return len(member) == 0
	case json.Number:
		return member == "0"
	default:
		return member == nil || member == "" || member == false
	}
}

// decode reads what lean has written. A member that the value does not have is an error: in a file of testdata it was renamed, and the
// plan would test something else.
func decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()

	return d.Decode(into)
}

// keep writes a plan that found something into dir, in a file that is named by the finding, and returns the file's name.
func keep(dir string, p Plan, finding Finding) (string, error) {
	var text bytes.Buffer
	if err := json.Indent(&text, lean(Kept{Comment: finding.Text, Plan: p}), "", "\t"); err != nil {
		return "", err
	}

	text.WriteByte('\n')

	name := filepath.Join(dir, fmt.Sprintf("%s-%d.json", fileName(finding.Kind), p.Seed))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}

	return name, os.WriteFile(name, text.Bytes(), 0o644)
}

// fileName returns the first words as a file's name: letters and dashes.
func fileName(words string) string {
	parts := strings.FieldsFunc(strings.ToLower(words), func(r rune) bool { return !unicode.IsLetter(r) })
	return strings.Join(parts[:min(len(parts), 8)], "-")
}
