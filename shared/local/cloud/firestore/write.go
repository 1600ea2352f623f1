package firestore

import (
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// mutation is one write, checked and parsed as far as that is possible without the state.
type mutation struct {
	name       string
	condition  *pb.Precondition
	deletes    bool
	replaces   bool                 // fields replace the document's
	fields     map[string]*pb.Value // decoded for this call: ours to keep
	mask       []maskedField
	transforms []fieldTransform
}

type maskedField struct {
	path  []string
	value *pb.Value // nil: remove
}

// writeName is the document that w is about, or "".
func writeName(w *pb.Write) string {
	switch op := w.GetOperation().(type) {
	case *pb.Write_Update:
		return op.Update.GetName()
	case *pb.Write_Delete:
		return op.Delete
	case *pb.Write_Transform:
		return op.Transform.GetDocument()
	default:
		return ""
	}
}

func prepareWrite(database string, w *pb.Write) (*mutation, error) {
	m := &mutation{name: writeName(w), condition: w.GetCurrentDocument()}
	if err := checkDocumentName(database, m.name); err != nil {
		return nil, err
	}
	if t := m.condition.GetUpdateTime(); t.GetNanos()%1000 != 0 {
		return nil, status.Error(codes.InvalidArgument, "A required update time must be in whole microseconds.")
	}

	transforms := w.GetUpdateTransforms()
	switch op := w.GetOperation().(type) {
	case *pb.Write_Delete:
		m.deletes = true
	case *pb.Write_Transform:
		transforms = op.Transform.GetFieldTransforms()
	default:
		if err := m.setFields(w.GetUpdate().GetFields(), w.GetUpdateMask()); err != nil {
			return nil, err
		}
	}

	if len(transforms) > maxTransforms {
		return nil, status.Errorf(codes.InvalidArgument, "A write has more than %d field transforms.", maxTransforms)
	}

	for _, t := range transforms {
		ft, err := prepareTransform(t)
		if err != nil {
			return nil, err
		}

		m.transforms = append(m.transforms, ft)
	}

	return m, nil
}

func (m *mutation) setFields(fields map[string]*pb.Value, mask *pb.DocumentMask) error {
	if err := checkFields(fields, 0); err != nil {
		return err
	}
	if mask == nil {
		m.replaces, m.fields = true, fields
		return nil
	}

	for _, p := range mask.GetFieldPaths() {
		path, err := parseFieldPath(p)
		if err != nil {
			return err
		}

		m.mask = append(m.mask, maskedField{path, fieldAt(fields, path)})
	}

	return nil
}

func prepareWrites(database string, ws []*pb.Write) ([]*mutation, error) {
	out := make([]*mutation, len(ws))
	for i, w := range ws {
		m, err := prepareWrite(database, w)
		if err != nil {
			return nil, err
		}

		out[i] = m
	}

	return out, nil
}

// contradicts reports whether the write requires the opposite of what an earlier write of the same request leaves: that
// is a mistake of the request, whatever is stored.
func (m *mutation) contradicts(left *pb.Document) bool {
	c, ok := m.condition.GetConditionType().(*pb.Precondition_Exists)
	return ok && c.Exists != (left != nil)
}

// check compares the document that is there with what the write requires.
func (m *mutation) check(cur *pb.Document) error {
	switch c := m.condition.GetConditionType().(type) {
	case *pb.Precondition_Exists:
		if c.Exists && cur == nil {
			return status.Errorf(codes.NotFound, "No document to update: %s", relative(m.name))
		}
		if !c.Exists && cur != nil {
			return status.Errorf(codes.AlreadyExists, "Document already exists: %s", relative(m.name))
		}
	case *pb.Precondition_UpdateTime: // a missing document has no version to match; it is not NOT_FOUND
		if version(cur) != micros(c.UpdateTime) {
			return status.Errorf(codes.FailedPrecondition, "The stored version of %s does not match the required base version.", relative(m.name))
		}
	}

	return nil
}

// apply returns the document after the write, nil if it is deleted, and the write's result. A document that the write
// does not change is returned as it is, with its old update time.
func (m *mutation) apply(cur *pb.Document, now *timestamppb.Timestamp) (*pb.Document, *pb.WriteResult, error) {
	if err := m.check(cur); err != nil {
		return nil, nil, err
	}
	if m.deletes {
		return nil, &pb.WriteResult{}, nil
	}

	out := draft{fields: cur.GetFields()}
	if m.replaces {
		out = draft{fields: m.fields, own: m.fields != nil}
	}

	for _, f := range m.mask {
		out.set(f.path, f.value)
	}

	res := &pb.WriteResult{}
	for _, t := range m.transforms {
		next, result := t.apply(out.get(t.path), now)
		out.set(t.path, next)

		res.TransformResults = append(res.TransformResults, result)
	}

	if cur != nil && identicalFields(cur.GetFields(), out.fields) {
		res.UpdateTime = cur.GetUpdateTime()
		return cur, res, nil
	}
	if err := checkSize(m.name, out.fields); err != nil {
		return nil, nil, err
	}

	next := &pb.Document{
		Name:       m.name,
		Fields:     out.fields,
		CreateTime: now,
		UpdateTime: now,
	}
	if cur != nil {
		next.CreateTime = cur.GetCreateTime()
	}

	res.UpdateTime = now

	return next, res, nil
}
