package simulation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Kept is a plan that has found something, as it is kept in testdata: TestPlans runs it from then on.
type Kept struct {
	// Comment says what the plan found, and since when that is mended.
	Comment string
	// Reaches are parts of lines of the trace that have to occur, in this order: without them the plan does not come any more to what it
	// is kept for, and another has to be found.
	Reaches []string
	Plan    Plan
}

// missed returns the first of the parts that the trace does not reach, empty if it reaches all.
func (k Kept) missed(trace []Event) string {
	lines := canonical(trace)

	for _, part := range k.Reaches {
		i := slices.IndexFunc(lines, func(e Event) bool { return strings.Contains(e.What, part) })
		if i < 0 {
			return part
		}

		// Which of those of one instant was noted first is chance.
		at := lines[i].At
		lines = slices.DeleteFunc(lines, func(e Event) bool { return e.At < at })
	}

	return ""
}

// reached returns what a kept plan is to reach: the faults, and the phases of messages, up to the first finding. mostReached of that
// is enough.
func reached(trace []Event) (parts []string) {
	for _, e := range canonical(trace) {
		switch {
		case strings.HasPrefix(e.What, "FOUND: "):
			return parts[max(0, len(parts)-mostReached):]
		case strings.Contains(e.What, " meets "), ends(e.What, blows):
			parts = append(parts, e.What)
		case phaseNoted.MatchString(e.What):
			what, _, _ := strings.Cut(e.What, ", writes ")
			parts = append(parts, what)
		}
	}

	return parts[max(0, len(parts)-mostReached):]
}

// mostReached is how many parts of its trace a plan is kept with.
const mostReached = 6

// phaseNoted is in the lines that tell of a message's phase.
var phaseNoted = regexp.MustCompile(`\) is [a-z_ ]+, writes `)

// ends reports whether a line ends with a blow.
func ends(line string, blows []Blow) bool {
	return slices.ContainsFunc(blows, func(b Blow) bool { return strings.HasSuffix(line, " "+string(b)) })
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

// keptOf returns a plan as it is kept, of which this came.
func keptOf(p Plan, r Result) Kept {
	return Kept{Comment: r.Findings[0].Text, Reaches: reached(r.Trace), Plan: p}
}

// keep writes a plan that found something into dir, in a file that is named by the finding, and returns the file's name.
func keep(dir string, p Plan, r Result) (string, error) {
	k := keptOf(p, r)

	var text bytes.Buffer
	if err := json.Indent(&text, lean(k), "", "\t"); err != nil {
		return "", err
	}

	text.WriteByte('\n')

	name := filepath.Join(dir, fmt.Sprintf("%s-%d.json", fileName(r.Findings[0].Kind), p.Seed))
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
