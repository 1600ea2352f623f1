package firestore

import (
	"encoding/binary"
	"math"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// The encoding of index keys: comparing two encodings as bytes is comparing the values with compareValues. No encoding is
// a prefix of another, so that keys may be joined, and no encoding begins with 0xFF or, inverted, with 0xFF either, so
// that a prefix followed by 0xFF lies behind every key with that prefix.

const (
	listEnd   = 0x00 // ends arrays and maps; every value begins with a rank above it
	listItem  = 0x01 // precedes each key of a map
	behindAll = "\xff"
)

// rankByte is the first byte of v's encoding.
func rankByte(v *pb.Value) byte { return byte(typeRank(v)) } //nolint:gosec // ranks are small

// appendValue appends the encoding of v, inverted if desc.
func appendValue(b []byte, v *pb.Value, desc bool) []byte {
	start := len(b)
	b = encodeValue(b, v)
	if desc {
		invert(b[start:])
	}

	return b
}

// appendName appends the encoding of a resource name or a part of one, inverted if desc.
func appendName(b []byte, name string, desc bool) []byte {
	start := len(b)
	b = encodeName(b, name)
	if desc {
		invert(b[start:])
	}

	return b
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

func encodeValue(b []byte, v *pb.Value) []byte {
	b = append(b, rankByte(v))
	switch x := v.GetValueType().(type) {
	case *pb.Value_BooleanValue:
		if x.BooleanValue {
			return append(b, 1)
		}
		return append(b, 0)
	case *pb.Value_IntegerValue:
		return encodeInteger(b, x.IntegerValue)
	case *pb.Value_DoubleValue:
		return append(encodeDouble(b, x.DoubleValue), 0, 0)
	case *pb.Value_TimestampValue:
		b = binary.BigEndian.AppendUint64(b, flipSign(x.TimestampValue.GetSeconds()))
		return binary.BigEndian.AppendUint32(b, uint32(max(x.TimestampValue.GetNanos(), 0)))
	case *pb.Value_StringValue:
		return encodeText(b, x.StringValue)
	case *pb.Value_BytesValue:
		return encodeText(b, string(x.BytesValue))
	case *pb.Value_ReferenceValue:
		return encodeName(b, x.ReferenceValue)
	case *pb.Value_GeoPointValue:
		return encodeDouble(encodeDouble(b, x.GeoPointValue.GetLatitude()), x.GeoPointValue.GetLongitude())
	case *pb.Value_ArrayValue:
		for _, e := range x.ArrayValue.GetValues() {
			b = encodeValue(b, e)
		}
		return append(b, listEnd)
	case *pb.Value_MapValue:
		fields := x.MapValue.GetFields()
		for _, k := range sortedKeys(fields) {
			b = encodeValue(encodeText(append(b, listItem), k), fields[k])
		}
		return append(b, listEnd)
	default:
		return b
	}
}

// flipSign maps signed order to unsigned order.
func flipSign(i int64) uint64 { return uint64(i) ^ 1<<63 } //nolint:gosec // the conversion keeps the bits on purpose

// encodeInteger writes the greatest double not above i and what is left, so that integers over 2^53, which doubles
// cannot hold, still sort between their neighbours and 1 equals 1.0.
func encodeInteger(b []byte, i int64) []byte {
	d := float64(i)
	if d >= math.MaxInt64 || int64(d) > i {
		d = math.Nextafter(d, math.Inf(-1))
	}
	return binary.BigEndian.AppendUint16(encodeDouble(b, d), uint16(i-int64(d))) //nolint:gosec // doubles below 2^63 are at most 2^10 apart
}

func encodeDouble(b []byte, d float64) []byte {
	var bits uint64
	switch {
	case math.IsNaN(d): // before every number
	case d == 0: // one zero
		bits = 1 << 63
	case d < 0:
		bits = ^math.Float64bits(d)
	default:
		bits = math.Float64bits(d) | 1<<63
	}

	return binary.BigEndian.AppendUint64(b, bits)
}

// encodeText ends with 0x00 0x01 and escapes 0x00 as 0x00 0xFF, so that a text sorts before its continuations.
func encodeText(b []byte, s string) []byte {
	for i := range len(s) {
		b = append(b, s[i])
		if s[i] == 0 {
			b = append(b, 0xff)
		}
	}

	return append(b, 0, 1)
}

// encodeName sorts names segment by segment: the end first, then the slash, then other bytes.
func encodeName(b []byte, name string) []byte {
	for i := range len(name) {
		switch c := name[i]; c {
		case '/':
			b = append(b, 1)
		case 0, 1, 2:
			b = append(b, 2, c+1)
		default:
			b = append(b, c)
		}
	}

	return append(b, 0)
}
