package firestore

import (
	"maps"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// fieldAt returns the value at path, or nil if the document has none.
func fieldAt(fields map[string]*pb.Value, path []string) *pb.Value {
	for i, seg := range path {
		v, ok := fields[seg]
		if !ok || i == len(path)-1 {
			return v
		}

		fields = v.GetMapValue().GetFields()
	}

	return nil
}

// draft edits the fields of a document. It copies each map before its first change and only then, so that the document can be
// compared with what it was.
type draft struct {
	fields map[string]*pb.Value
	own    bool                   // fields is a copy of ours
	maps   map[*pb.Value]struct{} // nested maps that are copies of ours
}

func (d *draft) get(path []string) *pb.Value { return fieldAt(d.fields, path) }

// set puts v at path and makes the maps on the way; a nil v removes the field.
func (d *draft) set(path []string, v *pb.Value) {
	if v == nil && d.get(path) == nil {
		return
	}

	if !d.own {
		d.fields = maps.Clone(d.fields)
		if d.fields == nil {
			d.fields = map[string]*pb.Value{}
		}

		d.own = true
	}

	fields := d.fields
	for _, seg := range path[:len(path)-1] {
		fields = d.child(fields, seg)
	}

	last := path[len(path)-1]
	if v == nil {
		delete(fields, last)
		return
	}

	fields[last] = v
}

// child returns the fields of the map at seg, copied if they are not ours yet, new if there is no map.
func (d *draft) child(fields map[string]*pb.Value, seg string) map[string]*pb.Value {
	v := fields[seg]
	if _, ok := d.maps[v]; ok {
		return v.GetMapValue().GetFields()
	}

	inner := maps.Clone(v.GetMapValue().GetFields())
	if inner == nil {
		inner = map[string]*pb.Value{}
	}

	v = mapValue(inner)
	fields[seg] = v
	if d.maps == nil {
		d.maps = map[*pb.Value]struct{}{}
	}

	d.maps[v] = struct{}{}

	return inner
}

// parsePaths parses each path; the document's own name, which may be asked for and is always there, is left out.
func parsePaths(paths []string) ([][]string, error) {
	out := make([][]string, 0, len(paths))
	for _, p := range paths {
		if p == nameField {
			continue
		}

		path, err := parseFieldPath(p)
		if err != nil {
			return nil, err
		}

		out = append(out, path)
	}

	return out, nil
}

// project returns d with only the fields at paths; a nil slice keeps all.
func project(d *pb.Document, paths [][]string) *pb.Document {
	if paths == nil || d == nil {
		return d
	}

	var out draft
	for _, p := range paths {
		if v := fieldAt(d.GetFields(), p); v != nil {
			out.set(p, v)
		}
	}

	return &pb.Document{
		Name:       d.GetName(),
		CreateTime: d.GetCreateTime(),
		UpdateTime: d.GetUpdateTime(),
		Fields:     out.fields,
	}
}

// parseMask is parsePaths for an optional mask: nil means every field.
func parseMask(m *pb.DocumentMask) ([][]string, error) {
	if m == nil {
		return nil, nil
	}
	return parsePaths(m.GetFieldPaths())
}
