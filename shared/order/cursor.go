package order

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting that is followed; the platform's deepest documented object has seven levels.
const maxDepth = 64

// cursor walks one JSON text from left to right without building a tree: events and orders have a hundred keys of
// which thirty matter, and every value may come as a string, a number, a flag or null. Of a [readable] text it accepts exactly
// what [json.Valid] accepts, down to maxDepth. After the first fault it stays at the end and yields nothing more.
type cursor struct {
	text   string
	pos    int
	depth  int
	broken bool
}

// byteOrderMark begins the JSON of writers that should not write it (RFC 8259 section 8.1).
const byteOrderMark = "\ufeff"

// readable returns a JSON text as the cursor reads it. A byte order mark at its beginning, and bytes outside of strings that
// are not UTF-8, are blanks in it. It has the length of data, so that a position is the same in both.
func readable(data []byte) string {
	text := string(data)
	if strings.HasPrefix(text, byteOrderMark) {
		text = strings.Repeat(" ", len(byteOrderMark)) + text[len(byteOrderMark):]
	}
	if utf8.ValidString(text) {
		return text
	}

	b := []byte(text)
	quoted := false

	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case quoted && b[i] == '\\':
			size = 2
		case b[i] == '"':
			quoted = !quoted
		case !quoted && r == utf8.RuneError && size == 1:
			b[i] = ' '
		}

		i += size
	}

	return string(b)
}

// fail ends the walk.
func (c *cursor) fail() {
	c.broken = true
	c.pos = len(c.text)
}

// peek skips white space and is the next byte, or 0 at the end.
func (c *cursor) peek() byte {
	for c.pos < len(c.text) {
		switch b := c.text[c.pos]; b {
		case ' ', '\t', '\n', '\r':
			c.pos++
		default:
			return b
		}
	}

	return 0
}

// take steps over b if it is next.
func (c *cursor) take(b byte) bool {
	if c.peek() != b || c.pos == len(c.text) {
		return false
	}
	c.pos++
	return true
}

// finished reports whether the text held one sound value and nothing after it.
func (c *cursor) finished() bool {
	return c.peek() == 0 && c.pos == len(c.text) && !c.broken
}

// object calls visit with every key; visit must read or skip its value. Anything else than an object is skipped.
func (c *cursor) object(visit func(key string)) {
	if c.peek() != '{' {
		c.skip()
		return
	}

	c.enter()
	if c.take('}') {
		c.depth--
		return
	}

	for !c.broken {
		if c.peek() != '"' {
			c.fail()
			return
		}

		key := c.str()
		if !c.take(':') {
			c.fail()
			return
		}

		visit(key)
		if c.next('}') {
			return
		}
	}
}

// array calls visit before every element; visit must read or skip it. Anything else than an array is skipped.
func (c *cursor) array(visit func()) {
	if c.peek() != '[' {
		c.skip()
		return
	}

	c.enter()
	if c.take(']') {
		c.depth--
		return
	}

	for !c.broken {
		visit()
		if c.next(']') {
			return
		}
	}
}

// enter steps over the opening bracket.
func (c *cursor) enter() {
	c.pos++
	c.depth++
	if c.depth > maxDepth {
		c.fail()
	}
}

// next steps over the comma or the closing bracket and reports whether it was the bracket.
func (c *cursor) next(closing byte) bool {
	switch {
	case c.broken:
		return true
	case c.take(','):
		return false
	case c.take(closing):
		c.depth--
		return true
	default:
		c.fail()
		return true
	}
}

// skip steps over the next value, whatever it is.
func (c *cursor) skip() {
	switch c.peek() {
	case '{':
		c.object(func(string) { c.skip() })
	case '[':
		c.array(c.skip)
	default:
		c.scalar()
	}
}

// scalar is the next value as text: a string decoded and trimmed, a number or flag as spelled, null as nothing. An
// object or an array has no text and is skipped.
func (c *cursor) scalar() string {
	switch b := c.peek(); {
	case b == '"':
		return strings.TrimSpace(c.str())
	case b == '{' || b == '[':
		c.skip()
		return ""
	case b == '-' || b >= '0' && b <= '9':
		return c.number()
	case c.word("null"):
		return ""
	case c.word("true"):
		return "true"
	case c.word("false"):
		return "false"
	default:
		c.fail()
		return ""
	}
}

func (c *cursor) word(w string) bool {
	if !strings.HasPrefix(c.text[c.pos:], w) {
		return false
	}

	c.pos += len(w)

	return true
}

// str reads the string that begins here. Without escapes it is a part of the text, copied nowhere.
func (c *cursor) str() string {
	start := c.pos

	plain := true
	for i := start + 1; i < len(c.text); i++ {
		switch b := c.text[i]; {
		case b == '"':
			c.pos = i + 1
			if plain {
				return c.text[start+1 : i]
			}
			return c.unquote(c.text[start : i+1])
		case b == '\\':
			plain = false
			i++
		case b < ' ':
			c.fail()
			return ""
		case b >= utf8.RuneSelf:
			plain = false
		}
	}

	c.fail()

	return ""
}

// unquote leaves the rare spellings (escapes, bytes that are not UTF-8) to the standard decoder.
func (c *cursor) unquote(quoted string) string {
	if !strings.Contains(quoted, `\`) && utf8.ValidString(quoted) {
		return quoted[1 : len(quoted)-1]
	}
	var s string
	if json.Unmarshal([]byte(quoted), &s) != nil {
		c.fail()
		return ""
	}

	return s
}

// number reads the number that begins here, as it is spelled.
func (c *cursor) number() string {
	start := c.pos

	if c.at('-') {
		c.pos++
	}
	if c.at('0') {
		c.pos++
	} else if !c.digits() {
		c.fail()
		return ""
	}
	if c.at('.') {
		c.pos++
		if !c.digits() {
			c.fail()
			return ""
		}
	}
	if c.at('e') || c.at('E') {
		c.pos++
		if c.at('+') || c.at('-') {
			c.pos++
		}
		if !c.digits() {
			c.fail()
			return ""
		}
	}

	return c.text[start:c.pos]
}

// at looks at the next byte without skipping white space.
func (c *cursor) at(b byte) bool { return c.pos < len(c.text) && c.text[c.pos] == b }

func (c *cursor) digits() bool {
	start := c.pos
	for c.pos < len(c.text) && c.text[c.pos] >= '0' && c.text[c.pos] <= '9' {
		c.pos++
	}
	return c.pos > start
}
