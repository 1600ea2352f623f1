package overlay

import (
	"slices"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Document is a document of the real Firestore on its way into the local one.
type Document struct {
	// Path is the document's, as "messages/id".
	Path string

	doc     *pb.Document
	hidden  bool
	changed bool
}

// Hide has the local Firestore not have the document.
func (d *Document) Hide() { d.hidden = true }

// Time returns the time at a path of fields; the zero time if there is none.
func (d *Document) Time(path ...string) time.Time {
	t := d.at(path).GetTimestampValue()
	if t == nil {
		return time.Time{}
	}

	return t.AsTime()
}

func (d *Document) at(path []string) *pb.Value {
	fields := d.doc.GetFields()
	for _, field := range path[:len(path)-1] {
		fields = fields[field].GetMapValue().GetFields()
	}

	return fields[path[len(path)-1]]
}

// Text returns a field that is a text.
func (d *Document) Text(field string) string { return d.doc.GetFields()[field].GetStringValue() }

// Remove removes a field.
func (d *Document) Remove(field string) {
	if _, ok := d.doc.GetFields()[field]; ok {
		delete(d.doc.Fields, field)

		d.changed = true
	}
}

// RemoveNumbers removes those whole numbers from a field of maps for which gone is true: it gets the keys under which a number stands.
func (d *Document) RemoveNumbers(field string, gone func(keys []string, n int64) bool) {
	if removeNumbers(d.at([]string{field}).GetMapValue().GetFields(), nil, gone) {
		d.changed = true
	}
}

func removeNumbers(fields map[string]*pb.Value, above []string, gone func(keys []string, n int64) bool) (removed bool) {
	for name, v := range fields {
		keys := append(slices.Clone(above), name)

		switch x := v.GetValueType().(type) {
		case *pb.Value_MapValue:
			removed = removeNumbers(x.MapValue.GetFields(), keys, gone) || removed
		case *pb.Value_IntegerValue:
			if gone(keys, x.IntegerValue) {
				delete(fields, name)

				removed = true
			}
		default:
		}
	}

	return removed
}
