package pubsub

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// applyMask copies the fields that paths name from src to dst, both of one type; a field that src lacks is cleared.
// The first element of each path must be in allowed, everything else is fixed at creation.
func applyMask(dst, src proto.Message, paths []string, allowed ...string) error {
	if len(paths) == 0 {
		return errInvalid("update_mask must name at least one field")
	}

	for _, path := range paths {
		parts := strings.Split(path, ".")
		if !slices.Contains(allowed, parts[0]) {
			return errInvalid("field %q cannot be updated", path)
		}
		if err := copyField(dst.ProtoReflect(), src.ProtoReflect(), parts); err != nil {
			return err
		}
	}

	return nil
}

// copyField copies the field at the path parts.
func copyField(dst, src protoreflect.Message, parts []string) error {
	f := dst.Descriptor().Fields().ByName(protoreflect.Name(parts[0]))
	switch {
	case f == nil:
		return errInvalid("update_mask names an unknown field %q", parts[0])
	case len(parts) == 1 && src.Has(f):
		dst.Set(f, src.Get(f))
		return nil
	case len(parts) == 1:
		dst.Clear(f)
		return nil
	case f.Message() == nil || f.IsMap() || f.IsList():
		return errInvalid("update_mask goes below the plain field %q", parts[0])
	}

	return copyField(dst.Mutable(f).Message(), src.Get(f).Message(), parts[1:])
}
