package firestore

import (
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Limits of documents and requests, from Firestore's "Usage and limits" page.
const (
	maxDocumentBytes = 1 << 20
	maxRequestBytes  = 10 << 20
	maxValueDepth    = 20 // maps and arrays inside each other
	maxTransforms    = 500
	maxDisjunctions  = 30
	maxNotIn         = 10
	maxAggregations  = 5
)

func checkRequest(m proto.Message) error {
	if n := proto.Size(m); n > maxRequestBytes {
		return status.Errorf(codes.InvalidArgument, "Request payload size exceeds the limit: %d bytes.", maxRequestBytes)
	}
	return nil
}

// checkFields refuses fields the service would not store and brings the rest to the form in which it stores them.
func checkFields(fields map[string]*pb.Value, depth int) error {
	for name, v := range fields {
		switch {
		case name == "":
			return status.Error(codes.InvalidArgument, "A field name is empty.")
		case len(name) > maxFieldBytes:
			return status.Errorf(codes.InvalidArgument, "A field name is longer than %d bytes.", maxFieldBytes)
		case reserved(name) && name != "__type__": // vectors are maps with this key
			return status.Errorf(codes.InvalidArgument, "Field name %q is reserved.", name)
		}
		if err := checkValue(v, depth); err != nil {
			return err
		}
	}

	return nil
}

// checkValue checks v, which lies inside depth maps and arrays, and cuts its times to whole microseconds.
func checkValue(v *pb.Value, depth int) error {
	switch x := v.GetValueType().(type) {
	case *pb.Value_TimestampValue:
		if !x.TimestampValue.IsValid() {
			return status.Error(codes.InvalidArgument, "A timestamp is out of range.")
		}

		x.TimestampValue.Nanos -= x.TimestampValue.GetNanos() % 1000
	case *pb.Value_ArrayValue:
		if depth >= maxValueDepth {
			return status.Errorf(codes.InvalidArgument, "Values are nested deeper than %d levels.", maxValueDepth)
		}

		for _, e := range x.ArrayValue.GetValues() {
			if typeRank(e) == rankArray {
				return status.Error(codes.InvalidArgument, "Cannot convert an array value in an array value.")
			}
			if err := checkValue(e, depth+1); err != nil {
				return err
			}
		}
	case *pb.Value_MapValue:
		if depth >= maxValueDepth {
			return status.Errorf(codes.InvalidArgument, "Values are nested deeper than %d levels.", maxValueDepth)
		}
		return checkFields(x.MapValue.GetFields(), depth+1)
	}

	return nil
}

func checkSize(name string, fields map[string]*pb.Value) error {
	if n := 32 + nameSize(name) + fieldsSize(fields); n > maxDocumentBytes {
		return status.Errorf(codes.InvalidArgument, "Document %q cannot be written because its size (%d bytes) exceeds the maximum allowed size of %d bytes.",
			relative(name), n, maxDocumentBytes)
	}
	return nil
}

// nameSize, fieldsSize and valueSize follow Firestore's "Storage size calculations".
func nameSize(name string) int {
	path := relative(name)
	return 16 + len(path) + 1 // each id and one byte more: as many as the slashes and one
}

func fieldsSize(fields map[string]*pb.Value) int {
	n := 0
	for name, v := range fields {
		n += len(name) + 1 + valueSize(v)
	}
	return n
}

func valueSize(v *pb.Value) int {
	switch x := v.GetValueType().(type) {
	case *pb.Value_IntegerValue, *pb.Value_DoubleValue, *pb.Value_TimestampValue:
		return 8
	case *pb.Value_StringValue:
		return len(x.StringValue) + 1
	case *pb.Value_BytesValue:
		return len(x.BytesValue)
	case *pb.Value_ReferenceValue:
		return nameSize(x.ReferenceValue)
	case *pb.Value_GeoPointValue:
		return 16
	case *pb.Value_ArrayValue:
		n := 0
		for _, e := range x.ArrayValue.GetValues() {
			n += valueSize(e)
		}
		return n
	case *pb.Value_MapValue:
		return fieldsSize(x.MapValue.GetFields())
	default: // null, boolean
		return 1
	}
}
