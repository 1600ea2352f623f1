package firestore

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/genproto/googleapis/type/latlng"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func text(s string) *pb.Value { return &pb.Value{ValueType: &pb.Value_StringValue{StringValue: s}} }

// randomValue is drawn from few values, so that equal ones meet, of many types.
func randomValue(r *rand.Rand, depth int) *pb.Value {
	switch n := r.IntN(14); {
	case n < 3:
		return integerValue(int64(r.IntN(4)))
	case n == 3:
		return doubleValue([]float64{0, math.Copysign(0, -1), 1, 1.5, math.NaN(), math.Inf(1), math.Inf(-1), 1 << 53}[r.IntN(8)])
	case n == 4:
		return integerValue([]int64{math.MaxInt64, math.MinInt64, 1<<53 - 1, 1 << 53, 1<<53 + 1, -1<<53 - 1}[r.IntN(6)])
	case n < 8:
		return text([]string{"", "a", "a\x00", "a\x00b", "a\x01", "ab", "b/c", "\xc3\xa9"}[r.IntN(8)])
	case n == 8:
		return nullValue()
	case n == 9:
		return &pb.Value{ValueType: &pb.Value_BooleanValue{BooleanValue: r.IntN(2) == 0}}
	case n == 10:
		return timeValue(&timestamppb.Timestamp{Seconds: int64(r.IntN(3) - 1), Nanos: int32(r.IntN(2)) * 1000})
	case n == 11:
		return &pb.Value{ValueType: &pb.Value_ReferenceValue{ReferenceValue: testRoot + []string{"/c/a", "/c/a/b/c", "/c/a-"}[r.IntN(3)]}}
	case depth > 1:
		return &pb.Value{ValueType: &pb.Value_GeoPointValue{GeoPointValue: &latlng.LatLng{Latitude: float64(r.IntN(3) - 1)}}}
	case n == 12:
		vs := make([]*pb.Value, r.IntN(3))
		for i := range vs {
			vs[i] = randomValue(r, depth+1)
		}
		return arrayValue(vs)
	default:
		m := map[string]*pb.Value{}
		for range r.IntN(3) {
			m[[]string{"x", "y", "x.y"}[r.IntN(3)]] = randomValue(r, depth+1)
		}
		return mapValue(m)
	}
}

func TestEncodingKeepsTheOrder(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 50_000 {
		a, b := randomValue(r, 0), randomValue(r, 0)
		want := compareValues(a, b)
		ka, kb := appendValue(nil, a, false), appendValue(nil, b, false)
		if got := slices.Compare(ka, kb); got != want {
			t.Fatalf("encodings of %v and %v compare %d, want %d", a, b, got, want)
		}
		if got := slices.Compare(appendValue(nil, a, true), appendValue(nil, b, true)); got != -want {
			t.Fatalf("inverted encodings of %v and %v compare %d, want %d", a, b, got, -want)
		}
		if want != 0 && len(ka) < len(kb) && slices.Equal(ka, kb[:len(ka)]) {
			t.Fatalf("the encoding of %v begins that of %v", a, b)
		}
	}
}

func FuzzNamesSortAlike(f *testing.F) {
	f.Add("a/b", "a-b")
	f.Add("a\x00", "a\x01")
	f.Add("c/a", "c/a/b/c")
	f.Fuzz(func(t *testing.T, a, b string) {
		if got, want := slices.Compare(appendName(nil, a, false), appendName(nil, b, false)), compareNames(a, b); got != want {
			t.Fatalf("encodings of %q and %q compare %d, want %d", a, b, got, want)
		}
	})
}

func FuzzFieldPaths(f *testing.F) {
	for _, p := range []string{"a", "a.b", "`a.b`.c", "`\\``", "a..b", "``", "`a"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, p string) {
		path, err := parseFieldPath(p)
		if err != nil {
			return
		}
		again, err := parseFieldPath(formatFieldPath(path))
		if len(formatFieldPath(path)) <= maxFieldBytes && (err != nil || !slices.Equal(path, again)) {
			t.Fatalf("%q parses as %q, which formats and parses as %q, %v", p, path, again, err)
		}
	})
}
