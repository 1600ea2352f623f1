package firestore

import (
	"cmp"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Limits of names and paths, from Firestore's "Usage and limits" page.
const (
	maxIDBytes    = 1500
	maxNameBytes  = 6 << 10
	maxDepth      = 100 // collections on the way to a document
	maxFieldBytes = 1500
)

const (
	documents = "/documents"
	nameField = "__name__"
)

// compareNames compares resource names segment by segment: '/' sorts before every other byte.
func compareNames(a, b string) int {
	for i := 0; i < len(a) && i < len(b); i++ {
		if x, y := a[i], b[i]; x != y {
			switch {
			case x == '/':
				return -1
			case y == '/':
				return 1
			default:
				return cmp.Compare(x, y)
			}
		}
	}

	return cmp.Compare(len(a), len(b))
}

// rootOf returns the part of a resource name that names the database's documents, or "" if there is none.
func rootOf(name string) string {
	i := strings.Index(name, documents)
	if i < 0 || strings.Count(name[:i], "/") != 3 || !strings.HasPrefix(name, "projects/") {
		return ""
	}

	root, rest := name[:i+len(documents)], name[i+len(documents):]
	if rest != "" && rest[0] != '/' {
		return ""
	}

	return root
}

// relative is the path of a document or collection below its database.
func relative(name string) string {
	return strings.TrimPrefix(name[len(rootOf(name)):], "/")
}

// collectionOf is the path of the collection that holds the document name.
func collectionOf(name string) string { return name[:strings.LastIndexByte(name, '/')] }

// idOf is the last segment of a resource name.
func idOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// checkDocumentName refuses what is not the name of a document in database; an empty database admits any.
func checkDocumentName(database, name string) error {
	root := rootOf(name)
	switch {
	case root == "" || root == name:
		return status.Errorf(codes.InvalidArgument, "Document name %q is not of the form projects/*/databases/*/documents/**.", name)
	case database != "" && root != database+documents:
		return status.Errorf(codes.InvalidArgument, "Document name %q is not in database %q.", name, database)
	case len(name)-len(root) > maxNameBytes:
		return status.Errorf(codes.InvalidArgument, "Document name is longer than %d bytes.", maxNameBytes)
	}

	segments := strings.Split(name[len(root)+1:], "/")
	if len(segments)%2 != 0 {
		return status.Errorf(codes.InvalidArgument, "Document name %q has a trailing collection.", name)
	}
	if len(segments) > 2*maxDepth {
		return status.Errorf(codes.InvalidArgument, "Document name is deeper than %d collections.", maxDepth)
	}

	for _, id := range segments {
		if err := checkID(id); err != nil {
			return err
		}
	}

	return nil
}

// checkParent refuses what is neither a database's documents nor a document.
func checkParent(parent string) error {
	if rootOf(parent) == parent && parent != "" {
		return nil
	}
	return checkDocumentName("", parent)
}

func checkID(id string) error {
	switch {
	case id == "":
		return status.Error(codes.InvalidArgument, "A resource name has an empty segment.")
	case id == "." || id == "..":
		return status.Errorf(codes.InvalidArgument, "Resource id %q is not allowed.", id)
	case len(id) > maxIDBytes:
		return status.Errorf(codes.InvalidArgument, "A resource id is longer than %d bytes.", maxIDBytes)
	case reserved(id):
		return status.Errorf(codes.InvalidArgument, "Resource id %q is invalid because it is reserved.", id)
	}

	return nil
}

// reserved reports whether an id or field name is of the form __*__, which Firestore keeps for itself.
func reserved(s string) bool {
	return len(s) >= 4 && strings.HasPrefix(s, "__") && strings.HasSuffix(s, "__")
}

// parseFieldPath splits a field path at its dots, honouring segments quoted with backticks.
func parseFieldPath(p string) ([]string, error) {
	bad := status.Errorf(codes.InvalidArgument, "Invalid field path %q.", p)
	if p == "" || len(p) > maxFieldBytes {
		return nil, bad
	}

	var out []string
	for {
		seg, rest, ok := cutSegment(p)
		if !ok {
			return nil, bad
		}

		out = append(out, seg)
		if rest == "" {
			return out, nil
		}
		if rest[0] != '.' {
			return nil, bad
		}

		p = rest[1:]
	}
}

// cutSegment takes the first segment off p; it is not ok if that segment is empty or malformed.
func cutSegment(p string) (segment, rest string, ok bool) {
	if !strings.HasPrefix(p, "`") {
		i := strings.IndexByte(p, '.')
		if i < 0 {
			i = len(p)
		}
		return p[:i], p[i:], simpleName(p[:i])
	}

	var b strings.Builder
	for i := 1; i < len(p); i++ {
		switch p[i] {
		case '`':
			return b.String(), p[i+1:], b.Len() > 0
		case '\\':
			i++
			if i == len(p) {
				return "", "", false
			}
		}

		b.WriteByte(p[i])
	}

	return "", "", false
}

// simpleName reports whether a field name needs no quotes.
func simpleName(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}

	return s != ""
}

// formatFieldPath is the inverse of parseFieldPath and the canonical spelling of a path; nil is the document's name.
func formatFieldPath(path []string) string {
	if path == nil {
		return nameField
	}

	out := make([]string, len(path))
	for i, s := range path {
		if !simpleName(s) {
			s = "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(s) + "`"
		}

		out[i] = s
	}

	return strings.Join(out, ".")
}
