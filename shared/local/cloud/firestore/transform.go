package firestore

import (
	"math"
	"slices"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// fieldTransform is one checked transform: it gives the next value of a field and what the write result reports.
type fieldTransform struct {
	path  []string
	apply func(old *pb.Value, now *timestamppb.Timestamp) (next, result *pb.Value)
}

func prepareTransform(t *pb.DocumentTransform_FieldTransform) (fieldTransform, error) {
	path, err := parseFieldPath(t.GetFieldPath())
	if err != nil {
		return fieldTransform{}, err
	}

	ft := fieldTransform{path: path}
	switch x := t.GetTransformType().(type) {
	case *pb.DocumentTransform_FieldTransform_SetToServerValue:
		if x.SetToServerValue != pb.DocumentTransform_FieldTransform_REQUEST_TIME {
			return ft, status.Error(codes.InvalidArgument, "The server value of a transform must be REQUEST_TIME.")
		}

		ft.apply = requestTime
	case *pb.DocumentTransform_FieldTransform_Increment:
		ft.apply, err = numeric(x.Increment, addNumbers)
	case *pb.DocumentTransform_FieldTransform_Maximum:
		ft.apply, err = numeric(x.Maximum, maxNumber)
	case *pb.DocumentTransform_FieldTransform_Minimum:
		ft.apply, err = numeric(x.Minimum, minNumber)
	case *pb.DocumentTransform_FieldTransform_AppendMissingElements:
		ft.apply, err = elements(x.AppendMissingElements.GetValues(), appendMissing)
	case *pb.DocumentTransform_FieldTransform_RemoveAllFromArray:
		ft.apply, err = elements(x.RemoveAllFromArray.GetValues(), removeAll)
	default:
		return ft, status.Error(codes.InvalidArgument, "A field transform has no operation.")
	}

	return ft, err
}

// requestTime is precise to the millisecond, unlike the update time of the same write.
func requestTime(_ *pb.Value, now *timestamppb.Timestamp) (next, result *pb.Value) {
	v := timeValue(&timestamppb.Timestamp{Seconds: now.GetSeconds(), Nanos: now.GetNanos() / 1e6 * 1e6})
	return v, v
}

// numeric makes a transform of a number: an operand that is none is refused, a stored value that is none is replaced.
func numeric(operand *pb.Value, f func(old, operand *pb.Value) *pb.Value) (func(*pb.Value, *timestamppb.Timestamp) (next, result *pb.Value), error) {
	if typeRank(operand) != rankNumber {
		return nil, status.Error(codes.InvalidArgument, "The operand of a numeric transform must be an integer or a double.")
	}

	return func(old *pb.Value, _ *timestamppb.Timestamp) (next, result *pb.Value) {
		v := operand
		if old != nil && typeRank(old) == rankNumber {
			v = f(old, operand)
		}
		return v, v
	}, nil
}

// maxNumber keeps the stored value when both are equal (3 and 3.0, 0 and -0.0); with NaN the result is NaN.
func maxNumber(old, operand *pb.Value) *pb.Value {
	if isNaN(old) || !isNaN(operand) && compareNumbers(old, operand) >= 0 {
		return old
	}
	return operand
}

func minNumber(old, operand *pb.Value) *pb.Value {
	if isNaN(old) || !isNaN(operand) && compareNumbers(old, operand) <= 0 {
		return old
	}
	return operand
}

// addNumbers adds; integers saturate instead of overflowing, and a double makes the sum a double.
func addNumbers(a, b *pb.Value) *pb.Value {
	ai, aInt := a.GetValueType().(*pb.Value_IntegerValue)
	bi, bInt := b.GetValueType().(*pb.Value_IntegerValue)
	if !aInt || !bInt {
		return doubleValue(asFloat(a) + asFloat(b))
	}

	switch x, y := ai.IntegerValue, bi.IntegerValue; {
	case x > 0 && y > math.MaxInt64-x:
		return integerValue(math.MaxInt64)
	case x < 0 && y < math.MinInt64-x:
		return integerValue(math.MinInt64)
	default:
		return integerValue(x + y)
	}
}

// elements makes a transform of an array: a stored value that is none counts as empty.
func elements(vs []*pb.Value, f func(old, vs []*pb.Value) []*pb.Value) (func(*pb.Value, *timestamppb.Timestamp) (next, result *pb.Value), error) {
	for _, v := range vs {
		if typeRank(v) == rankArray {
			return nil, status.Error(codes.InvalidArgument, "An array may not be an element of an array.")
		}
		if err := checkValue(v, 1); err != nil {
			return nil, err
		}
	}

	return func(old *pb.Value, _ *timestamppb.Timestamp) (next, result *pb.Value) {
		return arrayValue(f(old.GetArrayValue().GetValues(), vs)), nullValue()
	}, nil
}

func appendMissing(old, vs []*pb.Value) []*pb.Value {
	out := slices.Clone(old)
	for _, v := range vs {
		if !contains(out, v, sameElement) {
			out = append(out, v)
		}
	}

	return out
}

func removeAll(old, vs []*pb.Value) []*pb.Value {
	return slices.DeleteFunc(slices.Clone(old), func(v *pb.Value) bool { return contains(vs, v, sameElement) })
}

func contains(vs []*pb.Value, v *pb.Value, same func(a, b *pb.Value) bool) bool {
	return slices.ContainsFunc(vs, func(e *pb.Value) bool { return same(e, v) })
}
