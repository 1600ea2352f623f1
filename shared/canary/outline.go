package canary

import (
	"bytes"
	"cmp"
	"slices"
	"sync"
)

// The bounds of an outline. No body of a provider's comes near them.
const (
	// maxDepth is how deep a body is nested at most.
	maxDepth = 64
	// maxFields is how many fields of one object are told apart.
	maxFields = 100
	// maxName and maxNameDigits are the most characters and digits of a field's name. What has more is an id or a number in a name's place.
	maxName, maxNameDigits = 64, 4
)

// strange stands in an outline for the name of a field that is no plain word: whoever sent the body may have put anything in its place, such as
// a telephone number.
const strange = "*"

var strangeName = []byte(strange)

// The types of values, as outlines have them.
const (
	typeObject = "object"
	typeList   = "list"
	typeString = "string"
	typeNumber = "number"
	typeBool   = "bool"
	typeNull   = "null"
)

// visit takes a part of a body: the path of an object or of a list's element, the names and types of its fields, and how deep it lies. Both
// texts are only good during the call.
type visit func(path, outline []byte, depth int)

// scan tells a body's parts to visit, inner ones first, and reports whether it is JSON. A part is an object, without the objects inside of it,
// or what else is in a list. So a body with two sorts of element in a list has no part that bodies with either do not have, and the outline of
// an object does not change with what is inside of its fields.
func scan(body []byte, tell visit) bool {
	s, _ := scanners.Get().(*scanner)
	s.data, s.at, s.tell = bytes.TrimPrefix(body, byteOrderMark), 0, tell
	s.path, s.text, s.fields = s.path[:0], s.text[:0], s.fields[:0]

	defer func() {
		s.data, s.tell = nil, nil
		clear(s.fields[:cap(s.fields)]) // names are parts of the body

		scanners.Put(s)
	}()

	kind, ok := s.value(0)
	if !ok || s.peek() != 0 || s.at < len(s.data) {
		return false
	}
	if kind != typeObject {
		tell(nil, []byte(kind), 0)
	}

	return true
}

// byteOrderMark begins a text of some Windows programs.
var byteOrderMark = []byte("\xef\xbb\xbf")

// scanners are used again: each callback needs one.
var scanners = sync.Pool{New: func() any { return new(scanner) }}

// scanner reads JSON without keeping any of it: it is asked about every callback.
type scanner struct {
	data []byte
	at   int
	// path is that of the value being read, fields those of all objects around it, and text the outline that is being made.
	path, text []byte
	fields     []field
	tell       visit
}

// field is one of an object.
type field struct {
	name []byte
	kind string
}

// peek returns the next byte that is no white space, without passing it; 0 at the end.
func (s *scanner) peek() byte {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}

	return 0
}

// value passes a value and returns its type.
func (s *scanner) value(depth int) (kind string, ok bool) {
	if depth > maxDepth {
		return "", false
	}

	switch c := s.peek(); {
	case c == '{':
		return typeObject, s.object(depth)
	case c == '[':
		return typeList, s.list(depth)
	case c == '"':
		_, ok = s.quoted()
		return typeString, ok
	case c == 't':
		return typeBool, s.word("true")
	case c == 'f':
		return typeBool, s.word("false")
	case c == 'n':
		return typeNull, s.word("null")
	case c == '-' || c >= '0' && c <= '9':
		s.number()
		return typeNumber, true
	default:
		return "", false
	}
}

func (s *scanner) object(depth int) bool {
	first, above := len(s.fields), len(s.path)
	defer func() { s.fields, s.path = s.fields[:first], s.path[:above] }()

	for s.at++; s.peek() != '}'; {
		if len(s.fields) > first && !s.comma() {
			return false
		}
		if s.peek() != '"' {
			return false
		}

		raw, ok := s.quoted()
		if !ok || s.peek() != ':' {
			return false
		}

		s.at++

		name := nameOf(raw)
		s.path = append(append(s.path[:above], '.'), name...)

		kind, ok := s.value(depth + 1)
		if !ok {
			return false
		}

		s.fields = append(s.fields, field{name, kind})
	}

	s.at++
	s.path = s.path[:above]
	s.outline(s.fields[first:])
	s.tell(s.path, s.text, depth)

	return true
}

// outline writes the outline of an object: its fields in the order of their names, each once.
func (s *scanner) outline(fields []field) {
	slices.SortFunc(fields, func(a, b field) int {
		if c := bytes.Compare(a.name, b.name); c != 0 {
			return c
		}

		return cmp.Compare(a.kind, b.kind)
	})

	s.text = append(s.text[:0], '{')

	for i, f := range fields {
		switch {
		case i == maxFields:
			s.text = append(s.text, ",…"...)
		case i > maxFields, i > 0 && bytes.Equal(f.name, fields[i-1].name) && f.kind == fields[i-1].kind:
		default:
			if i > 0 {
				s.text = append(s.text, ',')
			}

			s.text = append(append(append(s.text, f.name...), ':'), f.kind...)
		}
	}

	s.text = append(s.text, '}')
}

func (s *scanner) list(depth int) bool {
	above := len(s.path)
	defer func() { s.path = s.path[:above] }()

	s.path = append(s.path, "[]"...)

	var before string // the type of the element before this one

	for s.at++; s.peek() != ']'; {
		if before != "" && !s.comma() {
			return false
		}

		kind, ok := s.value(depth + 1)
		if !ok {
			return false
		}

		if kind != typeObject && kind != before {
			s.text = append(s.text[:0], kind...)
			s.tell(s.path, s.text, depth+1)
		}

		before = kind
	}

	s.at++

	return true
}

// comma passes a comma that something follows.
func (s *scanner) comma() bool {
	if s.peek() != ',' {
		return false
	}

	s.at++

	return s.peek() != '}' && s.peek() != ']'
}

// quoted passes one text and returns what is between its quotes, as it is written.
func (s *scanner) quoted() (raw []byte, ok bool) {
	s.at++
	start := s.at

	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c == '"':
			s.at++
			return s.data[start : s.at-1], true
		case c == '\\':
			s.at++
		case c < ' ':
			return nil, false
		}
	}

	return nil, false
}

func (s *scanner) word(w string) bool {
	ok := bytes.HasPrefix(s.data[s.at:], []byte(w))
	s.at += len(w)

	return ok
}

func (s *scanner) number() {
	for ; s.at < len(s.data); s.at++ {
		switch c := s.data[s.at]; {
		case c >= '0' && c <= '9', c == '-', c == '+', c == '.', c == 'e', c == 'E':
		default:
			return
		}
	}
}

// nameOf returns the name of a field if it is a plain word; else [strange].
func nameOf(raw []byte) []byte {
	if plainName(string(raw)) {
		return raw
	}

	return strangeName
}

// plainName reports whether a field's name is a word of the sort that fields are named by.
func plainName(name string) bool {
	digits := 0

	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case c == '-' && i > 0:
		case c >= '0' && c <= '9' && i > 0:
			digits++
		default:
			return false
		}
	}

	return name != "" && len(name) <= maxName && digits <= maxNameDigits
}
