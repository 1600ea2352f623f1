package overlay

import (
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

// Time returns a field that is a time; the zero time if there is none.
func (d *Document) Time(field string) time.Time {
	t := d.doc.GetFields()[field].GetTimestampValue()
	if t == nil {
		return time.Time{}
	}

	return t.AsTime()
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

// SetText makes a field a text.
func (d *Document) SetText(field, text string) {
	d.doc.Fields[field] = &pb.Value{ValueType: &pb.Value_StringValue{StringValue: text}}
	d.changed = true
}

// RemoveNumbers removes those whole numbers that stand at any depth in a field of maps and for which gone is true, and returns how many
// there were.
func (d *Document) RemoveNumbers(field string, gone func(n int64) bool) int {
	removed := removeNumbers(d.doc.GetFields()[field].GetMapValue().GetFields(), gone)
	d.changed = d.changed || removed > 0

	return removed
}

func removeNumbers(fields map[string]*pb.Value, gone func(n int64) bool) (removed int) {
	for name, v := range fields {
		switch x := v.GetValueType().(type) {
		case *pb.Value_MapValue:
			removed += removeNumbers(x.MapValue.GetFields(), gone)
		case *pb.Value_IntegerValue:
			if gone(x.IntegerValue) {
				delete(fields, name)

				removed++
			}
		default:
		}
	}

	return removed
}
