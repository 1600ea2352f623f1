package logging

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The bounds of a shape: how deep it goes, how many fields of an object it names, and how long it is.
const (
	maxShapeDepth  = 8
	maxShapeFields = 24
	maxShapeLength = 600
)

// Shape is the form of a JSON document, as it may go to logs: the names of its fields and the types of their values, such as
// "{object:string,entry:[{id:string}]}". Of a list it shows the first element. It holds no values, and a name that is no plain
// word is [Unreadable], since the sender of the document may have put anything in its place.
func Shape(doc []byte) string {
	var b strings.Builder
	writeShape(&b, doc, 0)

	if b.Len() > maxShapeLength {
		return b.String()[:maxShapeLength] + "…"
	}

	return b.String()
}

func writeShape(b *strings.Builder, doc []byte, depth int) {
	var (
		object map[string]json.RawMessage
		list   []json.RawMessage
		value  any
	)

	switch {
	case !json.Valid(doc):
		fmt.Fprintf(b, "no JSON, %d bytes", len(doc))
	case json.Unmarshal(doc, &object) == nil && object != nil:
		writeObject(b, object, depth)
	case json.Unmarshal(doc, &list) == nil && list != nil:
		b.WriteByte('[')
		if len(list) > 0 && depth < maxShapeDepth {
			writeShape(b, list[0], depth+1)
		}

		b.WriteByte(']')
	case json.Unmarshal(doc, &value) != nil:
		b.WriteString("number") // one that no number of ours can hold
	default:
		b.WriteString(typeOf(value))
	}
}

func writeObject(b *strings.Builder, object map[string]json.RawMessage, depth int) {
	b.WriteByte('{')

	for i, name := range slices.Sorted(maps.Keys(object)) {
		if i > 0 {
			b.WriteByte(',')
		}
		if i == maxShapeFields || depth == maxShapeDepth || b.Len() > maxShapeLength {
			b.WriteString("…")
			break
		}

		b.WriteString(fieldName(name) + ":")
		writeShape(b, object[name], depth+1)
	}

	b.WriteByte('}')
}

// fieldName is a field's name if it is a word of the sort that fields are named by.
func fieldName(s string) string {
	const longest = 40
	odd := func(c rune) bool {
		return c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9')
	}

	if s == "" || len(s) > longest || s[0] < 'a' || s[0] > 'z' || strings.ContainsFunc(s, odd) {
		return Unreadable
	}

	return Word(s)
}

func typeOf(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "bool"
	default:
		return "number"
	}
}
