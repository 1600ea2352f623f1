package firestore

import (
	"iter"
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// record is a document as the state keeps it: encoded, since a tree of values takes six times as much memory. What a query
// looks at is decoded field by field, and what is only read goes out as it is kept.
type record struct {
	name string
	// body is a pb.Document without its name; nil is a document that is not there. A write replaces it and never changes it, so
	// that readers keep it after they let go of the lock.
	body []byte
}

// The numbers of the fields, in pb.Document and its parts, that are read without decoding the rest.
const (
	documentName, documentFields, documentUpdated protowire.Number = 1, 2, 4

	entryKey, entryValue protowire.Number = 1, 2
)

// part is one field of an encoded message.
type part struct {
	number     protowire.Number // 0: what follows is damaged
	value, raw []byte           // without and with number and length
}

// parts yields the fields of an encoded message of which every field is a message, a text or bytes.
func parts(message []byte) iter.Seq[part] {
	return func(yield func(part) bool) {
		for b := message; len(b) > 0; {
			number, kind, head := protowire.ConsumeTag(b)
			if head < 0 || kind != protowire.BytesType {
				yield(part{})
				return
			}

			value, n := protowire.ConsumeBytes(b[head:])
			if n < 0 {
				yield(part{})
				return
			}
			if !yield(part{number, value, b[:head+n]}) {
				return
			}

			b = b[head+n:]
		}
	}
}

func appendPart(b []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), value)
}

// cutEntry returns the key and the encoded value of an entry of a map.
func cutEntry(entry []byte) (key, value []byte) {
	for p := range parts(entry) {
		switch p.number {
		case entryKey:
			key = p.value
		case entryValue:
			value = p.value
		default:
		}
	}

	return key, value
}

// recordOf encodes d.
func recordOf(d *pb.Document) (record, error) {
	body, err := proto.Marshal(&pb.Document{Fields: d.GetFields(), CreateTime: d.GetCreateTime(), UpdateTime: d.GetUpdateTime()})
	return record{d.GetName(), body}, err
}

// exists reports whether the document is there.
func (r record) exists() bool { return r.body != nil }

// at returns the value at path, the name for the nil path, or nil if the document has none.
func (r record) at(path []string) *pb.Value {
	if path == nil {
		return &pb.Value{ValueType: &pb.Value_ReferenceValue{ReferenceValue: r.name}}
	}

	for p := range parts(r.body) {
		if p.number != documentFields {
			continue
		}

		key, value := cutEntry(p.value)
		if string(key) != path[0] {
			continue
		}

		v := &pb.Value{}
		if proto.Unmarshal(value, v) != nil {
			return nil
		}
		if len(path) == 1 {
			return v
		}

		return fieldAt(v.GetMapValue().GetFields(), path[1:])
	}

	return nil
}

// version returns a number that differs between the contents of a document; 0 is a missing document.
func (r record) version() int64 {
	for p := range parts(r.body) {
		if p.number == documentUpdated {
			d := &pb.Document{}
			_ = proto.Unmarshal(p.raw, d) // what is damaged has no version

			return version(d)
		}
	}

	return 0
}

// document decodes the whole; nil if the document is not there.
func (r record) document() *pb.Document {
	if !r.exists() {
		return nil
	}

	d := &pb.Document{}
	_ = proto.Unmarshal(r.body, d) // written by recordOf, and kept with a checksum
	d.Name = r.name

	return d
}

// answer returns the document as a response has it, with only the fields at paths; nil paths keep all. Then the body stands in
// the answer as fields that this process need not know: encoded, it is the same.
func (r record) answer(paths [][]string) *pb.Document {
	if paths != nil && r.exists() {
		return project(r.document(), paths)
	}

	d := &pb.Document{Name: r.name}
	d.ProtoReflect().SetUnknown(r.body)

	return d
}

// merge returns body after a write that changed the fields named: fields and times are those of change, and what else body has
// stays.
func merge(body []byte, fields []string, change []byte) []byte {
	stays := func(p part) bool {
		if p.number != documentFields {
			return false
		}

		key, _ := cutEntry(p.value)

		return !slices.ContainsFunc(fields, func(f string) bool { return f == string(key) })
	}

	size := len(change)
	for p := range parts(body) {
		if stays(p) {
			size += len(p.raw)
		}
	}

	out := make([]byte, 0, size)
	for p := range parts(body) {
		if stays(p) {
			out = append(out, p.raw...)
		}
	}

	return append(out, change...)
}
