package cloudview

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	fs "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// writer writes values as JSON.
type writer struct {
	bytes.Buffer

	// mask is nil where nothing is masked.
	mask *masker
}

// write returns the fields of the document at a path as indented JSON; masked unless m is nil.
func write(m *masker, path string, fields map[string]*fs.Value) string {
	w := writer{mask: m}
	w.fields(placeOf(path), fields)

	return Indented(w.Bytes())
}

// Indented sets JSON out in lines, and returns anything else as it is.
func Indented(raw []byte) string {
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return string(raw)
	}

	return out.String()
}

// plain returns a masked value in words; empty for one that is empty, or has parts.
func plain(m *masker, at place, v *fs.Value) string {
	switch x := v.GetValueType().(type) {
	case *fs.Value_StringValue:
		return m.text(at, x.StringValue)
	case *fs.Value_TimestampValue:
		if moment := x.TimestampValue.AsTime(); !moment.IsZero() {
			return moment.Format(time.DateTime) + " UTC"
		}

		return ""
	case *fs.Value_IntegerValue:
		return m.number(at, strconv.FormatInt(x.IntegerValue, 10))
	case *fs.Value_DoubleValue:
		return m.number(at, strconv.FormatFloat(x.DoubleValue, 'g', -1, 64))
	case *fs.Value_BooleanValue:
		w := writer{mask: m}
		w.value(at, v)

		return w.String()
	default:
		return ""
	}
}

// fields writes a map in the order of its names.
func (w *writer) fields(at place, fields map[string]*fs.Value) {
	w.object(slices.Sorted(maps.Keys(fields)), func(name string) {
		w.value(at.in(name), fields[name])
	})
}

// object writes an object with these names.
func (w *writer) object(names []string, value func(name string)) {
	w.WriteByte('{')

	for i, name := range names {
		if i > 0 {
			w.WriteByte(',')
		}

		key := name
		if w.mask != nil {
			key = w.mask.key(name)
		}

		w.text(key)
		w.WriteByte(':')
		value(name)
	}

	w.WriteByte('}')
}

// list writes a list of n values.
func (w *writer) list(n int, value func(i int)) {
	w.WriteByte('[')

	for i := range n {
		if i > 0 {
			w.WriteByte(',')
		}

		value(i)
	}

	w.WriteByte(']')
}

// value writes one value of Firestore.
func (w *writer) value(at place, v *fs.Value) {
	switch x := v.GetValueType().(type) {
	case *fs.Value_BooleanValue:
		w.WriteString(strconv.FormatBool(x.BooleanValue))
	case *fs.Value_IntegerValue:
		w.number(at, strconv.FormatInt(x.IntegerValue, 10))
	case *fs.Value_DoubleValue:
		w.double(at, x.DoubleValue)
	case *fs.Value_StringValue:
		w.string(at, x.StringValue)
	case *fs.Value_BytesValue:
		w.bytes(at, x.BytesValue)
	case *fs.Value_TimestampValue:
		w.typed("$time", x.TimestampValue.AsTime().Format(time.RFC3339Nano))
	case *fs.Value_ReferenceValue:
		w.typed("$reference", w.masked(at.as("id"), x.ReferenceValue))
	case *fs.Value_GeoPointValue:
		w.geo(x.GeoPointValue.GetLatitude(), x.GeoPointValue.GetLongitude())
	case *fs.Value_ArrayValue:
		all := x.ArrayValue.GetValues()
		w.list(len(all), func(i int) { w.value(at, all[i]) })
	case *fs.Value_MapValue:
		w.fields(at, x.MapValue.GetFields())
	default:
		w.WriteString("null")
	}
}

// double writes a number that is no integer, even if it is a whole one.
func (w *writer) double(at place, d float64) {
	text := strconv.FormatFloat(d, 'g', -1, 64)

	switch {
	case w.mask != nil && w.mask.number(at, text) != text:
		w.text(w.mask.number(at, text))
	case math.IsNaN(d) || math.IsInf(d, 0):
		w.typed("$double", text)
	case strings.ContainsAny(text, ".e"):
		w.WriteString(text)
	default:
		w.WriteString(text + ".0")
	}
}

// number writes a number as it stands, or what masks it.
func (w *writer) number(at place, number string) {
	if w.mask != nil && w.mask.number(at, number) != number {
		w.text(w.mask.number(at, number))
		return
	}

	w.WriteString(number)
}

// geo writes a place, which tells where somebody is.
func (w *writer) geo(latitude, longitude float64) {
	text := fmt.Sprintf("%v,%v", latitude, longitude)
	if w.mask != nil {
		text = textMask
	}

	w.typed("$place", text)
}

// bytes writes bytes: as the JSON that they are, as text, or in base64.
func (w *writer) bytes(at place, data []byte) {
	var compact bytes.Buffer

	switch isJSON := json.Compact(&compact, data) == nil; {
	case isJSON && w.mask == nil && !bytes.Equal(compact.Bytes(), data): // its spaces are part of what is stored
		w.typed("$text", string(data))
	case isJSON && w.mask == nil:
		w.WriteString(`{"$json":`)
		w.Write(data)
		w.WriteByte('}')
	case isJSON:
		w.WriteString(`{"$json":`)
		w.json(at, data)
		w.WriteByte('}')
	case utf8.Valid(data):
		w.typed("$text", w.masked(at.as(textPlace), string(data)))
	case w.mask != nil:
		w.typed("$bytes", textMask+", "+strconv.Itoa(len(data))+" bytes")
	default:
		w.typed("$bytes", base64.StdEncoding.EncodeToString(data))
	}
}

// json writes a JSON text, masked.
func (w *writer) json(at place, data []byte) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()

	var v any
	if err := d.Decode(&v); err != nil {
		w.text(textMask)
		return
	}

	w.any(at, v)
}

// any writes a value of JSON, masked.
func (w *writer) any(at place, v any) {
	switch v := v.(type) {
	case map[string]any:
		w.object(slices.Sorted(maps.Keys(v)), func(name string) { w.any(at.in(name), v[name]) })
	case []any:
		w.list(len(v), func(i int) { w.any(at, v[i]) })
	case string:
		w.string(at, v)
	case json.Number:
		w.number(at, v.String())
	case bool:
		w.WriteString(strconv.FormatBool(v))
	default:
		w.WriteString("null")
	}
}

// typed writes an object that says what JSON has no form for.
func (w *writer) typed(kind, text string) {
	w.WriteByte('{')
	w.text(kind)
	w.WriteByte(':')
	w.text(text)
	w.WriteByte('}')
}

// string writes a text, masked if it has to be.
func (w *writer) string(at place, text string) { w.text(w.masked(at, text)) }

// masked is a text as it may be seen.
func (w *writer) masked(at place, text string) string {
	if w.mask == nil {
		return text
	}
	return w.mask.text(at, text)
}

// text writes a text as it is.
func (w *writer) text(text string) {
	e := json.NewEncoder(&w.Buffer)
	e.SetEscapeHTML(false)

	if err := e.Encode(text); err == nil {
		w.Truncate(w.Len() - 1) // the encoder ends a line
	}
}

// writeData returns the data of a message of a topic as indented JSON; masked unless m is nil.
func writeData(m *masker, topic string, data []byte) string {
	w := writer{mask: m}

	switch isJSON := json.Valid(data); {
	case isJSON && m == nil:
		return Indented(data)
	case isJSON:
		w.json(placeOf(topic), data)
	default:
		w.bytes(placeOf(topic), data)
	}

	return Indented(w.Bytes())
}
