// Package blank knows the characters that show nothing. Texts from phones and shops hold them, so that what looks empty is not, and
// what looks like a word or a number is another one.
package blank

import "unicode"

// Is reports whether a character shows nothing: a space, a control character, one that only steers how the text around it is set, and
// those that Unicode counts as letters, marks and symbols although they are blank, such as the Hangul fillers, the grapheme joiner and
// the Braille pattern without dots. The joiners are among them, by which several scripts and many emoji are spelled.
func Is(r rune) bool {
	const braille, nullNote = '\u2800', '\U0001d159'

	return r == braille || r == nullNote ||
		unicode.In(r, unicode.White_Space, unicode.Z, unicode.Cc, unicode.Cf,
			unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// IsSpace reports whether a character shows nothing and takes up room, as a space does: a reader takes it for a gap between words.
func IsSpace(r rune) bool {
	return unicode.IsSpace(r) || Is(r) && unicode.In(r, unicode.Z, unicode.Lo, unicode.S)
}

// IsControl reports whether a character is none that a person types: a control character, or one that turns the direction of what comes after it,
// so that a text shows as another one than it is, also around it.
func IsControl(r rune) bool {
	return unicode.IsControl(r) || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069'
}
