package firestore

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The ranks of the documented order between values of different types. Rank 0 stays free: the index encoding ends lists
// with it.
const (
	rankNull = iota + 1
	rankBoolean
	rankNumber
	rankTimestamp
	rankString
	rankBytes
	rankReference
	rankGeoPoint
	rankArray
	rankMap
)

// typeRank places v's type in the documented order; vectors are maps on the wire.
func typeRank(v *pb.Value) int {
	switch v.GetValueType().(type) {
	case nil, *pb.Value_NullValue:
		return rankNull
	case *pb.Value_BooleanValue:
		return rankBoolean
	case *pb.Value_IntegerValue, *pb.Value_DoubleValue:
		return rankNumber
	case *pb.Value_TimestampValue:
		return rankTimestamp
	case *pb.Value_StringValue:
		return rankString
	case *pb.Value_BytesValue:
		return rankBytes
	case *pb.Value_ReferenceValue:
		return rankReference
	case *pb.Value_GeoPointValue:
		return rankGeoPoint
	case *pb.Value_ArrayValue:
		return rankArray
	default:
		return rankMap
	}
}

// compareValues is the order of queries: by type, then within the type.
func compareValues(a, b *pb.Value) int {
	if c := cmp.Compare(typeRank(a), typeRank(b)); c != 0 {
		return c
	}

	switch x := a.GetValueType().(type) {
	case *pb.Value_BooleanValue:
		return compareBooleans(x.BooleanValue, b.GetBooleanValue())
	case *pb.Value_IntegerValue, *pb.Value_DoubleValue:
		return compareNumbers(a, b)
	case *pb.Value_TimestampValue:
		y := b.GetTimestampValue()
		return cmp.Or(cmp.Compare(x.TimestampValue.GetSeconds(), y.GetSeconds()), cmp.Compare(x.TimestampValue.GetNanos(), y.GetNanos()))
	case *pb.Value_StringValue:
		return strings.Compare(x.StringValue, b.GetStringValue())
	case *pb.Value_BytesValue:
		return bytes.Compare(x.BytesValue, b.GetBytesValue())
	case *pb.Value_ReferenceValue:
		return compareNames(x.ReferenceValue, b.GetReferenceValue())
	case *pb.Value_GeoPointValue:
		y := b.GetGeoPointValue()
		return cmp.Or(cmp.Compare(x.GeoPointValue.GetLatitude(), y.GetLatitude()), cmp.Compare(x.GeoPointValue.GetLongitude(), y.GetLongitude()))
	case *pb.Value_ArrayValue:
		return slices.CompareFunc(x.ArrayValue.GetValues(), b.GetArrayValue().GetValues(), compareValues)
	case *pb.Value_MapValue:
		return compareMaps(x.MapValue.GetFields(), b.GetMapValue().GetFields())
	}

	return 0
}

func compareBooleans(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// compareNumbers orders integers and doubles on one line, NaN first.
func compareNumbers(a, b *pb.Value) int {
	ai, aInt := a.GetValueType().(*pb.Value_IntegerValue)

	bi, bInt := b.GetValueType().(*pb.Value_IntegerValue)
	switch {
	case aInt && bInt:
		return cmp.Compare(ai.IntegerValue, bi.IntegerValue)
	case !aInt && !bInt:
		return cmp.Compare(a.GetDoubleValue(), b.GetDoubleValue()) // cmp puts NaN first
	case aInt:
		return compareIntDouble(ai.IntegerValue, b.GetDoubleValue())
	default:
		return -compareIntDouble(bi.IntegerValue, a.GetDoubleValue())
	}
}

// compareIntDouble compares exactly: float64(i) would round integers over 2^53.
func compareIntDouble(i int64, d float64) int {
	switch {
	case math.IsNaN(d) || d < math.MinInt64:
		return 1
	case d >= math.MaxInt64: // the constant becomes 2^63, above every integer
		return -1
	}

	t := math.Trunc(d)

	return cmp.Or(cmp.Compare(i, int64(t)), cmp.Compare(t, d))
}

func compareMaps(a, b map[string]*pb.Value) int {
	ka, kb := sortedKeys(a), sortedKeys(b)
	for i := 0; i < len(ka) && i < len(kb); i++ {
		if c := cmp.Or(strings.Compare(ka[i], kb[i]), compareValues(a[ka[i]], b[ka[i]])); c != 0 {
			return c
		}
	}

	return cmp.Compare(len(ka), len(kb))
}

func sortedKeys(m map[string]*pb.Value) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}

	slices.Sort(keys)

	return keys
}

// sameValue is the equality of filters: by value, so that 1 equals 1.0; NaN equals nothing, IS_NAN asks for it.
func sameValue(a, b *pb.Value) bool {
	return !isNaN(a) && !isNaN(b) && compareValues(a, b) == 0
}

// sameElement is the equality of array transforms, in which NaN equals NaN.
func sameElement(a, b *pb.Value) bool { return compareValues(a, b) == 0 }

func isNaN(v *pb.Value) bool {
	d, ok := v.GetValueType().(*pb.Value_DoubleValue)
	return ok && math.IsNaN(d.DoubleValue)
}

// identical reports whether a and b are stored alike, type included: a write of identical fields changes nothing.
func identical(a, b *pb.Value) bool {
	if a == b {
		return true
	}

	switch x := a.GetValueType().(type) {
	case *pb.Value_IntegerValue:
		y, ok := b.GetValueType().(*pb.Value_IntegerValue)
		return ok && x.IntegerValue == y.IntegerValue
	case *pb.Value_DoubleValue:
		y, ok := b.GetValueType().(*pb.Value_DoubleValue)
		return ok && math.Float64bits(x.DoubleValue) == math.Float64bits(y.DoubleValue)
	case *pb.Value_ArrayValue:
		y, ok := b.GetValueType().(*pb.Value_ArrayValue)
		return ok && slices.EqualFunc(x.ArrayValue.GetValues(), y.ArrayValue.GetValues(), identical)
	case *pb.Value_MapValue:
		y, ok := b.GetValueType().(*pb.Value_MapValue)
		return ok && identicalFields(x.MapValue.GetFields(), y.MapValue.GetFields())
	default:
		return compareValues(a, b) == 0
	}
}

func identicalFields(a, b map[string]*pb.Value) bool {
	if len(a) != len(b) {
		return false
	}

	for k, x := range a {
		if y, ok := b[k]; !ok || !identical(x, y) {
			return false
		}
	}

	return true
}

func nullValue() *pb.Value { return &pb.Value{ValueType: &pb.Value_NullValue{}} }

func integerValue(i int64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_IntegerValue{IntegerValue: i}}
}

func doubleValue(d float64) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_DoubleValue{DoubleValue: d}}
}

func timeValue(t *timestamppb.Timestamp) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_TimestampValue{TimestampValue: t}}
}

func arrayValue(vs []*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_ArrayValue{ArrayValue: &pb.ArrayValue{Values: vs}}}
}

func mapValue(fields map[string]*pb.Value) *pb.Value {
	return &pb.Value{ValueType: &pb.Value_MapValue{MapValue: &pb.MapValue{Fields: fields}}}
}

func asFloat(v *pb.Value) float64 {
	if i, ok := v.GetValueType().(*pb.Value_IntegerValue); ok {
		return float64(i.IntegerValue)
	}
	return v.GetDoubleValue()
}
