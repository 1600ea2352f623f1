package testkit

import (
	"encoding/base64"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
)

// Scan looks through every document of a local cloud for words, also in the names of documents and fields, in JSON, and in what is encoded as base64.
// It returns the names of all documents, as paths from the root, and of those in which one of the words stands, each with the field.
func Scan(local *cloud.Cloud, words ...string) (all, naming []string) {
	in := func(text string) bool { return stands(text, words) }

	local.Firestore().Documents(func(name string, fields map[string]*pb.Value) bool {
		_, path, _ := strings.Cut(name, "/documents/")
		all = append(all, path)

		if in(path) {
			naming = append(naming, path)
		}

		for field, v := range fields {
			if in(field) || standsIn(v, in) {
				naming = append(naming, path+" "+field)
			}
		}

		return true
	})

	slices.Sort(naming)

	return all, naming
}

// standsIn reports whether in holds of a text or key anywhere in a value.
func standsIn(v *pb.Value, in func(string) bool) bool {
	switch of := v.GetValueType().(type) {
	case *pb.Value_StringValue:
		return in(of.StringValue)
	case *pb.Value_BytesValue:
		return in(string(of.BytesValue))
	case *pb.Value_MapValue:
		for key, one := range of.MapValue.GetFields() {
			if in(key) || standsIn(one, in) {
				return true
			}
		}
	case *pb.Value_ArrayValue:
		return slices.ContainsFunc(of.ArrayValue.GetValues(), func(one *pb.Value) bool { return standsIn(one, in) })
	}

	return false
}

// stands reports whether one of the words stands in a text, or in what the text is the base64 of, as WhatsApp's ids are.
func stands(text string, words []string) bool {
	readings := []string{text}

	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if decoded, err := encoding.DecodeString(strings.TrimPrefix(text, "wamid.")); err == nil {
			readings = append(readings, string(decoded))
		}
	}

	return slices.ContainsFunc(words, func(word string) bool {
		return slices.ContainsFunc(readings, func(reading string) bool { return strings.Contains(reading, word) })
	})
}
